import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { buildAuthorities } from '../../../bot/commands/ca.ts';
import { verifyChain } from '../../../core/audit/verify.ts';
import { createAuthority } from '../../../core/ca/authority.ts';
import { toPem } from '../../../core/ca/certificate.ts';
import { issueLeaf } from '../../../core/ca/issue.ts';
import { planRevocation } from '../../../core/ca/revoke.ts';
import { DAY_MS } from '../../../core/renewal/due.ts';
import { stateOfGeneration } from '../../../core/renewal/generations.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { parseRequest } from '../../../core/requests/contracts.ts';
import { update } from '../../../core/store/plan.ts';
import type { Account, Authority, Certificate, Request } from '../../../core/store/rows.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';
import { carryOut } from '../../../worker/processor.ts';
import { retireAuthorities } from '../../../worker/renewal/retire.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, give, press } from '../../support/approving.ts';
import { describeWith } from '../../support/tools.ts';
import { ACCOUNT, AUDIT_CHANNEL, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  await give(rig, 'U0ADA', 'administrator');
  await give(rig, 'U0BOB', 'approver');
  return () => rig[Symbol.asyncDispose]();
});

/** A certificate whose key alice is shown. */
async function issue(validityDays = 365): Promise<Certificate> {
  const asked = await rig.recordIssue({ validityDays });
  await rig.settle();
  await rig.recordShow(asked);
  await rig.settle();
  const [certificate] = await rig.store.certificatesOfRequest(asked.id);
  return certificate as Certificate;
}

/** Asked for by ada, approved by bob. */
async function rotate(payload: Payload<'ca_rotate'> = { overlapDays: 7 }): Promise<Request> {
  const asked = await rig.record('ca_rotate', payload);
  await rig.settle();
  await press(rig, await approvalOf(rig, asked), 'U0BOB', 'approve');
  return (await rig.store.request(asked.id)) as Request;
}

const generationOf = async ({ authorityId }: Certificate) => (await rig.store.authority(authorityId))?.generation;
const pass = (days: number) => rig.clock.advance(days * DAY_MS);
const toldInChannel = () => rig.sandbox.person('U0ADA').messages(AUDIT_CHANNEL).map(contentOf);
/** Nobody else is needed for a rotation any more. */
async function openGate() {
  const account = (await rig.store.account(ACCOUNT)) as Account;
  await rig.store.commit([update('accounts', account, { openGates: ['ca_rotate'] })]);
}

async function retire() {
  await retireAuthorities(rig.jobDeps);
  await rig.settle();
}

/** `/mtls ca`, as the bot draws it from the database. */
async function shown() {
  const authorities = await rig.store.authorities(ACCOUNT);
  const now = rig.clock.now();
  const generations = await Promise.all(
    authorities.map(async (authority) => ({
      authority,
      state: stateOfGeneration(authority, authorities, await rig.store.lastEndOf(authority.id), now),
    })),
  );
  const message = buildAuthorities(generations, true);
  assertMessage(message);
  return contentOf(message);
}

describe('a new generation', () => {
  it('needs a second person, who is told what it means', async () => {
    await issue();
    const asked = await rig.record('ca_rotate', { overlapDays: 7, because: 'Yearly exercise.' });
    await rig.settle();
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(1);
    const approval = await approvalOf(rig, asked);
    const card = contentOf(await cardOf(rig, approval));
    for (const part of ['Make generation 2', '7 days', 'Yearly exercise.', '<@U0ADA>']) expect(card).toContain(part);
    expect(await press(rig, approval, 'U0ADA', 'approve')).toMatchObject({ state: 'refused' });
    await press(rig, approval, 'U0BOB', 'approve');
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(2);
    expect(toldInChannel().join('\n')).toContain('authority.rotated');
    expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('signs from its moment on, and what was signed before stays as it is', async () => {
    const first = await issue();
    await rotate();
    const [second] = await rig.store.authorities(ACCOUNT);
    expect(second?.issuesFrom).toEqual(new Date(rig.clock.now().getTime() + 7 * DAY_MS));
    rig.clock.advance(7 * DAY_MS - 1);
    expect((await rig.jobDeps.authorities.current(ACCOUNT)).row.generation).toBe(1);
    rig.clock.advance(1);
    expect((await rig.jobDeps.authorities.current(ACCOUNT)).row.generation).toBe(2);
    expect(await generationOf(await issue())).toBe(2);
    expect(await rig.store.certificate(first.id)).toMatchObject({ state: 'active' });
  });

  it('has its CRLs at the present address from the start', async () => {
    await issue();
    const [first] = await rig.store.authorities(ACCOUNT);
    const pkiUrls = ['http://old.example.com', 'http://pki.example.com'];
    await rig.store.commit([update('authorities', first as Authority, { pkiUrls })]);
    await rotate();
    expect((await rig.store.authorities(ACCOUNT))[0]?.pkiUrls).toEqual(['http://pki.example.com']);
  });

  it('that is not signing yet keeps another one away', async () => {
    await issue();
    await rotate();
    const again = await rig.record('ca_rotate', { overlapDays: 1 });
    await rig.settle();
    expect(await rig.store.request(again.id)).toMatchObject({ state: 'refused' });
    expect((await rig.store.request(again.id))?.outcome?.['message']).toContain('Generation 2 is on its way');
    pass(7);
    await rotate({ overlapDays: 1 });
    expect((await rig.store.authorities(ACCOUNT)).map(({ generation }) => generation)).toEqual([3, 2, 1]);
  });

  it('is one when two requests are approved and carried out at the same instant', async () => {
    await issue();
    const asked = await Promise.all([1, 7].map((overlapDays) => rig.record('ca_rotate', { overlapDays })));
    await rig.settle();
    for (const request of asked) await press(rig, await approvalOf(rig, request), 'U0BOB', 'approve');
    await rig.settle();
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(2);
    const ended = await Promise.all(asked.map(({ id }) => rig.store.request(id)));
    expect(ended.map((request) => request?.state).sort()).toEqual(['done', 'refused']);
  });

  it('is one when two workers make it at once, without a second person to wait for', async () => {
    await issue();
    await openGate();
    const asked = await Promise.all([1, 7].map((overlapDays) => rig.record('ca_rotate', { overlapDays })));
    await Promise.all(asked.map(({ id }) => carryOut(rig.jobDeps, id)));
    rig.clock.advance(1_000);
    await rig.settle();
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(2);
    const ended = await Promise.all(asked.map(({ id }) => rig.store.request(id)));
    expect(ended.map((request) => request?.state).sort()).toEqual(['done', 'refused']);
  });

  it.each([
    [1, 'before'],
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
  ] as const)('is made once when the worker dies at commit %i (%s)', async (n, when) => {
    await issue();
    await openGate();
    const asked = await rig.record('ca_rotate', { overlapDays: 7 });
    rig.dieAtCommit(n, when);
    await carryOut(rig.jobDeps, asked.id).catch(() => undefined);
    rig.restart();
    await rig.settle();
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(2);
    expect(await rig.store.request(asked.id)).toMatchObject({ state: 'done' });
  });

  it('signs at once only when the present key has leaked', async () => {
    await issue();
    const refused = await rig.record('ca_rotate', { overlapDays: 0 });
    await rig.settle();
    expect(await rig.store.request(refused.id)).toMatchObject({ state: 'refused' });
    const done = await rotate({ overlapDays: 0, compromised: true });
    expect(done.outcome?.['message']).toContain('signs from now on');
    expect(await generationOf(await issue())).toBe(2);
  });

  it.each([
    ['alice, an operator', 'U0ALICE', /role administrator/],
    ['eve, who has no role', 'U0EVE', /role administrator/],
  ])('is not made for %s', async (_who, actorId, because) => {
    await issue();
    const asked = await rig.record('ca_rotate', { overlapDays: 7 }, { actorId });
    await rig.settle();
    expect((await rig.store.request(asked.id))?.outcome?.['message']).toMatch(because);
    expect(await rig.store.authorities(ACCOUNT)).toHaveLength(1);
  });

  it('is not made before there is a first one', async () => {
    const asked = await rig.record('ca_rotate', { overlapDays: 7 });
    await rig.settle();
    expect((await rig.store.request(asked.id))?.outcome?.['message']).toContain('no authority yet');
  });
});

describe('an old generation', () => {
  it('retires when its last certificate has ended and not before, and the channel is told', async () => {
    const last = await issue(20);
    await issue(10);
    await rotate();
    pass(10);
    await issue(300);
    await retire();
    expect(await rig.store.presentAuthorities(ACCOUNT)).toHaveLength(2);
    rig.clock.advance(last.notAfter.getTime() - rig.clock.now().getTime());
    await retire();
    expect(await rig.store.presentAuthorities(ACCOUNT)).toHaveLength(2);
    rig.clock.advance(1);
    await Promise.all([retireAuthorities(rig.jobDeps), retireAuthorities(rig.jobDeps)]);
    await retire();
    const [second, first] = await rig.store.authorities(ACCOUNT);
    expect(first?.retiredAt).toEqual(rig.clock.now());
    expect(second?.retiredAt).toBeNull();
    expect(toldInChannel().filter((message) => message.includes('authority.retired'))).toHaveLength(1);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('waits for a revoked certificate to end as well, because its CRL has to list it until then', async () => {
    const certificate = await issue(20);
    const revocation = {
      actorId: 'U0ADA',
      at: rig.clock.now(),
      requestId: null,
      reason: 'superseded',
      why: '',
    } as const;
    await rig.store.commit(planRevocation(certificate, revocation));
    await rotate({ overlapDays: 1 });
    pass(10);
    await retire();
    expect(await rig.store.presentAuthorities(ACCOUNT)).toHaveLength(2);
  });

  it('signs nothing after it was retired, even for a job that has opened it before', async () => {
    const certificate = await issue(1);
    const opened = await rig.jobDeps.authorities.current(ACCOUNT);
    await rotate({ overlapDays: 1 });
    pass(2);
    await retire();
    const asked = await rig.recordIssue();
    const request = parseRequest('issue', asked);
    const { spki } = await rig.jobDeps.makeKeyPair('ec-p256');
    const order = { issue: request, madeBy: asked, site, name: certificate.name, spki, san: [], validityDays: 1 };
    const leaf = issueLeaf(rig.jobDeps, opened, { ...order, notAfter: undefined, reserving: [], storing: () => [] });
    await expect(leaf).rejects.toMatchObject({ code: 'overtaken' });
  });
});

describe('/mtls ca', () => {
  it('says of every generation what it is, and offers one at a time', async () => {
    await issue(20);
    expect(await shown()).toContain('open_rotate');
    await rotate();
    expect(await shown()).toMatch(/Generation 2\*: signs from .*Generation 1\*: signs since/s);
    expect(await shown()).not.toContain('open_rotate');
    pass(7);
    expect(await shown()).toMatch(/Generation 2\*: signs since .*Generation 1\*: signs nothing new\. Trusted until/s);
    pass(14);
    await retire();
    const retired = await shown();
    expect(retired).toMatch(/No server needs to trust these any more: generation 1 \(retired/);
    expect(retired.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
  });

  it('holds all that must be trusted, in as few blocks as Slack allows, and says when one is missing', async () => {
    const random = (octets: number) => new Uint8Array(octets).fill(0x5a);
    const all = Array.from({ length: 40 }, (_, i) => {
      const made = createAuthority({ accountId: ACCOUNT, generation: 40 - i, now: rig.clock.now(), random });
      const authority = { generation: 40 - i, certificate: Buffer.from(made.certificateDer) };
      return { authority, state: { state: 'trusted' as const, until: null } };
    });
    for (const count of [1, 2, 3, 4, 8]) {
      const message = buildAuthorities(all.slice(0, count), true);
      assertMessage(message);
      expect(contentOf(message).match(/BEGIN CERTIFICATE/g)).toHaveLength(count);
      expect(contentOf(message).includes('do not fit')).toBe(false);
    }
    const message = buildAuthorities(all, true);
    assertMessage(message);
    expect(contentOf(message)).toContain('replace nothing');
  });
});

describeWith('openssl', 'the bundle of /mtls ca', ({ openssl }) => {
  it('verifies certificates of both generations, which neither certificate alone does', async () => {
    const old = await issue();
    await rotate({ overlapDays: 1 });
    pass(1);
    const young = await issue();
    const bundle = (await shown()).match(/-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----/)?.[0] ?? '';
    const folder = mkdtempSync(join(tmpdir(), 'cs-rotation-'));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const verify = (trusted: string, leaf: Certificate) => {
      const at = String(Math.floor(rig.clock.now().getTime() / 1000) + 60);
      const args = ['verify', '-x509_strict', '-purpose', 'sslclient', '-attime', at];
      const pem = file('leaf.pem', toPem(leaf.certificate as Buffer, 'CERTIFICATE'));
      try {
        return execFileSync(openssl, [...args, '-CAfile', file('ca.pem', trusted), pem], { stdio: 'pipe' }).toString();
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr);
      }
    };
    try {
      for (const leaf of [old, young]) expect(verify(bundle, leaf)).toMatch(/: OK$/m);
      const newest = toPem((await rig.store.authorities(ACCOUNT))[0]?.certificate as Buffer, 'CERTIFICATE');
      expect(verify(newest, young)).toMatch(/: OK$/m);
      expect(verify(newest, old)).toContain('error');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
