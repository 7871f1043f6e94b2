import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { insert } from '../../../../core/store/plan.ts';
import { signCall } from '../../../support/acs.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa } from '../../../support/sdk.ts';

let rig: EsaRig;
let key: Awaited<ReturnType<EsaRig['key']>>;
beforeAll(async () => {
  rig = await startEsaRig();
  key = await rig.key();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Sends the call and hangs up before it is answered. @returns when the worker has carried it out all the same */
async function hangUp(siteNumber: number, how: 'destroy' | 'end'): Promise<void> {
  const { headers, path, body } = signCall(rig.host, {
    accessKeyId: key.row.accessKeyId,
    secret: key.secret,
    action: 'CreateClientCertificate',
    method: 'POST',
    query: `SiteId=${siteNumber}`,
    body: 'PkeyType=ECDSA&ValidityDays=30',
    date: rig.clock.now(),
  });
  const resume = rig.pauseWorker();
  const port = Number(rig.host.split(':')[1]);
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const lines = Object.entries({ ...headers, 'content-length': String(body.length) });
  socket.write(`POST ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
  // Until the call is recorded, which is when there is something to be orphaned.
  await expect
    .poll(async () => (await rig.store.openRequestsOf(key.row.accountId, `key:${key.row.name}`, 9)).length)
    .toBe(1);
  if (how === 'destroy') socket.resetAndDestroy();
  else socket.destroy();
  await expect.poll(() => openConnections()).toBe(0);
  resume();
  await rig.idle();
  await expect.poll(() => rig.log.splice(0).join('')).toContain('the client hung up before it was answered');
}

const openConnections = () =>
  new Promise<number>((resolve) => rig.api.app.server.getConnections((_, count) => resolve(count)));

describe('a client that hangs up', () => {
  it.each(['destroy', 'end'] as const)('(%s) leaves no certificate that anybody could use', async (how) => {
    const site = aSite({ name: `${how}.example` });
    await rig.store.commit([insert('sites', site)]);
    await hangUp(site.number, how);
    const [issued] = (await rig.store.apiCertificates(site.id, { offset: 0, limit: 1 })).rows;
    expect(issued).toMatchObject({ state: 'active', shownAt: null });
    rig.advance(59_000);
    await rig.worker.settle();
    expect((await rig.store.certificate(issued?.id ?? ''))?.state).toBe('active');
    rig.advance(2_000);
    await rig.worker.settle();
    expect(await rig.store.certificate(issued?.id ?? '')).toMatchObject({
      state: 'revoked',
      revocationReason: 'superseded',
    });
    expect(await rig.store.owedAnswers(rig.clock.now(), 10)).toEqual([]);
  });

  it('and one that stays keeps what it was answered, of fifty calls at once', async () => {
    const site = aSite({ name: 'fifty.example' });
    await rig.store.commit([insert('sites', site)]);
    const create = () =>
      key.client.createClientCertificate(
        new Esa.CreateClientCertificateRequest({ siteId: site.number, pkeyType: 'ECDSA', validityDays: 1 }),
      );
    const answers = await Promise.all(Array.from({ length: 50 }, create));
    expect(new Set(answers.map(({ body }) => body?.id)).size).toBe(50);
    // That an answer was written is put on record after the client has it.
    await expect.poll(async () => (await rig.store.owedAnswers(rig.clock.now(), 100)).length).toBe(50);
    rig.advance(61_000);
    await rig.worker.settle();
    await rig.worker.settle();
    const { rows } = await rig.store.apiCertificates(site.id, { offset: 0, limit: 200 });
    expect(rows.filter(({ state, shownAt }) => state === 'active' && shownAt !== null)).toHaveLength(50);
    expect(await rig.store.owedAnswers(rig.clock.now(), 10)).toEqual([]);
  });
});
