import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import type { Request } from '../../../core/store/rows.ts';
import { contentOf } from '../../support/acts.ts';
import { APPROVALS, approvalOf, buttonOf, give } from '../../support/approving.ts';
import { manyIssued, recordRevokeMany } from '../../support/many.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/** Three chunks, so that there are moments between them. */
const COUNT = 103;
/**
 * The worker dies at its n-th commit, before or after the database has it; another takes over after the lease. The
 * last test shows that the moments reach beyond the last commit.
 */
const LAST_MOMENT = 44;
const moments = Array.from({ length: LAST_MOMENT }, (_, n) => n + 1).flatMap(
  (n) =>
    [
      [n, 'before'],
      [n, 'after'],
    ] as const,
);

/** Works until nothing is left to do, in a new worker where the old one has died. */
async function settle(rig: WorkerRig): Promise<void> {
  await rig.settle().catch(() => undefined);
  if (!rig.isDead) return;
  rig.restart();
  await rig.settle();
}

async function revokeMany(rig: WorkerRig, die: () => void = () => undefined): Promise<Request> {
  await give(rig, 'U0BOB', 'approver');
  await manyIssued(rig, COUNT);
  const request = await recordRevokeMany(rig, { suspendNow: true });
  die();
  await settle(rig);
  expect((await rig.store.request(request.id))?.state).toBe('waiting');
  const approval = await approvalOf(rig, request);
  const button = await buttonOf(rig, approval);
  const payload = { approvalId: approval.id, decision: 'approve' as const, because: '', button };
  await rig.record('decide', payload, { actorId: 'U0BOB' });
  await settle(rig);
  return request;
}

async function expectDoneOnce(rig: WorkerRig, request: Request): Promise<void> {
  expect(await rig.store.request(request.id)).toMatchObject({ state: 'done', outcome: { done: COUNT, skipped: 0 } });
  expect(await rig.store.countRequestItems(request.id)).toEqual({ pending: 0, done: COUNT, skipped: 0 });
  const events = await rig.store.auditChain(ACCOUNT, 0, 1_000);
  const subjects = (action: string) =>
    events.filter((event) => event.action === action).map((event) => event.subjectId);
  const all = Array.from({ length: COUNT }, (_, n) => `c${n}`).sort();
  expect(subjects('certificate.suspended').sort()).toEqual(all);
  expect(subjects('certificate.revoked').sort()).toEqual(all);
  expect(subjects('revocation.many')).toEqual([request.id]);
  expect(subjects('approval.asked')).toEqual([request.id]);
  expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
  for (const id of all) expect((await rig.store.certificate(id))?.state).toBe('revoked');
  expect(rig.alice.messages(rig.alice.dm)).toHaveLength(1);
  expect(contentOf(rig.alice.messages(rig.alice.dm)[0] as never)).toContain(`${COUNT} certificates are revoked.`);
  expect(rig.sandbox.person('U0BOB').messages(APPROVALS)).toHaveLength(1);
}

describe('a worker that dies during a revocation of many', () => {
  it.each(moments)('at commit %i (%s): each certificate is suspended once and revoked once', async (n, when) => {
    await using rig = await startWorkerRig();
    const request = await revokeMany(rig, () => rig.dieAtCommit(n, when));
    await expectDoneOnce(rig, request);
  });

  it('was killed at every step: the moments above reach beyond the last commit', async () => {
    await using rig = await startWorkerRig();
    let before = 0;
    const request = await revokeMany(rig, () => {
      before = rig.commits;
    });
    await expectDoneOnce(rig, request);
    expect(rig.commits - before).toBeLessThan(LAST_MOMENT);
  });
});
