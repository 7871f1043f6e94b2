import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import type { Plan } from '../../../core/store/plan.ts';
import type { Store } from '../../../core/store/store.ts';
import { ACCOUNT, startFeedRig, until } from '../../support/feed-rig.ts';

type Rig = Awaited<ReturnType<typeof startFeedRig>>;

/** As after so many versions that the next one makes it time to keep the newest whole. */
async function ageBase(rig: Rig): Promise<void> {
  await rig.stopPublishers();
  const connection = new Database(rig.path);
  connection.prepare('update snapshots set deltas = 999').run();
  connection.close();
}

/** A store in which what a version is kept whole by is not written before `open` is called. */
function withGate(store: Store) {
  let [reached, open] = [() => {}, () => {}];
  const atGate = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const isOfBase = (plan: Plan) => plan.some((write) => write.op === 'insert' && write.table === 'snapshotChunks');
  const gated: Store = {
    ...store,
    async commit(plan) {
      if (isOfBase(plan)) {
        reached();
        await opened;
      }
      return store.commit(plan);
    },
  };
  return { gated, atGate, open };
}

test('a revocation that comes while the base is written anew waits for nothing of it', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const [first, second, third] = await rig.issueMany(3);
  if (!first || !second || !third) throw new Error('there are none');
  const before = await rig.store.snapshot(ACCOUNT);
  await ageBase(rig);
  const { gated, atGate, open } = withGate(rig.store);
  rig.startPublisher(gated);

  await rig.change([first], 'revoked');
  await atGate;
  // Nothing of the base is written before the edge has these two, one after the other.
  for (const row of [second, third]) {
    await rig.change([row], 'revoked');
    await until(() => feed.current()?.isRevoked(id, row.serial));
  }
  expect((await rig.store.snapshot(ACCOUNT))?.baseContentId).toBe(before?.baseContentId);

  open();
  const after = await until(async () => {
    const row = await rig.store.snapshot(ACCOUNT);
    return row?.baseContentId === before?.baseContentId ? undefined : row;
  });
  // The base is the version from before them, and they are the deltas that follow it.
  expect(after.baseSnapshot).toBe(after.snapshot - 2);
  expect(after.deltas).toBe(2);
  expect(after.deltaOctets).toBeGreaterThan(0);
  // The worker goes on from what it has, and an edge that is new gets base and deltas.
  const added = await rig.connect();
  await until(() => [first, second, third].every(({ serial }) => added.feed.current()?.isRevoked(id, serial)));
  await rig.change([...(await rig.issueMany(1))], 'revoked');
  await until(() => [feed, added.feed].every((one) => one.status().place?.version === after.snapshot + 1));
  expect((await rig.store.snapshot(ACCOUNT))?.deltas).toBe(3);
});

test('a base that another worker has replaced meanwhile is not put, and what was written of it is swept', async () => {
  await using rig = await startFeedRig();
  await rig.connect();
  await ageBase(rig);
  const { gated, atGate, open } = withGate(rig.store);
  const publisher = rig.startPublisher(gated);
  await rig.change(await rig.issueMany(1), 'revoked');
  await atGate;
  const connection = new Database(rig.path);
  connection.prepare("update snapshots set base_content_id = 'other', version = version + 1").run();
  open();
  await publisher.stop();
  expect((await rig.store.snapshot(ACCOUNT))?.baseContentId).toBe('other');
  // What was written counts as left over; only the base that was there at first is named by none.
  const contents = 'select count(distinct content_id) from snapshot_chunks';
  expect(connection.prepare(contents).pluck().get()).toBe(2);
  const unnamed = `${contents} where content_id not in (select id from snapshot_leftovers)`;
  expect(connection.prepare(unnamed).pluck().get()).toBe(1);
  connection.close();
});
