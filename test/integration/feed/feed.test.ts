import { copyFile, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { certificateAtEdges, manyAtEdges } from '../../../core/edges/effect.ts';
import { insert, wakeMessage } from '../../../core/store/plan.ts';
import type { RequestItem } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { ACCOUNT, startFeedRig, until } from '../../support/feed-rig.ts';

const dirOf = (folder: string, credential: string) => join(folder, credential.slice(0, 8));

test('an edge has what is bound and who is revoked, and hears of every change', async () => {
  await using rig = await startFeedRig();
  await rig.bind(['api.example.com']);
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  await until(() => feed.current()?.policy.hosts.length);
  expect(feed.current()?.policy.hosts).toEqual([{ hostname: 'api.example.com', authorities: [id] }]);

  const one = await rig.issue();
  expect(feed.current()?.isRevoked(id, one.serial)).toBe(false);
  const [held] = await rig.change([one], 'held');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  await rig.change([held as typeof one], 'active');
  await until(() => feed.current()?.isRevoked(id, one.serial) === false);

  await rig.bind(['api.example.com', '*.example.com']);
  await until(() => feed.current()?.policy.hosts.length === 2);
  expect(feed.status()).toMatchObject({ account: ACCOUNT, connected: true, stale: false, problems: [] });
});

test('what is in effect is acknowledged, once the listeners are done; what waits is told apart', async () => {
  await using rig = await startFeedRig();
  const { feed, edge } = await rig.connect();
  const before = await until(() => feed.status().place);
  let release: () => void = () => undefined;
  const applied = new Promise<void>((resolve) => {
    release = resolve;
  });
  feed.onChange(({ version }) => (version > before.version ? applied : undefined));
  await rig.change([await rig.issue()], 'revoked');
  const head = await until(async () => {
    const row = await rig.store.snapshot(ACCOUNT);
    return row && feed.status().waiting?.version === row.snapshot ? row : undefined;
  });
  expect(feed.status().place).toEqual(before);
  const waiting = { epoch: head.epoch, snapshot: head.snapshot };
  const told = { epoch: before.epoch, snapshot: before.version, waiting };
  await until(async () => (await rig.store.edgeStates(ACCOUNT)).some((state) => state.waiting));
  expect(await rig.store.edgeStates(ACCOUNT)).toMatchObject([told]);
  expect(await rig.store.firstAcks(ACCOUNT, head.epoch, head.snapshot)).toEqual([]);
  release();
  const [ack] = await until(async () => {
    const acks = await rig.store.firstAcks(ACCOUNT, head.epoch, head.snapshot);
    return acks.length > 0 ? acks : undefined;
  });
  expect(ack?.edgeId).toBe(edge.id);
  const [state] = await rig.store.edgeStates(ACCOUNT);
  expect(state).toMatchObject({
    id: edge.id,
    epoch: head.epoch,
    snapshot: head.snapshot,
    waiting: null,
    software: 'test 1',
    problems: [],
  });
});

test('a message can say on how many edges a change is effective, and after how long', async () => {
  await using rig = await startFeedRig();
  const first = await rig.connect();
  const { feed: second } = await rig.connect();
  const one = await rig.issue();
  let release: () => void = () => undefined;
  const applied = new Promise<void>((resolve) => {
    release = resolve;
  });
  second.onChange(() => applied);
  await rig.store.commit([
    wakeMessage({ id: 'm', accountId: ACCOUNT, subjectId: 'request-1', place: 'requester', now: new Date() }),
  ]);
  expect(await certificateAtEdges(rig.store, one.id)).toBe('');
  await rig.change([one], 'revoked', 'request-1');
  const text = (like: RegExp) =>
    until(async () => {
      const told = await certificateAtEdges(rig.store, one.id);
      return like.test(told) ? told : undefined;
    });
  await text(/effective on 1 of 2 edges after \d\.\d s; not yet on \*edge-/);
  // Its message is drawn again for each of them.
  const wanted = (times: number) =>
    until(async () => (await rig.store.messageOf('request-1', 'requester'))?.wanted === times);
  await wanted(2);
  release();
  await text(/^\*Edges:\* effective on 2 of 2 edges after \d\.\d s\.$/);
  await wanted(3);
  // Whoever is added later was never waited for.
  await rig.connect();
  await rig.removeEdge(first.edge.id);
  await text(/effective on 1 of 1 edge after/);
});

test('a message about many says on how many edges the last of them is effective', async () => {
  await using rig = await startFeedRig();
  await rig.connect();
  const rows = await rig.issueMany(5);
  const item = (position: number, state: RequestItem['state']) => {
    const certificateId = rows[position]?.id as string;
    return insert('requestItems', {
      id: `r:${position}`,
      requestId: 'r',
      position,
      certificateId,
      state,
      note: null,
      version: 1,
    });
  };
  await rig.store.commit([0, 1, 2, 3].map((position) => item(position, position === 3 ? 'skipped' : 'done')));
  expect(await manyAtEdges(rig.store, 'r', 'done')).toBe('');
  await rig.change(rows.slice(0, 2), 'revoked', 'r');
  expect(await manyAtEdges(rig.store, 'r', 'done')).toBe('');
  await rig.change(rows.slice(2, 3), 'revoked', 'r');
  await until(async () => /effective on 1 of 1 edge after/.test(await manyAtEdges(rig.store, 'r', 'done')));
  expect(await manyAtEdges(rig.store, 'r', 'pending')).toBe('');
});

test('an edge whose listener fails says so and acknowledges nothing', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  feed.onChange(() => Promise.reject(new Error('nginx refuses the configuration')));
  await rig.change([await rig.issue()], 'revoked');
  await until(() => feed.status().problems.some((problem) => problem.includes('nginx refuses the configuration')));
  const head = await until(() => rig.store.snapshot(ACCOUNT));
  expect(await rig.store.firstAcks(ACCOUNT, head.epoch, head.snapshot)).toEqual([]);
  expect(feed.status()).toMatchObject({ place: undefined, waiting: { epoch: head.epoch } });
});

test('while everything is down an edge starts from its disk, and catches up from there when it is back', async () => {
  await using rig = await startFeedRig();
  await rig.bind(['api.example.com']);
  const { feed, credential } = await rig.connect();
  const { id } = rig.authority.row;
  const [one, two, three] = [await rig.issue(), await rig.issue(), await rig.issue()];
  await rig.change([one], 'revoked');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  await rig.change([two], 'revoked');
  await until(() => feed.current()?.isRevoked(id, two.serial));
  const { place } = feed.status();
  await feed.stop();
  await rig.stopApi();

  const alone = await rig.startFeed(credential);
  expect(alone.status()).toMatchObject({ place, connected: false });
  expect([one, two, three].map(({ serial }) => alone.current()?.isRevoked(id, serial))).toEqual([true, true, false]);
  await rig.change([three], 'revoked');
  await rig.startApi();
  await until(() => alone.current()?.isRevoked(id, three.serial));
  expect(alone.status().place?.epoch).toBe(place?.epoch);

  // And once more, on what was added to the disk after that start.
  await alone.stop();
  await rig.stopApi();
  const again = await rig.startFeed(credential);
  expect(again.current()?.isRevoked(id, three.serial)).toBe(true);
});

test('what is on disk is for its owner alone, and is not believed', async () => {
  await using rig = await startFeedRig();
  const { feed, credential } = await rig.connect();
  const { id } = rig.authority.row;
  const [one, two] = [await rig.issue(), await rig.issue()];
  await rig.change([one], 'revoked');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  await feed.stop();
  const dir = dirOf(rig.folder, credential);
  for (const name of ['snapshot', 'deltas']) expect((await stat(join(dir, name))).mode & 0o777).toBe(0o600);
  await rig.stopApi();

  // The last line is not whole: what came before it stays.
  const log = await readFile(join(dir, 'deltas'));
  await writeFile(join(dir, 'deltas'), Buffer.concat([log, log.subarray(0, 40)]));
  const cutOff = await rig.startFeed(credential);
  expect(cutOff.current()?.isRevoked(id, one.serial)).toBe(true);
  await cutOff.stop();

  // Somebody has taken a revocation out of the log: what is left is enforced, and it is said.
  await writeFile(join(dir, 'deltas'), log.toString().replace(/"added":"[^"]+"/, '"added":""'));
  const forged = await rig.startFeed(credential);
  expect(forged.status().problems.join()).toContain('not the ones that were signed');
  await forged.stop();

  const whole = await readFile(join(dir, 'snapshot'), 'latin1');
  await writeFile(join(dir, 'snapshot'), whole.replaceAll(ACCOUNT, 'T0EVIL'), 'latin1');
  await rm(join(dir, 'deltas'));
  const lost = await rig.startFeed(credential);
  expect(lost.current()).toBeUndefined();
  expect(lost.status().problems).toHaveLength(1);
  await rig.change([two], 'revoked');
  await rig.startApi();
  await until(() => lost.current()?.isRevoked(id, two.serial));
  expect(lost.current()?.isRevoked(id, one.serial)).toBe(true);
});

test('10,000 revocations while an edge is connected arrive in few versions', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const rows = await rig.issueMany(10_000);
  for (let i = 0; i < rows.length; i += 100) await rig.change(rows.slice(i, i + 100), 'revoked');
  await until(() => rows.every(({ serial }) => feed.current()?.isRevoked(id, serial)), 30_000);
  expect(feed.current()?.version).toBeLessThan(60);
  await until(() => feed.status().problems.length === 0);
  const { header } = (await rig.store.snapshot(ACCOUNT)) as { header: string };
  expect(JSON.parse(header).revocations[id].count).toBe(10_000);
}, 60_000);

test('a credential that is withdrawn ends its stream at once; what was in force stays so', async () => {
  await using rig = await startFeedRig();
  const { feed, edge } = await rig.connect();
  const other = await rig.connect();
  await rig.removeEdge(edge.id);
  await until(() => feed.status().problems.some((problem) => problem.includes('credential is not valid')));
  expect(feed.status().connected).toBe(false);
  expect(feed.current()).toBeDefined();
  expect(other.feed.status().connected).toBe(true);
});

test('without a valid credential nothing is answered', async () => {
  await using rig = await startFeedRig();
  const { edge, credential } = await rig.connect();
  const head = await until(() => rig.store.snapshot(ACCOUNT));
  const policy = JSON.parse(head.header).policy as string;
  const ask = async (path: string, authorization: string | undefined, method = 'GET') =>
    (await fetch(`${rig.url}/edge/v1/${path}`, { method, ...(authorization ? { headers: { authorization } } : {}) }))
      .status;
  const last = credential.at(-1) === 'A' ? 'B' : 'A';
  for (const wrong of [
    undefined,
    'Bearer',
    `Basic ${credential}`,
    `Bearer ${edge.id}.${'A'.repeat(43)}`,
    `Bearer ${credential.slice(0, -1)}${last}`,
    `Bearer ${credential}A`,
    `Bearer nobody.${credential.split('.')[1]}`,
    `Bearer ${edge.id}.${edge.credentialHash}`,
  ]) {
    for (const path of ['stream', `chunks/${policy}`]) expect(await ask(path, wrong), `${path} ${wrong}`).toBe(401);
    for (const path of ['ack', 'report']) expect(await ask(path, wrong, 'POST'), `${path} ${wrong}`).toBe(401);
  }
  expect(await ask(`chunks/${policy}`, `Bearer ${credential}`)).toBe(200);
  expect(await ask(`chunks/${'0'.repeat(64)}`, `Bearer ${credential}`)).toBe(404);
});

test('an edge of another account gets nothing of this one', async () => {
  await using rig = await startFeedRig();
  await rig.connect();
  const head = await until(() => rig.store.snapshot(ACCOUNT));
  const { credential } = await rig.addEdge({ accountId: 'T0OTHER' });
  const policy = JSON.parse(head.header).policy as string;
  const headers = { authorization: `Bearer ${credential}` };
  const own = await until(() => rig.store.snapshot('T0OTHER'));
  expect((await fetch(`${rig.url}/edge/v1/chunks/${policy}`, { headers })).status).toBe(
    JSON.parse(own.header).policy === policy ? 200 : 404,
  );
  // With the pin of this account it takes nothing of the other's feed.
  const feed = await rig.startFeed(credential);
  await until(() => feed.status().problems.some((problem) => problem.includes('foreign')));
  expect(feed.current()).toBeUndefined();
});

test('what an edge says is bounded, and a report on others is not taken', async () => {
  await using rig = await startFeedRig();
  const { credential, feed } = await rig.connect();
  await feed.stop();
  const state = { software: 'x', epoch: 0, version: 0, appliedAt: null, problems: [], inexpressible: [], proof: null };
  const at = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
  const host = (hostname: string) => ({ hostname, hourAt: at, verified: 3, unverified: 2, blocked: 1 });
  const post = async (path: string, body: unknown) => {
    const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
    return (await fetch(`${rig.url}/edge/v1/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })).status;
  };
  const report = { state, run: 'r1', seen: [], hosts: [host('api.example.com'), host('api.example.org')] };
  expect(await post('report', report)).toBe(204);
  expect(await post('report', report)).toBe(204);
  const since = new Date(Date.now() - 2 * 3_600_000);
  expect(await rig.store.hostUses(ACCOUNT, ['api.example.com', 'api.example.org'], since)).toEqual([
    { hostname: 'api.example.com', verified: 3, unverified: 2, blocked: 1 },
  ]);
  expect(await rig.store.hostUsesBelow(ACCOUNT, 'example.com', since, 10)).toHaveLength(1);
  const limits = { reason: 'it was built so', hostnames: ['*.example.com'] };
  expect(await post('report', { ...report, state: { ...state, limits } })).toBe(204);
  expect(await rig.store.edgeStates(ACCOUNT)).toMatchObject([{ limits }]);
  const names = Array.from({ length: 501 }, (_, i) => `h${i}.example.com`);
  for (const wrong of [
    {},
    { ...report, state: { ...state, limits: { ...limits, hostnames: names } } },
    { ...report, state: { ...state, limits: { ...limits, hostnames: ['a b'] } } },
    { ...report, state: { ...state, limits: { ...limits, hostnames: [] } } },
    { ...report, state: { ...state, limits: { ...limits, reason: 'x'.repeat(301) } } },
    { ...report, extra: 1 },
    { ...report, hosts: Array.from({ length: 1_001 }, (_, i) => host(`h${i}.example.com`)) },
    { ...report, hosts: [host('API.example.com')] },
    { ...report, state: { ...state, problems: ['x'.repeat(301)] } },
    { ...report, state: { ...state, inexpressible: Array.from({ length: 101 }, () => 'x') } },
  ]) {
    expect(await post('report', wrong)).toBe(400);
  }
  expect(await post('report', { state: 'x'.repeat(1024 * 1024) })).toBe(413);
  // Nor does anybody with its credential say it again and again.
  const again = await Promise.all(Array.from({ length: 120 }, () => post('report', report)));
  expect(new Set(again)).toEqual(new Set([204, 429]));
});

test('a connection that is cut off in the middle of a line leaves the edge as it was, and it goes on from there', async () => {
  let cut = false;
  await using rig = await startFeedRig({
    wrap: (store) =>
      wrapped(store, {
        snapshotLines: async (...asked) => {
          const lines = await store.snapshotLines(...asked);
          if (!cut || lines.length === 0) return lines;
          throw new Error('the connection is cut');
        },
      }),
  });
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const one = await rig.issue();
  cut = true;
  await rig.change([one], 'revoked');
  await until(() => feed.status().problems.length > 0);
  expect(feed.current()?.isRevoked(id, one.serial)).toBe(false);
  cut = false;
  await until(() => feed.current()?.isRevoked(id, one.serial));
  await until(() => feed.status().problems.length === 0);
});

test('an api that lies is not believed: forged, foreign, older and missing parts are refused and told', async () => {
  let forge: ((line: string) => string) | undefined;
  let chunk: 'true' | 'forged' | 'missing' = 'true';
  await using rig = await startFeedRig({
    wrap: (store) =>
      wrapped(store, {
        snapshotLines: async (...asked) => {
          const lines = await store.snapshotLines(...asked);
          return lines.map((line) => ({ ...line, message: forge?.(line.message) ?? line.message }));
        },
        snapshotChunk: async (...asked) => {
          const octets = await store.snapshotChunk(...asked);
          if (chunk === 'missing') return undefined;
          return chunk === 'forged' && octets ? Buffer.concat([octets, Buffer.of(0)]) : octets;
        },
      }),
  });
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const seen: string[] = [];
  await rig.change([await rig.issue()], 'revoked');
  const first = await until(async () => {
    const [line] = await rig.store.snapshotLines(
      ACCOUNT,
      feed.status().place ? { epoch: 0, snapshot: 0 } : { epoch: 0, snapshot: 0 },
      1,
    );
    return feed.current()?.version === (await rig.store.snapshot(ACCOUNT))?.snapshot && feed.current()?.version === 2
      ? line
      : undefined;
  });
  const problem = (word: string) =>
    until(() => {
      seen.push(...feed.status().problems);
      return feed.status().problems.some((text) => text.includes(word));
    });
  const lies: [string, (line: string) => string][] = [
    ['unsigned', (line) => line.replace(/"header":"\{/, '"header":"{ ')],
    ['corrupt', (line) => line.replace(/"added":"[^"]*"/, '"added":""')],
    ['older', () => first.message],
    ['corrupt', (line) => line.slice(0, -2)],
    ['unsigned', (line) => line.replace(/"key":"[0-9a-f]{16}"/, '"key":"0123456789abcdef"')],
  ];
  for (const [word, lie] of lies) {
    const one = await rig.issue();
    forge = lie;
    await rig.change([one], 'revoked');
    await problem(word);
    expect(feed.current()?.isRevoked(id, one.serial)).toBe(false);
    forge = undefined;
    await until(() => feed.current()?.isRevoked(id, one.serial), 20_000);
    await until(() => feed.status().problems.length === 0);
  }

  const { credential } = await rig.addEdge();
  for (const lie of ['forged', 'missing'] as const) {
    chunk = lie;
    const other = await rig.startFeed(credential);
    await until(() => other.status().problems.some((text) => text.includes('corrupt')));
    expect(other.current()).toBeUndefined();
    chunk = 'true';
    await until(() => other.current());
    await other.stop();
    await rm(dirOf(rig.folder, credential), { recursive: true });
  }
}, 90_000);

test('a database that was restored from a backup begins a new epoch, and edges follow it', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const [one, two, three] = [await rig.issue(), await rig.issue(), await rig.issue()];
  await rig.change([one], 'revoked');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  const backup = `${rig.path}.backup`;
  await rig.restart((path) => copyFile(path, backup));
  await rig.change([two], 'revoked');
  await until(() => feed.current()?.isRevoked(id, two.serial));
  const before = feed.status().place;

  await rig.restart(async (path) => {
    await Promise.all(['-wal', '-shm'].map((end) => rm(`${path}${end}`, { force: true })));
    await copyFile(backup, path);
  });
  // Before the edge is back, the restored database publishes under numbers that the edge has had with other contents.
  await rig.change([three], 'revoked');
  await until(() => feed.current()?.isRevoked(id, three.serial), 30_000);
  expect(feed.status().place?.epoch).toBeGreaterThan(before?.epoch ?? 0);
  // The revocation that the backup knows nothing of is gone from the database, and so from the edge.
  expect(feed.current()?.isRevoked(id, two.serial)).toBe(false);
  expect(feed.current()?.isRevoked(id, one.serial)).toBe(true);
  await until(() => feed.status().problems.length === 0, 20_000);
}, 90_000);

test('an edge that only claims to have a higher version moves nothing', async () => {
  await using rig = await startFeedRig();
  const { credential, feed } = await rig.connect();
  const before = feed.status().place;
  const forged = { header: '{}', signature: 'A'.repeat(88), key: '0'.repeat(16) };
  const state = {
    software: 'x',
    epoch: 9e15,
    version: 9e15,
    appliedAt: null,
    problems: [],
    inexpressible: [],
    proof: forged,
  };
  const at = new Date().toISOString();
  const headers = { authorization: `Bearer ${credential}`, 'content-type': 'application/json' };
  await fetch(`${rig.url}/edge/v1/ack`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ state, epoch: 9e15, version: 9e15, appliedAt: at }),
  });
  await rig.change([await rig.issue()], 'revoked');
  await until(() => (feed.status().place?.version ?? 0) > (before?.version ?? 0));
  expect(feed.status().place?.epoch).toBe(before?.epoch);
});

test('a version that could not be put into effect is tried again, and acknowledged then', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const before = await until(() => feed.status().place);
  let tries = 0;
  feed.onChange(({ version }) => {
    if (version === before.version) return;
    tries += 1;
    if (tries === 1) throw new Error('the proxy was away');
  });
  await rig.change([await rig.issue()], 'revoked');
  await until(() => tries === 1);
  expect(feed.status().problems).toEqual([expect.stringContaining('the proxy was away')]);
  const head = await until(async () => {
    const row = await rig.store.snapshot(ACCOUNT);
    return row && feed.status().waiting?.version === row.snapshot ? row : undefined;
  });
  await until(async () => (await rig.store.firstAcks(ACCOUNT, head.epoch, head.snapshot)).length > 0);
  expect(tries).toBe(2);
  expect(feed.status().problems).toEqual([]);
});

test('an edge cannot acknowledge what there is not', async () => {
  await using rig = await startFeedRig();
  const { feed, credential } = await rig.connect();
  await until(() => feed.status().place?.version);
  const state = {
    software: 'liar',
    epoch: 9e15,
    version: 9e15,
    appliedAt: null,
    problems: [],
    inexpressible: [],
    proof: null,
  };
  const answer = await fetch(`${rig.url}/edge/v1/ack`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify({ state, epoch: 9e15, version: 9e15, appliedAt: new Date().toISOString() }),
  });
  expect(answer.status).toBe(204);
  const row = await until(() => rig.store.snapshot(ACCOUNT));
  expect(await rig.store.firstAcks(ACCOUNT, row.epoch, row.snapshot + 1)).toEqual([]);
});

test('two workers make each version once, and one goes on when the other ends', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  rig.startPublisher();
  const rows = await rig.issueMany(30);
  for (const row of rows.slice(0, 15)) await rig.change([row], 'revoked');
  await until(() => rows.slice(0, 15).every(({ serial }) => feed.current()?.isRevoked(id, serial)));
  await rig.stopPublishers();
  rig.startPublisher();
  for (const row of rows.slice(15)) await rig.change([row], 'revoked');
  await until(() => rows.every(({ serial }) => feed.current()?.isRevoked(id, serial)), 20_000);
  expect(feed.status().problems).toEqual([]);
});

test('a reader that does not read holds up nobody', async () => {
  await using rig = await startFeedRig();
  const { feed } = await rig.connect();
  const { id } = rig.authority.row;
  const { credential } = await rig.addEdge();
  const slow = request(`${rig.url}/edge/v1/stream`, { headers: { authorization: `Bearer ${credential}` } });
  slow.on('error', () => undefined);
  slow.end();
  const response = await new Promise<{ pause(): void }>((resolve) => slow.once('response', resolve));
  response.pause();
  const one = await rig.issue();
  await rig.change([one], 'revoked');
  await until(() => feed.current()?.isRevoked(id, one.serial));
  slow.destroy();
});

function wrapped(store: Store, set: Partial<Store>): Store {
  return new Proxy(store, { get: (target, name: keyof Store) => set[name] ?? Reflect.get(target, name, target) });
}
