import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import type { Request } from '../../../core/store/rows.ts';
import { countTold } from '../../support/acts.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/**
 * The worker dies at its n-th commit, before or after the database has it; another takes over after the lease. Between
 * two commits lie all other steps (making the key, signing, answering Slack), so that every step is cut off once.
 */
const LAST_MOMENT = 28;
const moments = Array.from({ length: LAST_MOMENT }, (_, n) => n + 1).flatMap(
  (n) =>
    [
      [n, 'before'],
      [n, 'after'],
    ] as const,
);

async function takeOver(rig: WorkerRig): Promise<boolean> {
  const died = rig.restart();
  await rig.settle();
  return died;
}

/** What must be true however often the worker died. */
async function expectSound(rig: WorkerRig, issue: Request): Promise<void> {
  const certificates = await rig.store.certificatesOfRequest(issue.id);
  expect(certificates.filter(({ state }) => state === 'intended')).toEqual([]);
  expect(certificates.filter(({ state }) => state === 'active').length).toBeLessThanOrEqual(1);
  expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
  const requests = [await rig.store.request(issue.id), ...(await rig.store.requestsOf(issue.id))];
  for (const request of requests) {
    expect(request?.state).not.toBe('recorded');
    if (request?.kind === 'show') expect(request.sealed).toBeNull();
  }
  const ada = rig.sandbox.person('U0ADA');
  const told = ada.messages(AUDIT_CHANNEL).map(({ metadata }) => JSON.stringify(metadata));
  expect(new Set(told).size).toBe(told.length);
  expect(told.length).toBe(await countTold(rig.store, ACCOUNT));
  expect(rig.alice.messages(rig.alice.dm)).toHaveLength(1);
}

describe('a worker that dies', () => {
  it.each(moments)(
    'at commit %i (%s) of asking and showing: the person gets to a key, and one certificate is usable',
    async (n, when) => {
      await using rig = await startWorkerRig();
      const issue = await rig.recordIssue();
      rig.dieAtCommit(n, when);
      await rig.settle().catch(() => undefined);
      if (rig.isDead) await takeOver(rig);
      await expectSound(rig, issue);

      // The person presses, again where the first showing came to nothing.
      for (let presses = 1; (await rig.store.request(issue.id))?.state !== 'done'; presses += 1) {
        expect(presses).toBeLessThanOrEqual(2);
        await rig.recordShow(issue);
        await rig.settle().catch(() => undefined);
        if (rig.isDead) await takeOver(rig);
        await expectSound(rig, issue);
      }
      const [certificate] = (await rig.store.certificatesOfRequest(issue.id)).filter(({ state }) => state === 'active');
      const seen = JSON.stringify(rig.alice.ephemerals(rig.alice.dm).map(({ blocks }) => blocks));
      const pem = certificate?.certificate?.toString('base64').slice(0, 64);
      expect(seen).toContain(pem);
    },
  );

  it.each(moments.filter(([, when]) => when === 'before'))(
    'at commit %i (%s) of making a key anew: never two usable certificates',
    async (n, when) => {
      await using rig = await startWorkerRig();
      const issue = await rig.recordIssue();
      await rig.settle();
      await rig.recordShow(issue);
      await rig.settle();
      const [first] = await rig.store.certificatesOfRequest(issue.id);
      await rig.recordShow(issue, first?.id);
      rig.dieAtCommit(n, when);
      await rig.settle().catch(() => undefined);
      if (rig.isDead) await takeOver(rig);
      await expectSound(rig, issue);
      expect(await rig.store.certificate(first?.id ?? '')).toMatchObject({ state: 'revoked' });
      // Only where Slack may have shown the key is the person asked to press again.
      if ((await rig.store.request(issue.id))?.state === 'waiting') {
        const [lasting] = rig.alice.messages(rig.alice.dm);
        expect(JSON.stringify(lasting?.blocks)).toContain('not certain that Slack displayed');
        await rig.recordShow(issue);
        await rig.settle();
      }
      expect((await rig.store.request(issue.id))?.state).toBe('done');
      await expectSound(rig, issue);
    },
  );

  it('was killed at every step: the moments above reach beyond the last commit', async () => {
    await using rig = await startWorkerRig();
    const issue = await rig.recordIssue();
    await rig.settle();
    await rig.recordShow(issue);
    await rig.settle();
    expect(rig.commits).toBeLessThan(LAST_MOMENT);
  });

  it('while nobody takes over: the show expires, what it signed is revoked, and the button works again', async () => {
    await using rig = await startWorkerRig();
    const issue = await rig.recordIssue();
    await rig.settle();
    const show = await rig.recordShow(issue);
    rig.dieAtCommit(5, 'before');
    await rig.settle().catch(() => undefined);
    expect((await rig.store.certificatesOfRequest(issue.id)).map(({ state }) => state)).toEqual(['active']);
    rig.restart();
    rig.clock.advance(60 * 60_000);
    await rig.settle();
    expect((await rig.store.request(show.id))?.state).toBe('expired');
    expect((await rig.store.certificatesOfRequest(issue.id)).map(({ state }) => state)).toEqual(['revoked']);
    await rig.recordShow(issue);
    await rig.settle();
    expect((await rig.store.request(issue.id))?.state).toBe('done');
  });
});
