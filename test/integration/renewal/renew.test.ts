import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../core/renewal/due.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { update } from '../../../core/store/plan.ts';
import type { Account, Certificate, Request } from '../../../core/store/rows.ts';
import { carryOut } from '../../../worker/processor.ts';
import { remindOfEnds } from '../../../worker/renewal/remind.ts';
import { buildRequest } from '../../fixtures/ca/requests.ts';
import { contentOf } from '../../support/acts.ts';
import { give } from '../../support/approving.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  return () => rig[Symbol.asyncDispose]();
});

const NAME = 'alice-laptop';
/** A request for a certificate, with a new key, as it is recorded. */
const newCsr = () => {
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  return Buffer.from(buildRequest({ key })).toString('base64');
};
const pass = (days: number) => rig.clock.advance(days * DAY_MS);
const reread = async ({ id }: Certificate) => (await rig.store.certificate(id)) as Certificate;
const outcomeOf = async ({ id }: Request) => String((await rig.store.request(id))?.outcome?.['message']);

async function show(asked: Request, replaces?: string): Promise<Certificate> {
  await rig.recordShow(asked, replaces);
  await rig.settle();
  const certificates = await rig.store.certificatesOfRequest(asked.id);
  return certificates.find(({ state }) => state === 'active') as Certificate;
}

async function issue(): Promise<Certificate> {
  const asked = await rig.recordIssue({ name: NAME });
  await rig.settle();
  return show(asked);
}

async function askToRenew(certificate: Pick<Certificate, 'id'>, set: Partial<Payload<'issue'>> = {}): Promise<Request> {
  const asked = await rig.recordIssue({ name: NAME, renewsId: certificate.id, ...set });
  await rig.settle();
  return asked;
}

/** With an own CSR, which is signed in the request's own job. */
function askWithCsr(csr: string, renewsId?: string): Promise<Request> {
  const payload = { method: 'csr', csr, siteId: site.id, name: NAME, validityDays: 365 } as const;
  return rig.record('issue', { ...payload, ...(renewsId === undefined ? {} : { renewsId }) });
}

/** The lasting message of a request, with its buttons. */
function messageOf(asked: Request) {
  return rig.store.messageOf(asked.id, 'requester').then((row) => {
    const message = rig.alice.messages(rig.alice.dm).find(({ ts }) => ts === row?.ts);
    return message ? contentOf(message) : '';
  });
}

describe('a renewal', () => {
  it('has the name and the site of the old one, a new key, and leaves the old one as it is', async () => {
    const old = await issue();
    pass(350);
    const asked = await askToRenew(old);
    expect(await messageOf(asked)).toContain('It renews serial');
    expect(await messageOf(asked)).not.toContain('open_revoke');
    const next = await show(asked);
    expect(next).toMatchObject({ renewsId: old.id, name: NAME, siteName: site.name, ownerId: 'U0ALICE' });
    expect(next.spkiSha256).not.toBe(old.spkiSha256);
    expect(next.notAfter.getTime()).toBeGreaterThan(old.notAfter.getTime());
    expect(await reread(old)).toEqual(old);
    expect(await rig.store.successorOf(old.id)).toMatchObject({ id: next.id });
  });

  it('offers to revoke the old one and says until when that is valid; after its end it does not', async () => {
    const old = await issue();
    pass(350);
    const asked = await askToRenew(old);
    await show(asked);
    const done = await messageOf(asked);
    expect(done).toContain('Revoke the old one');
    expect(done).toContain(old.id);
    expect(done).toContain(`<!date^${Math.floor(old.notAfter.getTime() / 1000)}^`);
    pass(16);
    await rig.settle();
    expect(await messageOf(asked)).not.toContain('open_revoke');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('with an own CSR needs another key than one that has leaked', async () => {
    const [first, second] = [newCsr(), newCsr()];
    const asked = await askWithCsr(first);
    await rig.settle();
    const [old] = await rig.store.certificatesOfRequest(asked.id);
    const leaked = { state: 'revoked', revocationReason: 'keyCompromise' } as const;
    await rig.store.commit([update('certificates', old as Certificate, leaked)]);
    const again = await askWithCsr(first, old?.id);
    await rig.settle();
    expect(await outcomeOf(again)).toContain('reported as leaked');
    const fresh = await askWithCsr(second, old?.id);
    await rig.settle();
    expect(await rig.store.certificatesOfRequest(fresh.id)).toMatchObject([{ state: 'active', renewsId: old?.id }]);
  });

  it('is one: another request is refused and names it', async () => {
    const old = await issue();
    const [first, second] = [await askToRenew(old), await askToRenew(old)];
    const next = await show(first);
    await rig.recordShow(second);
    await rig.settle();
    expect(await rig.store.certificatesOfRequest(second.id)).toEqual([]);
    expect(await messageOf(second)).toContain(next.serial.slice(0, 2));
    expect(await messageOf(second)).toContain('renewed already');
    expect(await outcomeOf(await askToRenew(old))).toContain('renewed already');
  });

  it('is one when two are carried out at the same instant', async () => {
    const old = await issue();
    const asked = await Promise.all([1, 2, 3].map(() => askWithCsr(newCsr(), old.id)));
    await Promise.all(asked.map(({ id }) => carryOut(rig.jobDeps, id)));
    for (let i = 0; i < 5; i += 1) {
      rig.clock.advance(1_000);
      await rig.settle();
    }
    const made = (await Promise.all(asked.map(({ id }) => rig.store.certificatesOfRequest(id)))).flat();
    expect(made.filter(({ state }) => state === 'active')).toHaveLength(1);
    const states = await Promise.all(asked.map(async ({ id }) => (await rig.store.request(id))?.state));
    expect(states.sort()).toEqual(['done', 'refused', 'refused']);
  });

  it('whose key did not arrive is made anew, though it has a successor by then', async () => {
    const old = await issue();
    const asked = await askToRenew(old);
    const lost = await show(asked);
    const next = await show(asked, lost.id);
    expect(next.id).not.toBe(lost.id);
    expect(await reread(lost)).toMatchObject({ state: 'revoked' });
    expect(await rig.store.successorOf(old.id)).toMatchObject({ id: next.id });
  });

  it('stops the reminders of the old one', async () => {
    const old = await issue();
    await show(await askToRenew(old));
    pass(364);
    await remindOfEnds(rig.jobDeps);
    await rig.settle();
    const reminded = rig.alice.messages(rig.alice.dm).filter((message) => contentOf(message).includes('ends'));
    expect(reminded).toHaveLength(1);
    expect(contentOf(reminded[0] as never)).toContain((await rig.store.successorOf(old.id))?.id);
  });

  it('says so when the end of the authority makes it shorter', async () => {
    const old = await issue();
    pass(25 * 365 - 20);
    const asked = await rig.recordIssue({ name: 'late' });
    await rig.settle();
    const short = await show(asked);
    expect(short.notAfter).toEqual((await rig.store.authority(old.authorityId))?.notAfter);
    expect(await messageOf(asked)).toContain('Its authority ends then');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('nothing is renewed', () => {
  const refusalOf = async (old: Pick<Certificate, 'id'>, set: Partial<Payload<'issue'>> = {}) => {
    const asked = await askToRenew(old, set);
    expect((await rig.store.request(asked.id))?.state).toBe('refused');
    expect(await rig.store.certificatesOfRequest(asked.id)).toEqual([]);
    return outcomeOf(asked);
  };

  it('while it is suspended', async () => {
    const old = await issue();
    await rig.store.commit([update('certificates', old, { state: 'held', heldAt: rig.clock.now() })]);
    expect(await refusalOf(old)).toContain('suspended');
  });

  it('more than 30 days after its end, and within them it is', async () => {
    const old = await issue();
    pass(365 + 29);
    const asked = await askToRenew(old);
    expect((await rig.store.request(asked.id))?.state).toBe('waiting');
    pass(2);
    expect(await refusalOf(old)).toContain('30 days');
  });

  it('under another name or for another site', async () => {
    const old = await issue();
    expect(await refusalOf(old, { name: 'bob-laptop' })).toContain('name and the site');
  });

  it('of another account, which reads like nothing at all', async () => {
    const old = await issue();
    const foreign = await rig.store.commit([update('certificates', old, { accountId: 'T0OTHER' })]);
    expect(foreign.ok).toBe(true);
    expect(await refusalOf(old)).toBe(await refusalOf({ id: 'nothing' }));
  });

  it('for its owner who is no operator any more', async () => {
    const old = await issue();
    const grants = (await rig.store.roles(ACCOUNT)).filter(({ userId }) => userId === 'U0ALICE');
    await rig.store.commit(grants.map(({ id }) => ({ op: 'delete' as const, table: 'roles' as const, id })));
    expect(await refusalOf(old)).toContain('role operator');
  });

  it('when it was withdrawn between asking and showing', async () => {
    const old = await issue();
    const asked = await askToRenew(old);
    const now = rig.clock.now();
    const withdrawn = { state: 'revoked', revocationReason: 'privilegeWithdrawn', revokedAt: now } as const;
    await rig.store.commit([update('certificates', old, withdrawn)]);
    await rig.recordShow(asked);
    await rig.settle();
    expect(await rig.store.certificatesOfRequest(asked.id)).toEqual([]);
    expect(await messageOf(asked)).toContain('withdrawn');
  });
});

describe('somebody else’s certificate', () => {
  it('is renewed by another operator, who owns the new one and gets its key', async () => {
    const old = await issue();
    await give(rig, 'U0BOB', 'operator');
    const payload = { method: 'csr', csr: newCsr(), siteId: site.id, name: NAME, validityDays: 30 } as const;
    const asked = await rig.record('issue', { ...payload, renewsId: old.id }, { actorId: 'U0BOB' });
    await rig.settle();
    expect(await rig.store.certificatesOfRequest(asked.id)).toMatchObject([{ ownerId: 'U0BOB', renewsId: old.id }]);
  });

  it('keeps its need for a second person: four eyes are not passed by renewing', async () => {
    const old = await issue();
    await give(rig, 'U0BOB', 'approver');
    const account = (await rig.store.account(ACCOUNT)) as Account;
    await rig.store.commit([update('accounts', account, { longValidityDays: 90 })]);
    const asked = await askToRenew(old);
    expect(await rig.store.approvalOfRequest(asked.id)).toMatchObject({ gate: 'issue_beyond', state: 'waiting' });
  });
});
