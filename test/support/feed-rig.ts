import { hash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Api, makeApi } from '../../api/app.ts';
import { bindingId, MANAGED } from '../../core/bindings/verbs.ts';
import { makeAuthorities } from '../../core/ca/account-authority.ts';
import { makeKeyPair } from '../../core/ca/keys.ts';
import { makeSerial } from '../../core/ca/serial.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { loadConfig } from '../../core/config/config.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { makeCredential } from '../../core/edges/credential.ts';
import { silentLogger } from '../../core/logger.ts';
import { openStore } from '../../core/store/open.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Binding, Certificate, Edge } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { type Feed, type FeedOptions, startFeed } from '../../edge/feed/feed.ts';
import type { Loop } from '../../worker/loop.ts';
import { startSnapshotPublisher } from '../../worker/publish/snapshot/start.ts';
import { apiEnvironment } from './api-env.ts';
import { awayRedis } from './away-redis.ts';
import { aCertificate, anAccount, aSite } from './rows.ts';
import { temporaryStore } from './store.ts';

export const ACCOUNT = 'T0ACME';

/**
 * A publisher of snapshots, the api and any number of edges' feeds, all real and in this process, against a database
 * with an account, its authority and the site example.com.
 */
export async function startFeedRig(options: { publish?: boolean; clock?: Clock; wrap?: (store: Store) => Store } = {}) {
  let store: Store & { path: string } = temporaryStore();
  const { path } = store;
  const keys = deriveSealingKeys(new Uint8Array(32).fill(1));
  const { clock = systemClock } = options;
  const site = aSite({ id: 'site-1', accountId: ACCOUNT });
  await store.commit([insert('accounts', anAccount({ id: ACCOUNT })), insert('sites', site)]);
  const authorities = makeAuthorities({ store, clock, keys });
  const authority = await authorities.current(ACCOUNT);
  const folder = mkdtempSync(join(tmpdir(), 'cs-feed-'));
  const { config, keys: given } = loadConfig('api', apiEnvironment(keys));
  const announce = { request: () => undefined, message: () => undefined };
  const publishers: Loop[] = [];
  const feeds: Feed[] = [];
  let api: Api | undefined;
  let port = 0;

  const rig = {
    get store() {
      return store;
    },
    path,
    keys,
    site,
    folder,
    authority,
    authorities,
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    /** @param own the store as the publisher sees it */
    startPublisher(own: Store = store): Loop {
      const publisher = startSnapshotPublisher({ store: own, clock, keys, logger: silentLogger });
      publishers.push(publisher);
      return publisher;
    },
    async stopPublishers() {
      await Promise.all(publishers.splice(0).map((publisher) => publisher.stop()));
    },
    /** As after a restart of everything, with what `meanwhile` has done to the database's file. */
    async restart(meanwhile: (path: string) => Promise<unknown>) {
      await rig.stopApi();
      await rig.stopPublishers();
      await store.close();
      await meanwhile(path);
      store = Object.assign(openStore(`file:${path}`), { path });
      await rig.startApi();
      rig.startPublisher();
    },
    /** On the same port as before. */
    async startApi() {
      const own = options.wrap?.(store) ?? store;
      api = makeApi({
        config: { ...config, apiPort: port },
        keys: given,
        store: own,
        clock,
        logger: silentLogger,
        announce,
        redis: awayRedis(),
        makeKeyPair,
      });
      ({ port } = await api.start());
    },
    async stopApi() {
      await api?.stop();
      api = undefined;
    },
    /** An edge that has its credential. */
    async addEdge(set: Partial<Edge> = {}): Promise<{ edge: Edge; credential: string }> {
      const id = randomUUID();
      const { text, secretHash } = makeCredential(id);
      const edge: Edge = {
        id,
        accountId: ACCOUNT,
        name: `edge-${id.slice(0, 4)}`,
        kind: 'gateway',
        state: 'active',
        credentialHash: secretHash,
        pin: null,
        requestId: null,
        createdBy: 'U0ADA',
        createdAt: clock.now(),
        shownAt: clock.now(),
        endedAt: null,
        version: 1,
        ...set,
      };
      await store.commit([insert('edges', edge)]);
      return { edge, credential: text };
    },
    async removeEdge(id: string) {
      const edge = (await store.edge(id)) as Edge;
      await store.commit([update('edges', edge, { state: 'removed', credentialHash: null, endedAt: clock.now() })]);
    },
    /** The feed key that people would be shown; it is there once something was published. */
    async pin() {
      const key = await until(async () => (await store.feedKeys(ACCOUNT))[0]);
      return { account: ACCOUNT, pinnedKey: key.publicKey };
    },
    async startFeed(credential: string, set: Partial<FeedOptions> = {}): Promise<Feed> {
      const feed = await startFeed({
        url: rig.url,
        credential,
        trust: await rig.pin(),
        dir: join(folder, credential.slice(0, 8)),
        software: 'test 1',
        logger: silentLogger,
        clock,
        ...set,
      });
      feeds.push(feed);
      return feed;
    },
    /** An edge that is connected and has what is in force. */
    async connect(set: Partial<FeedOptions> = {}) {
      const { edge, credential } = await rig.addEdge();
      const feed = await rig.startFeed(credential, set);
      await until(() => feed.current());
      return { edge, credential, feed };
    },
    async bind(hostnames: readonly string[], authorityId: string = MANAGED) {
      const id = bindingId(site.id, authorityId);
      const row: Binding = {
        id,
        accountId: ACCOUNT,
        siteId: site.id,
        authorityId,
        hostnames,
        updatedAt: clock.now(),
        version: 1,
      };
      const committed = await store.commit([insert('bindings', row)]);
      if (committed.ok) return;
      const version = await store.versionOf({ table: 'bindings', id });
      await store.commit([update('bindings', { id, version: version ?? 0 }, { hostnames, updatedAt: clock.now() })]);
    },
    /** The row of a certificate of the account's authority. */
    async issue(set: Partial<Certificate> = {}): Promise<Certificate> {
      const [row] = await rig.issueMany(1, set);
      return row as Certificate;
    },
    async issueMany(count: number, set: Partial<Certificate> = {}): Promise<Certificate[]> {
      const rows = Array.from({ length: count }, () => {
        const serial = makeSerial((octets) => crypto.getRandomValues(new Uint8Array(octets)));
        const requestId = randomUUID();
        return aCertificate({
          authorityId: authority.row.id,
          serial,
          requestId,
          madeBy: requestId,
          fingerprint: hash('sha256', serial),
          certificate: Buffer.from([0x30, 0]),
          notAfter: new Date(clock.now().getTime() + 86_400_000),
          ...set,
        });
      });
      await store.commit(rows.map((row) => insert('certificates', row)));
      return rows;
    },
    /** As the jobs do it: the row and the line that publishers follow. */
    async change(rows: readonly Certificate[], state: 'active' | 'held' | 'revoked', requestId: string | null = null) {
      const at = clock.now();
      await store.commit(
        rows.flatMap((row) => [
          update('certificates', row, { state, ...(state === 'revoked' ? { revokedAt: at } : {}) }),
          insert('statusChanges', {
            id: randomUUID(),
            accountId: row.accountId,
            authorityId: row.authorityId,
            shard: row.shard,
            certificateId: row.id,
            requestId,
            state,
            at,
          }),
        ]),
      );
      return rows.map((row) => ({ ...row, state, version: row.version + 1 }));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(feeds.map((feed) => feed.stop()));
      await rig.stopApi();
      await rig.stopPublishers();
      await store.close();
      rmSync(dirname(path), { recursive: true, force: true });
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await rig.startApi();
  if (options.publish !== false) rig.startPublisher();
  return rig;
}

/** What `ask` gives once it gives something. Throws after `timeoutMs`. */
export async function until<T>(ask: () => T | Promise<T>, timeoutMs = 10_000): Promise<NonNullable<T>> {
  const giveUpAt = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (performance.now() > giveUpAt) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
