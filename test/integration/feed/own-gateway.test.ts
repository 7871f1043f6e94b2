import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { certificateAtEdges } from '../../../core/edges/effect.ts';
import { deriveOwnEdge, OWN_EDGE } from '../../../core/edges/own.ts';
import { provePin } from '../../../core/edges/pin.ts';
import { update } from '../../../core/store/plan.ts';
import type { Edge } from '../../../core/store/rows.ts';
import { keepOwnEdge } from '../../../worker/publish/own-edge.ts';
import { ACCOUNT, startFeedRig, until } from '../../support/feed-rig.ts';
import { aSigner } from '../../support/snapshots.ts';

type Rig = Awaited<ReturnType<typeof startFeedRig>>;

/** As worker and gateway are given it. */
const keyOf = ({ keys }: Rig) => keys.edge as Uint8Array;
const keep = (rig: Rig) => keepOwnEdge({ store: rig.store, clock: { now: () => new Date() }, keys: rig.keys });
async function forge(rig: Rig, pin: Edge['pin']) {
  const row = (await rig.store.edge(OWN_EDGE.id)) as Edge;
  await rig.store.commit([update('edges', row, { pin })]);
}

test('the own gateway is let in and knows the feed key by a proof; messages count it', async () => {
  await using rig = await startFeedRig();
  await keep(rig);
  const { credential, pinSecret } = deriveOwnEdge(keyOf(rig));
  const feed = await rig.startFeed(credential, { trust: { pinSecret } });
  await until(() => feed.current());
  expect(feed.status()).toMatchObject({ account: ACCOUNT, problems: [] });
  const one = await rig.issue();
  await rig.change([one], 'revoked');
  await until(async () => (await certificateAtEdges(rig.store, one.id)).includes('effective on 1 of 1 edge after'));

  // Without the api it goes on from its disk, with what it was told to trust.
  await feed.stop();
  await rig.stopApi();
  const again = await rig.startFeed(credential, { trust: { pinSecret } });
  expect(again.current()?.isRevoked(rig.authority.row.id, one.serial)).toBe(true);
});

test('a feed key without a proof, or with another\u2019s, is not believed, from the api or from the disk', async () => {
  await using rig = await startFeedRig();
  await keep(rig);
  const { credential, pinSecret } = deriveOwnEdge(keyOf(rig));
  const key = aSigner().publicKey.text;
  const { pinnedKey } = await rig.pin();
  const proof = provePin(pinSecret, { account: ACCOUNT, pinnedKey });
  const forgeries: Edge['pin'][] = [
    null,
    { key, proof },
    { key, proof: '' },
    { key, proof: provePin(new Uint8Array(32), { account: ACCOUNT, pinnedKey: key }) },
    { key: pinnedKey, proof: provePin(pinSecret, { account: 'T0OTHER', pinnedKey }) },
  ];
  for (const [number, forgery] of forgeries.entries()) {
    await forge(rig, forgery);
    const feed = await rig.startFeed(credential, { trust: { pinSecret }, dir: join(rig.folder, `forged-${number}`) });
    await until(() => feed.status().problems.some((problem) => problem.includes('not vouched for')));
    expect(feed.current()).toBeUndefined();
    await feed.stop();
  }

  // What is true again is taken again, whatever lies on the disk.
  await forge(rig, { key: pinnedKey, proof });
  const dir = join(rig.folder, 'forged-0');
  await writeFile(join(dir, 'pin'), JSON.stringify({ account: ACCOUNT, pinnedKey: key, proof }));
  const feed = await rig.startFeed(credential, { trust: { pinSecret }, dir });
  await until(() => feed.current());
  expect(feed.status().account).toBe(ACCOUNT);
});

test('an edge that somebody has called gateway keeps its name and its credential', async () => {
  await using rig = await startFeedRig();
  const theirs = await rig.addEdge({ name: 'gateway' });
  await keep(rig);
  await keep(rig);
  expect((await rig.store.edges(ACCOUNT)).map(({ id, name }) => [id, name])).toEqual([
    [theirs.edge.id, 'gateway'],
    [OWN_EDGE.id, 'gateway-2'],
  ]);
  const { credential, pinSecret } = deriveOwnEdge(keyOf(rig));
  const own = await rig.startFeed(credential, { trust: { pinSecret } });
  const other = await rig.startFeed(theirs.credential);
  await until(() => own.current() && other.current());
});

test('one that an administrator has removed stays removed', async () => {
  await using rig = await startFeedRig();
  await keep(rig);
  await rig.removeEdge(OWN_EDGE.id);
  await keep(rig);
  expect(await rig.store.edges(ACCOUNT)).toEqual([]);
});
