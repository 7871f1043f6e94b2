import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insert, update } from '../../../../core/store/plan.ts';
import type { Certificate, Request } from '../../../../core/store/rows.ts';
import { refuseWhileSameAsked } from '../../../../worker/jobs/policy.ts';
import { type RawCall, send, signCall } from '../../../support/acs.ts';
import { anIssued, approvalOf, cardOf, decideAs } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { Esa, refusedBy } from '../../../support/sdk.ts';

const DAY_MS = 24 * 3_600_000;

let rig: EsaRig;
let key: Awaited<ReturnType<EsaRig['key']>>;
let certificate: Certificate;
beforeEach(async () => {
  rig = await startEsaRig();
  key = await rig.key({ name: 'careful', mode: 'asks', createdBy: 'U0ADA' });
  certificate = await anIssued(rig.worker, { siteId: rig.site.id, ownerId: 'U0ALICE', name: 'alice-phone' });
});
afterEach(() => rig[Symbol.asyncDispose]());

const revoke = (id = certificate.id) =>
  key.client.revokeClientCertificate(
    new Esa.RevokeClientCertificateRequest({ siteId: rig.site.number, id: id.replaceAll('-', '') }),
  );
const stateOf = async (row = certificate) => (await rig.store.certificate(row.id))?.state;
const asked = async (): Promise<Request[]> => {
  const open = await rig.store.openRequestsOf(key.row.accountId, 'key:careful', 100);
  return open.filter(({ state }) => state === 'waiting');
};
const theOne = async () => {
  const requests = await asked();
  expect(requests).toHaveLength(1);
  return requests[0] as Request;
};

describe('a call of a key that does not act alone', () => {
  it('waits for a person: it says so, what for, until when and where, and changes nothing', async () => {
    const error = await refusedBy(revoke());
    expect(error).toMatchObject({ name: 'ClientError', code: 'Approval.Pending', statusCode: 409 });
    expect(error.message).toMatch(
      /Suspend alice-phone for example\.com\. It waits in the approval channel in Slack until \d{4}-\d\d-\d\d \d\d:\d\d UTC/,
    );
    expect(error.requestId).toMatch(/^[0-9A-F-]{36}$/);
    expect(await stateOf()).toBe('active');
    await rig.worker.settle();
    const card = await cardOf(rig.worker, await approvalOf(rig.worker, await theOne()));
    expect(JSON.stringify(card)).toContain('API key `careful`');
    expect(rig.worker.sandbox.problems).toEqual([]);
  });

  it('is repeated without asking twice, and succeeds once somebody has agreed', async () => {
    for (let n = 0; n < 3; n++) expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
    const request = await theOne();
    await decideAs(rig.worker, 'U0BOB', request);
    expect(await stateOf()).toBe('held');
    const { body } = await revoke();
    expect(body).toMatchObject({ siteName: 'example.com', id: certificate.id.replaceAll('-', '') });
    expect(await asked()).toEqual([]);
  });

  it('asks once, however many programs call at the same instant', async () => {
    const errors = await Promise.all(Array.from({ length: 8 }, () => refusedBy(revoke())));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['Approval.Pending']));
    await theOne();
  });

  it('is decided within a day, not within the seconds that a program waits', async () => {
    await refusedBy(revoke());
    const request = await theOne();
    rig.advance(DAY_MS - 60_000);
    await decideAs(rig.worker, 'U0BOB', request);
    expect(await stateOf()).toBe('held');
  });

  it('expires after a day, and is asked anew', async () => {
    await refusedBy(revoke());
    const request = await theOne();
    rig.advance(DAY_MS + 1_000);
    await rig.worker.settle();
    expect((await rig.store.request(request.id))?.state).toBe('expired');
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
    expect((await theOne()).id).not.toBe(request.id);
  });

  it('is denied with the reason, for a day', async () => {
    await refusedBy(revoke());
    const request = await theOne();
    await decideAs(rig.worker, 'U0BOB', request, 'deny');
    const error = await refusedBy(revoke());
    expect(error).toMatchObject({ code: 'Approval.Denied', statusCode: 403 });
    expect(error.message).toContain('U0BOB denied this: “Not now.”');
    expect(await asked()).toEqual([]);
    rig.advance(DAY_MS + 1_000);
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
    await theOne();
  });

  it('asks anew when what was agreed to is not so any more', async () => {
    await refusedBy(revoke());
    const first = await theOne();
    await decideAs(rig.worker, 'U0BOB', first);
    const release = await rig.worker.record(
      'release',
      { certificateId: certificate.id, because: '' },
      { actorId: 'U0ALICE' },
    );
    await decideAs(rig.worker, 'U0BOB', release);
    expect(await stateOf()).toBe('active');
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
    expect((await theOne()).id).not.toBe(first.id);
  });

  it('comes to nothing when its certificate changes before the decision', async () => {
    await refusedBy(revoke());
    const request = await theOne();
    await rig.worker.record('suspend', { certificateId: certificate.id, because: '' }, { actorId: 'U0ALICE' });
    await decideAs(rig.worker, 'U0BOB', request);
    expect(await rig.store.certificate(certificate.id)).toMatchObject({ holdOrigin: 'person' });
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Certificate.StatusError' });
  });

  it('is never decided by whoever made the key', async () => {
    key = await rig.key({ name: 'of-bob', mode: 'asks', createdBy: 'U0BOB' });
    const error = await refusedBy(revoke());
    expect(error).toMatchObject({ code: 'Approval.Required', statusCode: 403 });
    expect(await stateOf()).toBe('active');
  });

  it('is about what was just issued as well, once its answer is on record', async () => {
    const create = new Esa.CreateClientCertificateRequest({ siteId: rig.site.number, pkeyType: 'EC', validityDays: 1 });
    const { body } = await key.client.createClientCertificate(create);
    const id = body?.id ?? '';
    const pending = refusedBy(revoke(id));
    await rig.worker.settle();
    expect(await pending).toMatchObject({ code: 'Approval.Pending' });
    await rig.worker.settle();
    await decideAs(rig.worker, 'U0BOB', await theOne());
    expect((await revoke(id)).body?.id).toBe(id);
  });

  it('tells of the key, not of a person, where nobody could decide, and where it has asked the same in other words', async () => {
    const of = await rig.key({ mode: 'asks', createdBy: 'U0BOB' });
    const nobody = await refusedBy(
      of.client.revokeClientCertificate(
        new Esa.RevokeClientCertificateRequest({ siteId: rig.site.number, id: certificate.id.replaceAll('-', '') }),
      ),
    );
    expect(nobody.message).toContain('whoever made this access key cannot');
    await refusedBy(revoke());
    const request = { ...(await theOne()), id: 'another' };
    await expect(refuseWhileSameAsked(rig.worker.jobDeps, request, () => true)).rejects.toThrow(
      /^This access key has asked for this already/,
    );
    const denied = await decideAs(rig.worker, 'U0BOB', await theOne(), 'deny');
    expect(denied.outcome?.['message']).toBe('You denied what API key `careful` asked for. Its next call is told.');
  });

  it('finds no room where a hundred of its calls wait already: people decide slowly', async () => {
    await refusedBy(revoke());
    const one = await theOne();
    const more = Array.from({ length: 99 }, (_, n) =>
      insert('requests', { ...one, id: `more-${n}`, idempotencyKey: `more-${n}`, contentHash: null }),
    );
    await rig.store.commit(more);
    const other = await anIssued(rig.worker, { siteId: rig.site.id, ownerId: 'U0ALICE', name: 'alice-tablet' });
    const error = await refusedBy(revoke(other.id));
    expect(error).toMatchObject({ code: 'QuotaCheckFailed.Function' });
    expect(error.message).toContain('waits for decisions on 100 calls already');
    // Whoever repeats a call that waits is answered as before.
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
  });

  it('is one call for each nonce, also where it only repeats', async () => {
    const call: RawCall = {
      accessKeyId: key.row.accessKeyId,
      secret: key.secret,
      action: 'RevokeClientCertificate',
      query: `Id=${certificate.id.replaceAll('-', '')}&SiteId=${rig.site.number}`,
      date: rig.clock.now(),
    };
    await refusedBy(revoke());
    const repeated = signCall(rig.host, call);
    expect((await send(rig.url, repeated)).body['Code']).toBe('Approval.Pending');
    if (rig.redis.status === 'ready') await rig.redis.flushall();
    expect((await send(rig.url, repeated)).body['Code']).toBe('SignatureNonceUsed');
  });
});

describe('a key that is to act alone, and to which nobody has agreed,', () => {
  beforeEach(async () => {
    key = await rig.key({ name: 'early', mode: 'alone', agreed: false });
  });

  it('asks as soon as there is somebody to ask', async () => {
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Approval.Pending' });
    expect(await stateOf()).toBe('active');
  });

  it('acts alone where the account asks nobody about its keys', async () => {
    const account = await rig.store.account(key.row.accountId);
    if (!account) throw new Error('no account');
    await rig.store.commit([update('accounts', account, { openGates: ['key_create'] })]);
    await revoke();
    expect(await stateOf()).toBe('held');
  });
});

describe('what needs nobody', () => {
  it('is issued at once by a key that asks', async () => {
    const request = new Esa.CreateClientCertificateRequest({
      siteId: rig.site.number,
      pkeyType: 'EC',
      validityDays: 1,
    });
    expect((await key.client.createClientCertificate(request)).body?.status).toBe('active');
  });

  it('is two calls when it is called twice', async () => {
    key = await rig.key();
    await revoke();
    expect(await refusedBy(revoke())).toMatchObject({ code: 'Certificate.StatusError' });
  });
});

describe('what ends for good, and what lets in again', () => {
  const activate = () => certificateCall('ActivateClientCertificate');
  const erase = () => certificateCall('DeleteClientCertificate');
  const certificateCall = async (action: string) => {
    const query = `Id=${certificate.id.replaceAll('-', '')}&SiteId=${rig.site.number}`;
    const { accessKeyId } = key.row;
    const signed = signCall(rig.host, { accessKeyId, secret: key.secret, action, query, date: rig.clock.now() });
    const { status, body } = await send(rig.url, signed);
    return body['Code'] ?? status;
  };

  it('waits for a person also where an account has opened the gate of API keys, like what a person asks for', async () => {
    const account = await rig.store.account(key.row.accountId);
    if (!account) throw new Error('no account');
    await rig.store.commit([update('accounts', account, { openGates: ['api_request'] })]);
    expect((await revoke()).body?.id).toBeDefined();
    expect(await activate()).toBe('Approval.Pending');
    expect(await erase()).toBe('Approval.Pending');
    expect(await stateOf()).toBe('held');
  });

  it('is on record as done with nobody asked, for a key that acts alone', async () => {
    key = await rig.key({ name: 'lone', mode: 'alone' });
    await revoke();
    expect(await activate()).toBe(200);
    await revoke();
    expect(await erase()).toBe(200);
    await rig.worker.settle();
    const chain = await rig.store.auditChain(key.row.accountId, 0, 100);
    const skipped = chain.filter(({ action }) => action === 'approval.skipped');
    expect(skipped.map(({ actorId, details }) => [actorId, details['gate'], details['because']])).toEqual([
      ['key:lone', 'release', 'api_key'],
      ['key:lone', 'revoke', 'api_key'],
    ]);
  });
});

describe('a site', () => {
  it('is removed with its guard by somebody else alone, and the repetition finds it removed', async () => {
    key = await rig.key({ name: 'lone', mode: 'alone' });
    const guarded = aSite({ name: 'guarded.example', guarded: true });
    await rig.store.commit([insert('sites', guarded)]);
    const remove = () => key.client.deleteSite(new Esa.DeleteSiteRequest({ siteId: guarded.number }));
    expect(await refusedBy(remove())).toMatchObject({ code: 'Approval.Pending' });
    const [request] = await rig.store.openRequestsOf(key.row.accountId, `key:${key.row.name}`, 10);
    await decideAs(rig.worker, 'U0BOB', request as Request);
    expect((await remove()).body?.requestId).toBeDefined();
    rig.advance(DAY_MS + 1_000);
    expect(await refusedBy(remove())).toMatchObject({ code: 'InvalidParameter.SiteId' });
  });

  it('that was added again is another one: what was done with the first says nothing of it', async () => {
    const add = async () => {
      const site = aSite({ name: 'again.example' });
      await rig.store.commit([insert('sites', site)]);
      return site;
    };
    const remove = ({ number: siteId }: { number: number }) =>
      key.client.deleteSite(new Esa.DeleteSiteRequest({ siteId }));
    const first = await add();
    expect(await refusedBy(remove(first))).toMatchObject({ code: 'Approval.Pending' });
    await decideAs(rig.worker, 'U0BOB', await theOne());
    const second = await add();
    expect(await refusedBy(remove(second))).toMatchObject({ code: 'Approval.Pending' });
    expect(await rig.store.site(second.accountId, second.id)).toMatchObject({ state: 'active' });
    // Nor does a call for the first remove the second.
    const lone = await rig.key({ mode: 'alone' });
    const late = lone.client.deleteSite(new Esa.DeleteSiteRequest({ siteId: first.number }));
    expect(await refusedBy(late)).toMatchObject({ code: 'InvalidParameter.SiteId' });
    expect(await rig.store.site(second.accountId, second.id)).toMatchObject({ state: 'active' });
  });
});
