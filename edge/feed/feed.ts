import { setTimeout as wait } from 'node:timers/promises';
import { makeBreathe } from '../../core/breathe.ts';
import { type Clock, systemClock } from '../../core/clock.ts';
import { type Ed25519PublicKey, parsePublicKey } from '../../core/ed25519.ts';
import { isProven, type Pin } from '../../core/edges/pin.ts';
import type { Ack, EdgeLimits, EdgeReportedState } from '../../core/edges/report.ts';
import type { Logger } from '../../core/logger.ts';
import { fetchSnapshot } from '../../core/snapshot/fetch.ts';
import { comparePlaces, hashHeader, type Place } from '../../core/snapshot/header.ts';
import { MOST_CHUNK_OCTETS, MOST_LINE_OCTETS } from '../../core/snapshot/limits.ts';
import { type FeedMessage, parseMessage } from '../../core/snapshot/messages.ts';
import { followSuccessors, openHeartbeat, type Signed } from '../../core/snapshot/signed.ts';
import {
  acceptHeader,
  applyDelta,
  type EnforcedLists,
  enforcedOf,
  type Snapshot,
  SnapshotRefused,
} from '../../core/snapshot/snapshot.ts';
import { makeFeedClient } from './call.ts';
import { openDisk } from './disk.ts';
import { readLines } from './lines.ts';
import { makeUsage, type UsageReport } from './usage.ts';

export type FeedOptions = {
  /** The base of the api. */
  url: string;
  /** `EDGEID.SECRET`. */
  credential: string;
  /** What is trusted; or, for the installation's own gateway, the secret by which it knows what to trust. */
  trust: Pin | { pinSecret: Uint8Array };
  /** Where the last good version is kept. */
  dir: string;
  /** Program and version, as people see it in the list of edges. */
  software: string;
  /** Of an edge whose proxy cannot ask its agent. */
  limits?: EdgeLimits | null;
  logger: Logger;
  clock?: Clock;
  /** Further authorities for the api's certificate, in PEM. */
  ca?: string;
};

export type FeedStatus = {
  account: string | undefined;
  /** What is in effect; undefined before the first version. */
  place: Place | undefined;
  appliedAt: Date | undefined;
  /** What was taken and is not in effect (yet): a proxy takes its time with it, or refuses it. */
  waiting: Place | undefined;
  connected: boolean;
  /** Nothing signed has come for a while: what is enforced may be old, and stays in force. */
  stale: boolean;
  lastHeartbeatAt: Date | undefined;
  /** What is wrong, as sentences. */
  problems: readonly string[];
};

/** Called with each new version; it is in effect, and acknowledged, when all listeners are done. */
export type FeedListener = (enforced: EnforcedLists) => void | Promise<void>;

export type Feed = {
  /** Undefined before the first version ever. */
  current(): EnforcedLists | undefined;
  /** @returns what ends it. The listener hears of what is enforced now, at once, and of each version after it. */
  onChange(listener: FeedListener): () => void;
  status(): FeedStatus;
  /** Takes what was seen, to be told to Countersign when it can be. */
  report(usage: UsageReport): void;
  /** What of the policy this edge cannot enforce, as sentences; replaces what was said before. */
  setInexpressible(sentences: readonly string[]): void;
  /** Something is wrong with this edge, or (undefined) not any more. `topic` names what it is about. */
  setProblem(topic: string, sentence: string | undefined): void;
  stop(): Promise<void>;
};

/** Heartbeats come every 5 s. */
const STALE_AFTER_MS = 20_000;
/** A heartbeat that is further from the clock than this is a replayed one, or the clock is wrong: both are alarming. */
const CLOCK_MS = 60_000;
/** How long a version that a heartbeat has named may be on its way. */
const WITHHELD_AFTER_MS = 5_000;
const REPORT_EVERY_MS = 5_000;
const REPORT_MORE_MS = 700;
const LOOK_EVERY_MS = 1_000;
const BACKOFF_MS = { first: 200, most: 10_000 };
const MOST_PROBLEMS = 20;
/** A version that is not in effect is tried again after this time, each time after twice as long. */
const AGAIN_MS = { first: 2_000, most: 120_000 };

/**
 * Follows the feed. It resolves when what was kept on disk is in force, whether the api can be reached or not; from then
 * on it takes every newer version that is signed and whole, and nothing else. What is refused is said in `status` and
 * told to the api; what was in force stays so.
 */
export async function startFeed(options: FeedOptions): Promise<Feed> {
  const { logger, dir, clock = systemClock } = options;
  const client = makeFeedClient(options.url, options.credential, options.ca);
  const disk = await openDisk(dir, makeBreathe);
  const usage = makeUsage();
  const listeners = new Set<FeedListener>();
  const problems = new Map<string, string>();
  const stopping = new AbortController();
  let inexpressible: readonly string[] = [];

  /** `keys`: from the pinned one to the one that signs now. */
  let trust: { account: string; keys: ReturnType<typeof followSuccessors> } | undefined;
  let successors: readonly Signed[] = [];
  let snapshot: Snapshot | undefined;
  let enforced: EnforcedLists | undefined;
  let inEffect: (Place & { at: Date }) | undefined;
  let connected = false;
  let aliveAt = performance.now();
  let stale = false;
  let heartbeatAt: Date | undefined;
  let behindSince: number | undefined;
  let proof: EdgeReportedState['proof'] = null;
  let ack: Omit<Ack, 'state'> | undefined;
  let acknowledged: Place | undefined;
  let kept: Promise<void> = Promise.resolve();
  /** How many successors of the pinned key are on disk: without them, what the next key has signed is not believed. */
  let successorsKept = 0;

  const setProblem = (topic: string, sentence: string | undefined) => {
    if (sentence === undefined) {
      if (problems.delete(topic)) logger.info({ topic }, 'a problem has passed');
      return;
    }
    const told = sentence.slice(0, 300);
    if (problems.get(topic) === told || (!problems.has(topic) && problems.size >= MOST_PROBLEMS)) return;
    problems.set(topic, told);
    logger.warn({ topic, problem: told }, 'a problem with the feed');
  };

  const trustPin = ({ account, pinnedKey }: Pin) => {
    const pinned = parsePublicKey(pinnedKey);
    if (!pinned) throw new Error('the pinned feed key is no key');
    trust = { account, keys: [pinned] };
  };

  /** Each key is checked with the one before it, from the pinned one on. */
  const trustSuccessors = (statements: readonly Signed[]) => {
    if (!trust) return;
    successors = statements;
    trust.keys = followSuccessors(trust.account, trust.keys[0], statements);
  };

  /** What was taken and is not in effect. */
  const waiting = (): Place | undefined => {
    if (!snapshot || (inEffect && comparePlaces(snapshot.header, inEffect) <= 0)) return undefined;
    const { epoch, version } = snapshot.header;
    return { epoch, version };
  };

  const state = (): EdgeReportedState => ({
    software: options.software.slice(0, 80),
    epoch: inEffect?.epoch ?? 0,
    version: inEffect?.version ?? 0,
    appliedAt: inEffect?.at.toISOString() ?? null,
    waiting: waiting() ?? null,
    problems: [...problems.values()],
    inexpressible: inexpressible.slice(0, 100).map((sentence) => sentence.slice(0, 300)),
    limits: options.limits ?? null,
    proof,
  });

  /** What is not in effect is tried again: whoever refused it may only have been away. */
  let again: { at: number; afterMs: number } | undefined;
  const tryAgain = () => {
    if (!again || !snapshot || performance.now() < again.at) return;
    void acknowledgeOnce(enforce(snapshot), snapshot.header);
  };

  const enforce = async (next: Snapshot): Promise<boolean> => {
    const afterMs = again && next === snapshot ? Math.min(2 * again.afterMs, AGAIN_MS.most) : AGAIN_MS.first;
    again = undefined;
    snapshot = next;
    enforced = enforcedOf(next);
    const done = await Promise.allSettled([...listeners].map(async (listener) => listener(enforced as EnforcedLists)));
    const failed = done.find((one) => one.status === 'rejected');
    if (failed) {
      logger.error({ error: failed.reason, version: next.header.version }, 'a version could not be put into effect');
    }
    const { epoch, version } = next.header;
    if (!failed && (!inEffect || comparePlaces(next.header, inEffect) >= 0)) {
      inEffect = { epoch, version, at: clock.now() };
    }
    if (snapshot !== next) return !failed;
    const named = `${epoch}.${version}`;
    setProblem('effect', failed ? `version ${named} is not in effect: ${messageOf(failed.reason)}` : undefined);
    again = failed ? { at: performance.now() + afterMs, afterMs } : undefined;
    return !failed;
  };

  /** When it is in effect and kept. */
  const acknowledgeOnce = async (effect: Promise<boolean>, { epoch, version }: Place): Promise<void> => {
    const inEffect = await effect;
    const at = clock.now().toISOString();
    await kept;
    // What is newer says the same of everything before it.
    if (!inEffect || (acknowledged && comparePlaces(acknowledged, { epoch, version }) > 0)) return;
    acknowledged = { epoch, version };
    ack = { epoch, version, appliedAt: at };
    await sendAck();
  };

  const saveWhole = async (version: Snapshot) => {
    const kept = successors;
    await disk.save(version, kept);
    successorsKept = kept.length;
  };

  /**
   * Puts a version in force, keeps it, and acknowledges it when it is in effect. The next one does not wait for that: a
   * proxy may take its time with a configuration, and a revocation has none.
   */
  const take = (next: Snapshot, keep: () => Promise<void>): void => {
    const effect = enforce(next);
    aliveAt = performance.now();
    if (behindSince !== undefined && comparePlaces(next.header, behind) >= 0) {
      behindSince = undefined;
      setProblem('withheld', undefined);
    }
    setProblem('refused', undefined);
    kept = kept.then(keep).then(
      () => setProblem('disk', undefined),
      (error: unknown) => setProblem('disk', `a version was not kept on disk: ${messageOf(error)}`),
    );
    if (proof && next.header.epoch > (JSON.parse(proof.header) as Place).epoch) {
      proof = null;
      setProblem('unknown', undefined);
    }
    void acknowledgeOnce(effect, next.header);
  };

  let sendingAck = false;
  const sendAck = async () => {
    if (sendingAck) return;
    sendingAck = true;
    try {
      while (ack && connected) {
        const sent = ack;
        const answer = await client.ask(
          { path: 'edge/v1/ack', method: 'POST', body: { ...sent, state: state() }, signal: stopping.signal },
          ANSWER_OCTETS,
        );
        if (answer.status !== 204) throw new Error(`the api answered ${answer.status} to an acknowledgement`);
        if (ack === sent) ack = undefined;
      }
    } catch (error) {
      logger.debug({ error }, 'an acknowledgement was not taken');
    } finally {
      sendingAck = false;
    }
  };

  let behind: Place = { epoch: 0, version: 0 };

  const handle = async (message: FeedMessage): Promise<void> => {
    switch (message.type) {
      case 'hello': {
        if (!trust && 'pinSecret' in options.trust) {
          const pin = { account: message.account, pinnedKey: message.pin?.key ?? '' };
          if (!isProven(options.trust.pinSecret, pin, message.pin?.proof ?? '')) {
            throw new SnapshotRefused('foreign', 'the feed key is not vouched for');
          }
          trustPin(pin);
          await disk.savePin({ ...pin, proof: message.pin?.proof ?? '' });
        }
        if (!trust || message.account !== trust.account) {
          throw new SnapshotRefused('foreign', 'the feed is of another account');
        }
        trustSuccessors(message.successors);
        return;
      }
      case 'full': {
        const header = acceptHeader(message, trustedFor(message), snapshot?.header);
        const { type: _, ...signed } = message;
        const next = await fetchSnapshot(signed, header, snapshot, fetchChunk, makeBreathe());
        return void take(next, () => saveWhole(next));
      }
      case 'delta': {
        if (!snapshot) throw new SnapshotRefused('gap', 'a delta came before a whole version');
        const next = await applyDelta(snapshot, message, trustedFor(message));
        return void take(next, async () => {
          if (successors.length === successorsKept) await disk.append(message);
          if (successors.length !== successorsKept || disk.isLong()) await saveWhole(next);
        });
      }
      case 'heartbeat': {
        const { account, keys } = requireTrust();
        const { type: _, ...signed } = message;
        const place = keys.findIndex(({ id }) => id === signed.key);
        // The last one of a key that another has followed may be repeated; it says nothing new.
        if (place >= 0 && place < keys.length - 1) return;
        const heartbeat = openHeartbeat(signed, keys[place] ?? keys[0]);
        if (heartbeat?.account !== account) throw new SnapshotRefused('unsigned', 'a heartbeat is not signed');
        const at = new Date(heartbeat.at);
        if (heartbeatAt && at <= heartbeatAt) return;
        heartbeatAt = at;
        const offMs = clock.now().getTime() - at.getTime();
        const isOff = Math.abs(offMs) > CLOCK_MS;
        setProblem('clock', isOff ? `a heartbeat is ${Math.round(offMs / 1_000)} s off this clock` : undefined);
        if (!isOff) aliveAt = performance.now();
        if (!snapshot || comparePlaces(heartbeat, snapshot.header) > 0) {
          behind = heartbeat;
          behindSince ??= performance.now();
        }
        return;
      }
      case 'unknown':
        // What it is asked to believe then is in a new epoch, which its proof brings about.
        if (snapshot) proof = snapshot.signed;
        setProblem('unknown', 'the feed does not know the version that is enforced: it may come from a backup');
        return report();
      case 'idle':
        return;
    }
  };

  const requireTrust = () => {
    if (!trust) throw new SnapshotRefused('foreign', 'the feed did not say whose it is');
    return trust;
  };

  /**
   * The key by which a version is checked. An edge that was away finds versions of former keys on its way; once it has
   * taken one of a later key, it takes none of those before it any more.
   */
  const trustedFor = (signed: { key: string }) => {
    const { account, keys } = requireTrust();
    const from = keys.findIndex(({ id }) => id === snapshot?.signed.key);
    const key = keys.slice(Math.max(0, from)).find(({ id }) => id === signed.key);
    return { account, key: key ?? (keys.at(-1) as Ed25519PublicKey) };
  };

  const fetchChunk = async (hash: string): Promise<Uint8Array | undefined> => {
    const { status, body } = await client.ask(
      { path: `edge/v1/chunks/${hash}`, signal: stopping.signal },
      MOST_CHUNK_OCTETS,
    );
    if (status === 200) return body;
    if (status === 404) return undefined;
    throw new Error(`the api answered ${status} to a part of a version`);
  };

  const follow = async (): Promise<void> => {
    const has = snapshot
      ? `?epoch=${snapshot.header.epoch}&version=${snapshot.header.version}&header=${hashHeader(snapshot.signed.header)}`
      : '';
    const connection = new AbortController();
    const signal = AbortSignal.any([stopping.signal, connection.signal]);
    const response = await client.open({ path: `edge/v1/stream${has}`, signal });
    try {
      if (response.statusCode !== 200) {
        response.resume();
        throw new Error(
          response.statusCode === 401
            ? 'the credential is not valid (any more)'
            : `the api answered ${response.statusCode}`,
        );
      }
      connected = true;
      setProblem('connection', undefined);
      void sendAck();
      for await (const line of readLines(response, MOST_LINE_OCTETS)) {
        const message = parseMessage(line);
        if (!message) throw new SnapshotRefused('corrupt', 'a line of the feed cannot be read');
        await handle(message);
      }
    } finally {
      connected = false;
      connection.abort();
      response.destroy();
    }
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      const begun = performance.now();
      try {
        await follow();
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (error instanceof SnapshotRefused) {
          setProblem('refused', `refused (${error.code}): ${error.message}`);
          // It may be there, whole, a moment later; it may also be an attack, and then asking faster does not help.
          failures = Math.max(failures, 2);
        } else setProblem('connection', messageOf(error));
      }
      failures = performance.now() - begun > BACKOFF_MS.most ? 0 : failures + 1;
      const backoffMs = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (failures - 1));
      // So that a thousand edges do not come back in the same moment.
      await wait(backoffMs * (0.5 + Math.random() / 2), undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const report = async (): Promise<void> => {
    const { report: lines, taken } = usage.next(clock.now());
    const answer = await client.ask(
      { path: 'edge/v1/report', method: 'POST', body: { ...lines, state: state() }, signal: stopping.signal },
      ANSWER_OCTETS,
    );
    if (answer.status === 204) taken();
    else if (answer.status !== 429) logger.debug({ status: answer.status }, 'a report was not taken');
  };

  const reportAlways = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const waitMs = usage.waiting() > 0 && connected ? REPORT_MORE_MS : REPORT_EVERY_MS;
      await wait(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!connected || stopping.signal.aborted) continue;
      await report().catch((error: unknown) => logger.debug({ error }, 'a report was not sent'));
      await sendAck();
    }
  };

  const look = () => {
    const now = performance.now();
    tryAgain();
    const isStale = now - aliveAt > STALE_AFTER_MS;
    if (isStale !== stale) {
      stale = isStale;
      setProblem(
        'stale',
        isStale ? 'nothing signed has come for 20 s; what is enforced may be old and stays in force' : undefined,
      );
    }
    if (behindSince !== undefined && now - behindSince > WITHHELD_AFTER_MS) {
      setProblem('withheld', `version ${behind.epoch}.${behind.version} exists and does not arrive`);
    }
  };

  if ('pinSecret' in options.trust) {
    const pin = await disk.loadPin();
    if (pin && isProven(options.trust.pinSecret, pin, pin.proof)) trustPin(pin);
  } else trustPin(options.trust);
  if (trust) {
    const loaded = await disk.load({ account: trust.account, key: trust.keys[0] });
    trustSuccessors(loaded.successors);
    successorsKept = successors.length;
    if (loaded.problem) setProblem('disk', `what was kept on disk cannot be used: ${loaded.problem}`);
    if (loaded.snapshot) {
      await enforce(loaded.snapshot);
      // So that whatever of the log was cut off or wrong is not there any more.
      if (loaded.problem) await saveWhole(loaded.snapshot).catch(() => undefined);
    }
  }
  const timer = setInterval(look, LOOK_EVERY_MS);
  const running = Promise.all([run(), reportAlways()]);

  return {
    current: () => enforced,
    onChange(listener) {
      listeners.add(listener);
      if (snapshot) {
        // What came from the disk is in effect when whoever has to enforce it says so, not before.
        inEffect = undefined;
        void acknowledgeOnce(enforce(snapshot), snapshot.header);
      }
      return () => void listeners.delete(listener);
    },
    status: () => ({
      account: trust?.account,
      place: inEffect && { epoch: inEffect.epoch, version: inEffect.version },
      appliedAt: inEffect?.at,
      waiting: waiting(),
      connected,
      stale,
      lastHeartbeatAt: heartbeatAt,
      problems: [...problems.values()],
    }),
    report: usage.add,
    setInexpressible: (sentences) => {
      inexpressible = sentences;
    },
    setProblem,
    async stop() {
      stopping.abort();
      clearInterval(timer);
      await running;
      await kept;
      await disk.close();
      client.close();
    },
  };
}

const ANSWER_OCTETS = 64 * 1024;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
