import 'reflect-metadata/lite';
import { webcrypto } from 'node:crypto';
import { Pkcs10CertificateRequestGenerator } from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { insert, update } from '../../../core/store/plan.ts';
import type { Account, Request, Site } from '../../../core/store/rows.ts';
import { contentOf } from '../../support/acts.ts';
import { decideAs } from '../../support/approving.ts';
import { anApprover } from '../../support/settings.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const HOUR = 3_600_000;

async function startGuarded(): Promise<WorkerRig> {
  const rig = await startWorkerRig();
  await rig.store.commit([
    insert('roles', anApprover('U0BOB', rig.clock.now())),
    update('sites', site, { guarded: true }),
  ]);
  return rig;
}

const now = async (rig: WorkerRig, request: Request) => (await rig.store.request(request.id)) as Request;
const theSite = async (rig: WorkerRig) => (await rig.store.site(ACCOUNT, site.id)) as Site;
const lasting = (rig: WorkerRig) => rig.alice.messages(rig.alice.dm).map(contentOf).at(-1) ?? '';
const buttons = (rig: WorkerRig) => JSON.stringify(rig.alice.messages(rig.alice.dm).at(-1)?.blocks);

async function csrBase64(): Promise<string> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create(
    { name: 'CN=device', keys, signingAlgorithm: algorithm },
    webcrypto as never,
  );
  return Buffer.from(request.rawData).toString('base64');
}

describe('a certificate of a guarded site', () => {
  it('is ready only when a second person has agreed, and waits a whole day from then', async () => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    await rig.settle();
    expect(await now(rig, issue)).toMatchObject({ state: 'waiting' });
    expect(await rig.store.approvalOfRequest(issue.id)).toMatchObject({ gate: 'issue_beyond', state: 'waiting' });
    expect(lasting(rig)).toMatch(/a second person is asked/);
    expect(buttons(rig)).not.toContain('show_once');
    const [card] = rig.sandbox.store.messagesIn('C0APPROVE');
    expect(card && contentOf(card)).toMatch(/Issue \*alice-laptop\* for \*example.com\*.*guarded site/s);

    rig.clock.advance(23 * HOUR);
    expect((await decideAs(rig, 'U0BOB', issue)).state).toBe('done');
    const approved = await now(rig, issue);
    expect(approved).toMatchObject({ state: 'waiting' });
    expect(approved.deadlineAt.getTime()).toBe(rig.clock.now().getTime() + 24 * HOUR);
    expect(buttons(rig)).toContain('show_once');

    rig.clock.advance(23 * HOUR);
    const show = await rig.recordShow(issue);
    await rig.settle();
    // Nobody is asked again for the showing.
    expect(await now(rig, show)).toMatchObject({ state: 'done' });
    expect(await rig.store.approvalOfRequest(show.id)).toBeUndefined();
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is not shown before, whoever presses whatever', async () => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    await rig.settle();
    const show = await rig.record('show', { issueId: issue.id }, { actorId: 'U0ALICE', parentId: issue.id });
    await rig.settle();
    expect(await now(rig, show)).toMatchObject({ state: 'refused', outcome: { code: 'too_late' } });
    expect(await rig.store.certificatesOfRequest(issue.id)).toEqual([]);
    expect(await now(rig, issue)).toMatchObject({ state: 'waiting' });
  });

  it('is not decided by whoever asked for it, nor by somebody without the role', async () => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    for (const userId of ['U0ALICE', 'U0ADA', 'U0EVE']) {
      expect((await decideAs(rig, userId, issue)).state).toBe('refused');
    }
    expect(await rig.store.approvalOfRequest(issue.id)).toMatchObject({ state: 'waiting' });
  });

  it('comes to nothing when it is denied, and alice reads by whom and why', async () => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    await decideAs(rig, 'U0BOB', issue, 'deny');
    expect(await now(rig, issue)).toMatchObject({ state: 'denied' });
    expect(lasting(rig)).toMatch(/<@U0BOB> denied this: “Not now.”/);
    expect(buttons(rig)).not.toContain('show_once');
  });

  it('with an own CSR is signed after the decision, not before', async () => {
    await using rig = await startGuarded();
    const issue = await rig.record(
      'issue',
      { method: 'csr', siteId: site.id, name: 'device', csr: await csrBase64(), validityDays: 30 },
      { actorId: 'U0ALICE' },
    );
    await rig.settle();
    expect(await rig.store.certificatesOfRequest(issue.id)).toEqual([]);
    await decideAs(rig, 'U0BOB', issue);
    expect(await now(rig, issue)).toMatchObject({ state: 'done' });
    expect(await rig.store.certificatesOfRequest(issue.id)).toMatchObject([{ state: 'active', name: 'device' }]);
    expect(lasting(rig)).toContain('BEGIN CERTIFICATE');
  });

  it.each<[string, (rig: WorkerRig, issue: Request) => Promise<unknown>]>([
    [
      'before the decision',
      async (rig, issue) => {
        await rig.store.commit([update('sites', await theSite(rig), { state: 'removed' })]);
        await decideAs(rig, 'U0BOB', issue);
      },
    ],
    [
      'just after it',
      async (rig, issue) => {
        const { commit } = rig.store;
        // The site goes in the very moment between the decision and the job.
        rig.store.commit = async (plan) => {
          const done = await commit(plan);
          const decided = plan.some((write) => write.op === 'update' && write.table === 'approvals');
          if (done.ok && decided) await commit([update('sites', await theSite(rig), { state: 'removed' })]);
          return done;
        };
        await decideAs(rig, 'U0BOB', issue);
      },
    ],
  ])('is refused with a sentence when the site is removed %s', async (_, remove) => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    await rig.settle();
    await remove(rig, issue);
    expect(await now(rig, issue)).toMatchObject({ state: 'refused' });
    expect(lasting(rig)).toMatch(/changed before it was decided|not active any more/);
    expect(await rig.store.certificatesOfRequest(issue.id)).toEqual([]);
  });

  it('is refused when the person has lost the role while it waited', async () => {
    await using rig = await startGuarded();
    const issue = await rig.recordIssue();
    await rig.settle();
    const hers = (await rig.store.roles(ACCOUNT)).find(({ userId }) => userId === 'U0ALICE');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: hers?.id ?? '' }]);
    await decideAs(rig, 'U0BOB', issue);
    expect(await now(rig, issue)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
  });
});

describe('a certificate for long', () => {
  const long = { validityDays: 400 };
  async function startShort(set: Partial<Account> = {}): Promise<WorkerRig> {
    const rig = await startWorkerRig();
    const account = (await rig.store.account(ACCOUNT)) as Account;
    await rig.store.commit([
      insert('roles', anApprover('U0BOB', rig.clock.now())),
      update('accounts', account, { longValidityDays: 365, ...set }),
    ]);
    return rig;
  }

  it.each([
    [365, false],
    [366, true],
  ])('of %i days: a second person is asked: %s', async (validityDays, asked) => {
    await using rig = await startShort();
    const issue = await rig.recordIssue({ validityDays });
    await rig.settle();
    expect((await rig.store.approvalOfRequest(issue.id)) !== undefined).toBe(asked);
  });

  it('needs nobody where the gate was taken off the table', async () => {
    await using rig = await startShort({ openGates: ['issue_beyond'] });
    const issue = await rig.recordIssue(long);
    await rig.settle();
    expect(await rig.store.approvalOfRequest(issue.id)).toBeUndefined();
    expect(buttons(rig)).toContain('show_once');
  });

  it('that was asked for before anybody had to agree is not shown any more without', async () => {
    await using rig = await startShort({ longValidityDays: 3650 });
    const issue = await rig.recordIssue(long);
    await rig.settle();
    const account = (await rig.store.account(ACCOUNT)) as Account;
    await rig.store.commit([update('accounts', account, { longValidityDays: 30 })]);
    const show = await rig.recordShow(issue);
    await rig.settle();
    expect(await now(rig, show)).toMatchObject({ state: 'refused', outcome: { code: 'too_late' } });
    expect(await rig.store.certificatesOfRequest(issue.id)).toEqual([]);
  });
});
