import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Payload } from '../../../core/requests/contracts.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Account, Request, Role } from '../../../core/store/rows.ts';
import { contentOf } from '../../support/acts.ts';
import { decideAs } from '../../support/approving.ts';
import { aSite } from '../../support/rows.ts';
import { anApprover, someSettings } from '../../support/settings.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const DAY = 86_400_000;

/** A role given long ago by somebody who is not here any more. */
function give(rig: WorkerRig, userId: string, role: Role, grantedBy = 'U0GONE') {
  const grantedAt = new Date(rig.clock.now().getTime() - 2 * DAY);
  const row = { id: randomUUID(), accountId: ACCOUNT, userId, role, grantedBy, grantedAt, duringSetup: false };
  return rig.store.commit([insert('roles', row)]);
}

async function change(rig: WorkerRig, set: Partial<Payload<'settings'>>, seenVersion = 1): Promise<Request> {
  const request = await rig.record('settings', someSettings({ seenVersion, ...set }));
  await rig.settle();
  return (await rig.store.request(request.id)) as Request;
}

const now = (rig: WorkerRig, request: Request) => rig.store.request(request.id);
const account = async (rig: WorkerRig) => (await rig.store.account(ACCOUNT)) as Account;
const holders = async (rig: WorkerRig, role: Role) =>
  (await rig.store.roles(ACCOUNT))
    .filter((grant) => grant.role === role)
    .map(({ userId }) => userId)
    .sort();

/** bob is an approver, besides what the rig has. */
async function startWithBob(): Promise<WorkerRig> {
  const rig = await startWorkerRig();
  await give(rig, 'U0BOB', 'approver');
  return rig;
}
const withBob = { approvers: ['U0BOB'] };

describe('the first set-up', () => {
  it('needs nobody else, and what is given in it says so', async () => {
    await using rig = await startWorkerRig();
    const alices = (await rig.store.roles(ACCOUNT))[0]?.id ?? '';
    await rig.store.commit([{ op: 'delete', table: 'roles', id: alices }]);
    const request = await change(rig, { approvers: ['U0BOB', 'S0SECURITY'] });
    expect(request).toMatchObject({ state: 'done' });
    const given = await rig.store.roles(ACCOUNT);
    expect(given.map(({ userId, duringSetup }) => [userId, duringSetup]).sort()).toEqual([
      ['S0SECURITY', true],
      ['U0ADA', true],
      ['U0ALICE', true],
      ['U0BOB', true],
    ]);
  });

  it('ends with the second person, also one who has a role through a group', async () => {
    await using rig = await startWorkerRig();
    const alices = (await rig.store.roles(ACCOUNT))[0]?.id ?? '';
    await rig.store.commit([{ op: 'delete', table: 'roles', id: alices }]);
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'S0SECURITY', 'approver');
    const request = await change(rig, { operators: [], approvers: ['S0SECURITY'], viewers: ['U0EVE'] });
    expect(request.state).toBe('waiting');
  });
});

describe('changes of the settings', () => {
  it('that weaken nothing are made at once', async () => {
    await using rig = await startWithBob();
    const request = await change(rig, {
      ...withBob,
      defaultValidityDays: 30,
      longValidityDays: 365,
      guardedSites: [site.id],
      reminderDays: [10],
    });
    expect(request).toMatchObject({ state: 'done' });
    expect(await account(rig)).toMatchObject({ defaultValidityDays: 30, longValidityDays: 365, reminderDays: [10] });
    expect(await rig.store.site(ACCOUNT, site.id)).toMatchObject({ guarded: true, version: 2 });
    expect(await rig.store.approvalOfRequest(request.id)).toBeUndefined();
  });

  it.each<[string, Partial<Payload<'settings'>>, string, RegExp]>([
    ['a role is given', { ...withBob, viewers: ['U0EVE'] }, 'roles', /Viewers\*\nadded: <@U0EVE>/],
    ['a role is taken away', { ...withBob, operators: [] }, 'roles', /Operators\*\ntaken off: <@U0ALICE>/],
    ['a channel changes', { ...withBob, auditChannel: 'C0PLATFORM' }, 'four_eyes', /<#C0AUDIT> → <#C0PLATFORM>/],
    ['four eyes go off', { ...withBob, fourEyes: false }, 'four_eyes', /on → off/],
    ['a gate opens', { ...withBob, openGates: ['release'] }, 'four_eyes', /taken off: Release of a suspended/],
    ['long becomes longer', { ...withBob, longValidityDays: 3650 }, 'four_eyes', /→ 10 years/],
    ['keys go through links', { ...withBob, keyDelivery: 'link' }, 'key_delivery', /in Slack → by a link/],
    ['several at once', { ...withBob, viewers: ['U0EVE'], fourEyes: false }, 'roles,four_eyes', /Four eyes/],
  ])('need a second person when %s', async (_, set, gate, card) => {
    await using rig = await startWithBob();
    const before = await account(rig);
    const request = await change(rig, set);
    expect(request).toMatchObject({ state: 'waiting', endedAt: null });
    expect(await rig.store.approvalOfRequest(request.id)).toMatchObject({ gate, state: 'waiting' });
    expect(await account(rig)).toEqual(before);
    const [posted] = rig.sandbox.store.messagesIn('C0APPROVE');
    expect(posted && contentOf(posted)).toMatch(card);
    // Whoever asked does not decide; whoever may, does.
    expect((await decideAs(rig, 'U0ADA', request)).state).toBe('refused');
    expect((await decideAs(rig, 'U0BOB', request)).state).toBe('done');
    expect(await now(rig, request)).toMatchObject({ state: 'done' });
    expect((await account(rig)).version).toBe(2);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('need one when a site is guarded no longer, and it stays guarded until then', async () => {
    await using rig = await startWithBob();
    await rig.store.commit([update('sites', site, { guarded: true })]);
    const request = await change(rig, withBob);
    expect(await rig.store.site(ACCOUNT, site.id)).toMatchObject({ guarded: true });
    await decideAs(rig, 'U0BOB', request);
    expect(await rig.store.site(ACCOUNT, site.id)).toMatchObject({ guarded: false });
  });

  it('come to nothing when they are denied', async () => {
    await using rig = await startWithBob();
    const request = await change(rig, { ...withBob, administrators: ['U0ADA', 'U0EVE'] });
    await decideAs(rig, 'U0BOB', request, 'deny');
    expect(await now(rig, request)).toMatchObject({ state: 'denied' });
    expect(await holders(rig, 'administrator')).toEqual([]);
  });

  it('that were seen before another change are refused', async () => {
    await using rig = await startWithBob();
    await change(rig, { ...withBob, defaultValidityDays: 30 });
    expect(await change(rig, { ...withBob, defaultValidityDays: 7 })).toMatchObject({ outcome: { code: 'stale' } });
    expect(await change(rig, { ...withBob, defaultValidityDays: 7 }, 2)).toMatchObject({ state: 'done' });
  });

  it('are not put before anybody who could not see all of them', async () => {
    await using rig = await startWorkerRig();
    const many = Array.from({ length: 100 }, (_, i) => `U0SOMEBODY0LONG${i}`);
    const [first] = await rig.store.roles(ACCOUNT);
    if (!first) throw new Error('nobody has a role');
    await rig.store.commit([
      insert('roles', anApprover('U0BOB', rig.clock.now())),
      ...many.map((userId) => insert('roles', { ...first, id: userId, userId, role: 'viewer' })),
    ]);
    // One administrator more, behind a hundred viewers less.
    const request = await change(rig, { ...withBob, administrators: ['U0ADA', 'U0EVE'], viewers: [] });
    expect(request).toMatchObject({ state: 'refused', outcome: { code: 'invalid_input' } });
    expect(await rig.store.approvalOfRequest(request.id)).toBeUndefined();
  });

  it('leave sites of another account alone', async () => {
    await using rig = await startWithBob();
    await rig.store.commit([insert('sites', aSite({ id: 'foreign', accountId: 'T0OTHER', name: 'other.example' }))]);
    expect(await change(rig, { ...withBob, guardedSites: ['foreign'] })).toMatchObject({ state: 'done' });
    expect(await rig.store.site('T0OTHER', 'foreign')).toMatchObject({ guarded: false, version: 1 });
  });
});

describe('four eyes', () => {
  it('stay on while two people can decide, also through a group', async () => {
    await using rig = await startWorkerRig();
    await give(rig, 'S0SECURITY', 'approver');
    const request = await change(rig, { approvers: ['S0SECURITY'], fourEyes: false });
    expect(request).toMatchObject({ state: 'refused', outcome: { code: 'four_eyes' } });
    expect(await account(rig)).toMatchObject({ fourEyes: true, version: 1 });
  });

  it('do not go off together with the approvers who would have to agree', async () => {
    await using rig = await startWithBob();
    await give(rig, 'U0EVE', 'approver');
    const request = await change(rig, { approvers: [], fourEyes: false });
    expect(request).toMatchObject({ state: 'refused', outcome: { code: 'four_eyes' } });
  });

  it('are switched off alone, by itself and in sight, where nobody else could decide', async () => {
    await using rig = await startWithBob();
    rig.sandbox.store.updateUser('U0BOB', { deleted: true });
    const others: Partial<Payload<'settings'>>[] = [
      { viewers: ['U0EVE'] },
      { auditChannel: 'C0PLATFORM' },
      { openGates: ['roles'] },
      { keyDelivery: 'link' },
    ];
    for (const other of others) {
      const more = await change(rig, { ...withBob, fourEyes: false, ...other });
      expect(more).toMatchObject({ state: 'refused', outcome: { code: 'four_eyes' } });
      expect(await change(rig, { ...withBob, ...other })).toMatchObject({ outcome: { code: 'four_eyes' } });
    }
    expect(await change(rig, { ...withBob, fourEyes: false })).toMatchObject({ state: 'done' });
    expect(await account(rig)).toMatchObject({ fourEyes: false });
    const told = rig.sandbox.store.messagesIn('C0AUDIT').map(contentOf).join('\n');
    expect(told).toMatch(/Four eyes: `off`/);
    expect(told).toMatch(/acted without a second person/);
    // From here on ada can put things right.
    const roles = await change(rig, { approvers: ['U0EVE'], fourEyes: false }, 2);
    expect(roles).toMatchObject({ state: 'done' });
  });

  it('wait for the only approver while there is one', async () => {
    await using rig = await startWithBob();
    expect(await change(rig, { ...withBob, fourEyes: false })).toMatchObject({ state: 'waiting' });
  });

  it('are on again as soon as two can decide', async () => {
    await using rig = await startWorkerRig();
    const off = await account(rig);
    await rig.store.commit([update('accounts', off, { fourEyes: false })]);
    const request = await change(rig, { approvers: ['U0BOB', 'U0EVE'], fourEyes: false }, 2);
    expect(request).toMatchObject({ state: 'done', outcome: { message: expect.stringContaining('on again') } });
    expect(await account(rig)).toMatchObject({ fourEyes: true });
  });
});

it('keys do not go through links where there is no address for them', async () => {
  await using rig = await startWorkerRig();
  Object.assign(rig.jobDeps, { publicUrl: undefined });
  const request = await change(rig, { keyDelivery: 'link' });
  expect(request).toMatchObject({ state: 'refused', outcome: { message: expect.stringContaining('PUBLIC_URL') } });
});

describe('user groups', () => {
  it('cannot be the only administrators', async () => {
    await using rig = await startWithBob();
    const request = await change(rig, { ...withBob, administrators: ['S0SECURITY'] });
    expect(request).toMatchObject({ state: 'refused', outcome: { message: expect.stringContaining('as a person') } });
  });

  it('that are switched off give nobody a role', async () => {
    await using rig = await startWorkerRig();
    await give(rig, 'S0SECURITY', 'operator');
    await rig.sandbox.changeGroup('S0SECURITY', { disabled: true });
    const payload = { method: 'system', siteId: site.id, name: 'x', keyType: 'ec-p256', validityDays: 30 } as const;
    const issue = await rig.record('issue', payload, { actorId: 'U0BOB' });
    await rig.settle();
    expect(await now(rig, issue)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
  });

  it('that are not there get no role', async () => {
    await using rig = await startWithBob();
    const request = await change(rig, { ...withBob, viewers: ['S0NOWHERE'] });
    expect(request).toMatchObject({ state: 'refused', outcome: { code: 'invalid_input' } });
  });

  it('give their members the role, and those who left have it no longer', async () => {
    await using rig = await startWithBob();
    await give(rig, 'S0SECURITY', 'operator');
    const issue = (actorId: string) =>
      rig.record(
        'issue',
        { method: 'system', siteId: site.id, name: 'x', keyType: 'ec-p256', validityDays: 30 },
        { actorId },
      );
    const first = await issue('U0BOB');
    await rig.settle();
    expect(await now(rig, first)).toMatchObject({ state: 'waiting' });
    await rig.sandbox.setGroupMembers('S0SECURITY', ['U0ADA']);
    rig.clock.advance(60_000);
    const second = await issue('U0BOB');
    await rig.settle();
    expect(await now(rig, second)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
  });

  it.each([
    ['a guest', { isRestricted: true }],
    ['somebody deactivated', { deleted: true }],
    ['somebody of another company', { teamId: 'T0ELSEWHERE' }],
  ])('let %s among their members do nothing', async (_, flags) => {
    await using rig = await startWithBob();
    await give(rig, 'S0SECURITY', 'approver');
    await rig.sandbox.setGroupMembers('S0SECURITY', ['U0ADA', 'U0BOB', 'U0EVE']);
    rig.sandbox.store.updateUser('U0EVE', flags);
    const request = await change(rig, { approvers: ['U0BOB', 'S0SECURITY'], viewers: ['U0ALICE'] });
    expect(await decideAs(rig, 'U0EVE', request)).toMatchObject({ state: 'refused' });
    expect(await now(rig, request)).toMatchObject({ state: 'waiting' });
  });

  it('make nobody an approver of whoever gave them the role an hour ago', async () => {
    await using rig = await startWithBob();
    await give(rig, 'U0BOB', 'viewer');
    const grantedAt = new Date(rig.clock.now().getTime() - 3_600_000);
    const fresh = { id: 'fresh', accountId: ACCOUNT, userId: 'S0SECURITY', role: 'approver' as const };
    await rig.store.commit([insert('roles', { ...fresh, grantedBy: 'U0ADA', grantedAt, duringSetup: false })]);
    await rig.sandbox.setGroupMembers('S0SECURITY', ['U0ADA', 'U0BOB', 'U0EVE']);
    const request = await change(rig, { approvers: ['U0BOB', 'S0SECURITY'], viewers: ['U0ALICE'] });
    const refused = await decideAs(rig, 'U0EVE', request);
    expect(refused.outcome?.['message']).toMatch(/less than 24 hours ago/);
    rig.clock.advance(23 * 3_600_000 + 1);
    expect((await decideAs(rig, 'U0EVE', request)).state).toBe('done');
  });

  it('are asked about again while Slack does not answer', async () => {
    await using rig = await startWithBob();
    await give(rig, 'S0SECURITY', 'administrator');
    const fault = rig.sandbox.faults.add({ method: 'usergroups.users.list', kind: '500' });
    const request = await rig.record('settings', someSettings({ ...withBob, defaultValidityDays: 30 }));
    await rig.settle();
    expect(await now(rig, request)).toMatchObject({ state: 'recorded', attempts: 1 });
    fault.remove();
    rig.clock.advance(5_000);
    await rig.settle();
    expect((await now(rig, request))?.state).not.toBe('recorded');
  });
});
