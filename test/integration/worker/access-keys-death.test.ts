import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import type { AccessKey, Request } from '../../../core/store/rows.ts';
import { keyOf, pairsShown, recordKeyShow, usableSecret } from '../../support/access-keys.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/** The worker dies at its n-th commit, before or after the database has it; another takes over after the lease. */
const LAST_MOMENT = 26;
const moments = Array.from({ length: LAST_MOMENT }, (_, n) => n + 1).flatMap(
  (n) =>
    [
      [n, 'before'],
      [n, 'after'],
    ] as const,
);
const KEY = { name: 'deploy', siteIds: null, access: 'read', groups: ['certificates'], mode: 'asks' } as const;
const create = (rig: WorkerRig) => rig.record('key_create', { ...KEY, groups: ['certificates'] });

/** Nobody must ever be able to use a secret that the person may not have seen: not even while nobody takes over. */
async function expectNoUnseen(rig: WorkerRig, asked: Request): Promise<void> {
  const secret = usableSecret(rig, await keyOf(rig, asked));
  if (secret !== undefined) expect(pairsShown(rig).map((pair) => pair.secret)).toContain(secret);
}

async function takeOver(rig: WorkerRig): Promise<void> {
  rig.restart();
  await rig.settle();
}

describe('a worker that dies', () => {
  it.each(moments)(
    'at commit %i (%s): what works in the end is what was shown last, and nothing unseen',
    async (n, when) => {
      await using rig = await startWorkerRig();
      const asked = await create(rig);
      rig.dieAtCommit(n, when);
      const run = async () => {
        await rig.settle().catch(() => undefined);
        await expectNoUnseen(rig, asked);
        if (rig.isDead) await takeOver(rig);
        await expectNoUnseen(rig, asked);
      };
      await run();
      for (let presses = 1; (await rig.store.request(asked.id))?.state !== 'done'; presses += 1) {
        expect(presses).toBeLessThanOrEqual(2);
        await recordKeyShow(rig, asked);
        await run();
      }
      const key = (await keyOf(rig, asked)) as AccessKey;
      expect(key.state).toBe('active');
      expect(usableSecret(rig, key)).toBe(pairsShown(rig).at(-1)?.secret);
      expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
      for (const show of await rig.store.requestsOf(asked.id)) expect(show).toMatchObject({ sealed: null });
      const ada = rig.sandbox.person('U0ADA');
      expect(ada.messages(ada.dm)).toHaveLength(1);
    },
  );

  it('was killed at every step: the moments above reach beyond the last commit', async () => {
    await using rig = await startWorkerRig();
    const asked = await create(rig);
    await rig.settle();
    await recordKeyShow(rig, asked);
    await rig.settle();
    expect(rig.commits).toBeLessThan(LAST_MOMENT);
  });

  it('while nobody takes over: the showing expires, its secret is erased, and the button works again', async () => {
    await using rig = await startWorkerRig();
    const asked = await create(rig);
    await rig.settle();
    await recordKeyShow(rig, asked);
    rig.dieAtCommit(3, 'before');
    await rig.settle().catch(() => undefined);
    expect((await keyOf(rig, asked))?.sealedSecret).not.toBeNull();
    expect(pairsShown(rig)).toHaveLength(1);
    rig.restart();
    rig.clock.advance(60 * 60_000);
    await rig.settle();
    expect(await keyOf(rig, asked)).toMatchObject({ state: 'unshown', sealedSecret: null });
    await recordKeyShow(rig, asked);
    await rig.settle();
    expect(usableSecret(rig, await keyOf(rig, asked))).toBe(pairsShown(rig).at(-1)?.secret);
    expect(pairsShown(rig)).toHaveLength(2);
  });
});
