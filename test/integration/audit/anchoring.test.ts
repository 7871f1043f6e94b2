import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { findCheckpoint, verifyCheckpoint } from '../../../core/audit/checkpoint.ts';
import { recordEvent } from '../../../core/audit/event.ts';
import { contentOf } from '../../support/acts.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const HOUR = 3_600_000;

async function happen(rig: WorkerRig, action = 'site.added'): Promise<void> {
  const facts = { accountId: ACCOUNT, at: rig.clock.now(), actorId: 'U0ADA', subjectId: randomUUID(), details: {} };
  await rig.store.commit(recordEvent(action, 'site', facts));
  await rig.settle();
}

const anchors = (rig: WorkerRig) =>
  rig.sandbox
    .person('U0ADA')
    .messages(AUDIT_CHANNEL)
    .filter((message) => contentOf(message).includes('countersign-audit-v1'));

describe('checkpoints', () => {
  it('are anchored in the audit channel soon after a decision, several decisions together', async () => {
    await using rig = await startWorkerRig();
    await happen(rig);
    await happen(rig, 'approval.approved');
    rig.clock.advance(1_000);
    await happen(rig, 'approval.denied');
    expect(anchors(rig)).toEqual([]);
    rig.clock.advance(2_000);
    await rig.settle();
    const [posted, ...more] = anchors(rig);
    expect(more).toEqual([]);
    const checkpoint = findCheckpoint(contentOf(posted as NonNullable<typeof posted>));
    const head = await rig.store.auditHead(ACCOUNT);
    expect(checkpoint).toMatchObject({ account: ACCOUNT, sequence: 3, hash: head?.hash });
    expect(checkpoint && verifyCheckpoint(checkpoint, rig.jobDeps.auditKey.publicKey)).toBe(true);
    expect(contentOf(posted as NonNullable<typeof posted>)).toContain('audit:verify');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('are made daily where something happened, and not where nothing did', async () => {
    await using rig = await startWorkerRig();
    await happen(rig);
    rig.clock.advance(23 * HOUR);
    await rig.settle();
    expect(anchors(rig)).toHaveLength(0);
    rig.clock.advance(HOUR);
    await rig.settle();
    expect(anchors(rig)).toHaveLength(1);
    rig.clock.advance(72 * HOUR);
    await rig.settle();
    expect(anchors(rig)).toHaveLength(1);
    await happen(rig);
    expect(anchors(rig)).toHaveLength(2);
    rig.clock.advance(2 * HOUR);
    await happen(rig);
    expect(anchors(rig)).toHaveLength(2);
  });

  it.each(['before', 'after'] as const)(
    'are neither lost nor repeated by a worker that dies %s writing one',
    async (when) => {
      await using rig = await startWorkerRig();
      await happen(rig, 'approval.approved');
      rig.clock.advance(3_000);
      // Signing is the first commit of this round.
      rig.dieAtCommit(1, when);
      await rig.settle().catch(() => undefined);
      expect(rig.restart()).toBe(true);
      await rig.settle();
      expect(anchors(rig)).toHaveLength(1);
      expect(await rig.store.auditCheckpoints(ACCOUNT, 1, 99)).toHaveLength(1);
    },
  );

  it('are not repeated by two workers at once', async () => {
    await using rig = await startWorkerRig();
    await happen(rig, 'approval.approved');
    rig.clock.advance(3_000);
    await Promise.all([rig.settle(), rig.settle()]);
    expect(await rig.store.auditCheckpoints(ACCOUNT, 1, 99)).toHaveLength(1);
    expect(anchors(rig)).toHaveLength(1);
  });

  it('are not edited afterwards', async () => {
    await using rig = await startWorkerRig();
    await happen(rig, 'approval.approved');
    rig.clock.advance(3_000);
    await rig.settle();
    const before = anchors(rig).map(({ ts, text }) => ({ ts, text }));
    for (let n = 0; n < 5; n += 1) await happen(rig, 'approval.approved');
    rig.clock.advance(3_000);
    await rig.settle();
    expect(
      anchors(rig)
        .slice(0, 1)
        .map(({ ts, text }) => ({ ts, text })),
    ).toEqual(before);
    expect(anchors(rig)).toHaveLength(2);
  });
});
