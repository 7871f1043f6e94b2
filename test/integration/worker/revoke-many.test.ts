import { beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import { MOST_AT_ONCE } from '../../../core/inventory/filter.ts';
import { update } from '../../../core/store/plan.ts';
import type { Request } from '../../../core/store/rows.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, give, press } from '../../support/approving.ts';
import { manyIssued, recordRevokeMany } from '../../support/many.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  await give(rig, 'U0BOB', 'approver');
  return () => rig[Symbol.asyncDispose]();
});

const statesOf = async (count: number) =>
  Promise.all(Array.from({ length: count }, async (_, n) => (await rig.store.certificate(`c${n}`))?.state));
const ended = async (request: Request) => rig.store.request(request.id);
const dm = () => rig.alice.messages(rig.alice.dm);

async function ask(set: Parameters<typeof recordRevokeMany>[1] = {}, actorId?: string): Promise<Request> {
  const request = await recordRevokeMany(rig, set, actorId);
  await rig.settle();
  return request;
}

describe('a revocation of many', () => {
  it('waits for one decision, and then revokes each once: its item, its event, one message for all', async () => {
    await manyIssued(rig, 250);
    const request = await ask();
    expect(await statesOf(250)).toEqual(Array(250).fill('active'));
    const approval = await approvalOf(rig, request);
    const card = contentOf(await cardOf(rig, approval));
    for (const part of ['250 certificates', 'certificates of <@U0ALICE>', 'device-249', 'No edge has reported']) {
      expect(card).toContain(part);
    }

    await press(rig, approval, 'U0BOB', 'approve');
    expect(await statesOf(250)).toEqual(Array(250).fill('revoked'));
    expect(await rig.store.countRequestItems(request.id)).toEqual({ pending: 0, done: 250, skipped: 0 });
    expect(await ended(request)).toMatchObject({ state: 'done', outcome: { done: 250, skipped: 0 } });
    const events = await rig.store.auditChain(ACCOUNT, 0, 1_000);
    expect(events.filter(({ action }) => action === 'certificate.revoked')).toHaveLength(250);
    expect(events.filter(({ action }) => action === 'revocation.many')).toHaveLength(1);
    expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
    const audit = rig.sandbox.person('U0ADA').messages(AUDIT_CHANNEL).map(contentOf);
    expect(audit.filter((text) => text.includes('certificate.revoked'))).toEqual([]);
    expect(audit.filter((text) => text.includes('revocation.many'))).toHaveLength(1);
    expect(dm()).toHaveLength(1);
    const told = contentOf(dm()[0] as never);
    expect(told).toContain('250 certificates are revoked.');
    expect(told).toMatch(/Approved by <@U0BOB>/);
  });

  it('suspends all of them at once, before anybody decides, and a denial leaves them suspended', async () => {
    await manyIssued(rig, 130);
    const request = await ask({ suspendNow: true });
    expect(await statesOf(130)).toEqual(Array(130).fill('held'));
    expect((await ended(request))?.state).toBe('waiting');
    const approval = await approvalOf(rig, request);
    // Suspending first must not give the approvers longer than anybody else has.
    expect(approval.expiresAt).toEqual(request.deadlineAt);
    await press(rig, approval, 'U0BOB', 'deny', { because: 'They are needed.' });
    expect(await statesOf(130)).toEqual(Array(130).fill('held'));
    expect((await ended(request))?.state).toBe('denied');
    expect(contentOf(dm()[0] as never)).toContain('stays suspended until it is released');
    expect(await rig.store.countRequestItems(request.id)).toMatchObject({ done: 0, skipped: 0 });
  });

  it('revokes nothing in a run whose approval does not hold, whatever the request says', async () => {
    const rows = await manyIssued(rig, 2, (n) => ({
      id: `d${n}`,
      requestId: `d${n}`,
      serial: `5${n}`,
      ownerId: 'U0DAVE',
    }));
    const second = await ask({ filter: { owner: 'U0DAVE' } });
    for (const state of ['waiting', 'denied', 'expired', 'withdrawn', 'overtaken'] as const) {
      const seen = await approvalOf(rig, second);
      const row = (await ended(second)) as Request;
      await rig.store.commit([
        ...(seen.state === state ? [] : [update('approvals', seen, { state })]),
        update('requests', row, { state: 'recorded', nextAttemptAt: rig.clock.now(), attempts: 0, leaseUntil: null }),
      ]);
      await rig.settle();
      for (const { id } of rows) expect((await rig.store.certificate(id))?.state).toBe('active');
    }
    // And in one that was approved for another payload than the one it has now.
    const approved = await approvalOf(rig, second);
    const row = (await ended(second)) as Request;
    await rig.store.commit([
      update('approvals', approved, { state: 'approved' }),
      update('requests', row, {
        state: 'recorded',
        payload: { ...row.payload, reason: 'superseded' },
        nextAttemptAt: rig.clock.now(),
        leaseUntil: null,
        endedAt: null,
      }),
    ]);
    await rig.settle();
    expect(await ended(second)).toMatchObject({ state: 'refused', outcome: { code: 'stale' } });
    for (const { id } of rows) expect((await rig.store.certificate(id))?.state).toBe('active');
  });

  it('leaves out what was revoked, released or has ended meanwhile, each with its reason', async () => {
    const day = 86_400_000;
    const rows = await manyIssued(rig, 5, (n) =>
      n === 2 ? { notAfter: new Date(rig.clock.now().getTime() + 60_000) } : {},
    );
    const request = await ask({ suspendNow: true });
    const held = await Promise.all(rows.map(async ({ id }) => rig.store.certificate(id)));
    const [first, second] = held as [NonNullable<(typeof held)[0]>, NonNullable<(typeof held)[0]>];
    await rig.store.commit([
      update('certificates', first, { state: 'revoked', revokedAt: rig.clock.now(), revocationReason: 'superseded' }),
      update('certificates', second, { state: 'active', heldAt: null, revocationReason: null }),
    ]);
    rig.clock.advance(day / 2);
    await press(rig, await approvalOf(rig, request), 'U0BOB', 'approve');
    expect(await statesOf(5)).toEqual(['revoked', 'active', 'held', 'revoked', 'revoked']);
    expect((await rig.store.certificate('c0'))?.revocationReason).toBe('superseded');
    expect(await ended(request)).toMatchObject({ state: 'done', outcome: { done: 2, skipped: 3 } });
    const told = contentOf(dm().at(-1) as never);
    expect(told).toMatch(/device-0\* for example\.com: This certificate is revoked already since <!date/);
    expect(told).toMatch(/device-1\* for example\.com: It was released after it had been suspended/);
    expect(told).toMatch(/device-2\* for example\.com: This certificate ended/);
  });

  it.each([
    ['another count', { count: 2 }],
    ['another digest', { digest: '0'.repeat(64) }],
    ['more than one request may revoke', { count: MOST_AT_ONCE }],
  ])('does nothing when the list is not the one that was seen: %s', async (_, set) => {
    await manyIssued(rig, 3);
    const request = await ask({ ...set, suspendNow: true });
    expect(await ended(request)).toMatchObject({ state: 'refused', outcome: { code: 'stale' } });
    expect(await statesOf(3)).toEqual(Array(3).fill('active'));
    expect(await rig.store.approvalOfRequest(request.id)).toBeUndefined();
  });

  it('does nothing when one of them has changed between the preview and the request', async () => {
    const [row] = await manyIssued(rig, 3);
    const request = await recordRevokeMany(rig);
    await rig.store.commit([update('certificates', row as never, { shownAt: rig.clock.now() })]);
    await rig.settle();
    expect(await ended(request)).toMatchObject({ state: 'refused', outcome: { code: 'stale' } });
  });
});

describe('who may ask for it', () => {
  it('an owner without a role, for their own alone', async () => {
    await manyIssued(rig, 4, (n) => ({ ownerId: n < 2 ? 'U0EVE' : 'U0ALICE' }));
    const own = await ask({ filter: { owner: 'U0EVE' } }, 'U0EVE');
    expect((await ended(own))?.state).toBe('waiting');
    for (const filter of [{ owner: 'U0ALICE' }, {}, { ids: ['c0', 'c3'] }]) {
      const others = await ask({ filter }, 'U0EVE');
      expect(await ended(others)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
    }
    expect(await statesOf(4)).toEqual(Array(4).fill('active'));
  });

  it('nobody whose role was taken away while it waited', async () => {
    await manyIssued(rig, 3, () => ({ ownerId: 'U0CAROL' }));
    const request = await ask({ filter: {} });
    const approval = await approvalOf(rig, request);
    const [grant] = (await rig.store.roles(ACCOUNT)).filter(({ userId }) => userId === 'U0ALICE');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: grant?.id as string }]);
    await press(rig, approval, 'U0BOB', 'approve');
    expect(await ended(request)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
    expect(await statesOf(3)).toEqual(Array(3).fill('active'));
  });

  it('an administrator alone, for one person and a leaked key, and somebody acknowledges it afterwards', async () => {
    await manyIssued(rig, 120);
    const ada = (set: object) => ask({ breakGlass: true, ...set }, 'U0ADA');
    expect(await ended(await ada({ filter: {} }))).toMatchObject({
      state: 'refused',
      outcome: { code: 'invalid_input' },
    });
    expect(await ended(await ada({ reason: 'superseded' }))).toMatchObject({ state: 'refused' });
    const request = await ada({});
    expect(await ended(request)).toMatchObject({ state: 'done', outcome: { done: 120 } });
    expect(await approvalOf(rig, request)).toMatchObject({ purpose: 'acknowledgement', state: 'waiting' });
    const skipped = (await rig.store.auditChain(ACCOUNT, 0, 1_000)).filter(
      ({ action }) => action === 'approval.skipped',
    );
    expect(skipped).toHaveLength(1);
  });
});
