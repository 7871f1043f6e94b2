import { comparePlaces, type Place } from '../../../core/snapshot/header.ts';
import { writeMessage } from '../../../core/snapshot/messages.ts';
import type { Signed } from '../../../core/snapshot/signed.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { HttpError } from '../../problem.ts';

/** How often the database is asked whether anything was written: a few microseconds, whatever the number of streams. */
const LOOK_EVERY_MS = 10;
/** Something is sent at least so often, so that both sides notice a connection that is gone. */
const IDLE_MS = 10_000;
const MOST_STREAMS = 2_000;
/** An edge that reconnects may have a connection that nobody has noticed the end of. */
const MOST_OF_ONE_EDGE = 2;
/** So much is read from the database for one stream at a time. */
const OCTETS_AT_ONCE = 256 * 1024;
const ACCOUNTS_AT_ONCE = 500;

type Stream = {
  edge: Edge;
  /** What the edge has been sent; undefined while there is nothing to send. */
  place: Place | undefined;
  heartbeat: string | undefined;
  ended: boolean;
  /** Resolves what the stream waits for. */
  wake: () => void;
};

/** What the database says of an account's feed. */
type Head = Place & { heartbeat: Signed | null };

export type Hub = {
  /**
   * The lines for one edge, from what it says it has, for as long as it may have them.
   * @param signal the connection is gone.
   * @param has with the hash of its header, so that a version of the same number and another content is noticed.
   */
  lines(
    edge: Edge,
    has: (Place & { headerHash: string }) | undefined,
    hello: string,
    signal: AbortSignal,
  ): AsyncGenerator<string>;
  /** Ends all streams. */
  stop(): void;
};

/**
 * All open streams of this process. One timer looks at the database for all of them; each stream then reads what it
 * lacks, at the pace of its reader.
 */
export function makeHub({ store, logger }: Pick<ApiDeps, 'store' | 'logger'>): Hub {
  const streams = new Set<Stream>();
  let heads = new Map<string, Head>();
  let seen: string | undefined;
  let looking = false;
  let timer: NodeJS.Timeout | undefined;
  let idleAt = performance.now();

  const look = async () => {
    if (looking) return;
    looking = true;
    try {
      const mark = await store.mark();
      if (mark !== seen) {
        await endRevoked();
        await readHeads();
        seen = mark;
      }
      const idle = performance.now() - idleAt > IDLE_MS;
      if (idle) idleAt = performance.now();
      for (const stream of streams) if (idle || lacks(stream)) stream.wake();
    } catch (error) {
      logger.warn({ error }, 'the feed could not be read');
    } finally {
      looking = false;
    }
  };

  const endRevoked = async () => {
    const valid = new Map<string, string | null>();
    const asked = [...streams];
    for (const some of slices([...new Set(asked.map(({ edge }) => edge.id))])) {
      for (const { id, state, credentialHash } of await store.edgeCredentials(some)) {
        if (state === 'active') valid.set(id, credentialHash);
      }
    }
    for (const stream of asked) if (valid.get(stream.edge.id) !== stream.edge.credentialHash) end(stream);
  };

  const readHeads = async () => {
    const fresh = new Map<string, Head>();
    for (const some of slices([...new Set([...streams].map(({ edge }) => edge.accountId))])) {
      for (const { accountId, epoch, snapshot, heartbeat } of await store.feedHeads(some)) {
        fresh.set(accountId, { epoch, version: snapshot, heartbeat });
      }
    }
    heads = fresh;
  };

  const lacks = ({ edge, place, heartbeat }: Stream): boolean => {
    const head = heads.get(edge.accountId);
    if (!head) return false;
    return !place || comparePlaces(head, place) > 0 || head.heartbeat?.signature !== heartbeat;
  };

  const end = (stream: Stream) => {
    stream.ended = true;
    streams.delete(stream);
    stream.wake();
    if (streams.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };

  const begin = (edge: Edge): Stream => {
    const own = [...streams].filter((stream) => stream.edge.id === edge.id);
    const [oldest] = own;
    if (oldest && own.length >= MOST_OF_ONE_EDGE) end(oldest);
    if (streams.size >= MOST_STREAMS) throw new HttpError(503, { 'retry-after': '5' });
    const stream: Stream = { edge, place: undefined, heartbeat: undefined, ended: false, wake: () => undefined };
    streams.add(stream);
    seen = undefined;
    timer ??= setInterval(() => void look(), LOOK_EVERY_MS);
    return stream;
  };

  /** From what the edge has, where that is known here; else from a whole version. */
  async function* first(stream: Stream, has: (Place & { headerHash: string }) | undefined): AsyncGenerator<string> {
    const row = await store.snapshot(stream.edge.accountId);
    if (!row) return;
    if (has) {
      const known = await store.snapshotDelta(row.id, has.epoch, has.version);
      if (known?.headerHash === has.headerHash) {
        stream.place = has;
        return;
      }
      const isAhead = comparePlaces(has, { epoch: row.epoch, version: row.snapshot }) > 0;
      if (known || isAhead) {
        // It takes nothing older: what comes next is in an epoch that begins when it has proved what it has.
        yield writeMessage({ type: 'unknown', epoch: has.epoch, version: has.version });
        stream.place = { epoch: Math.max(row.epoch, has.epoch), version: Number.MAX_SAFE_INTEGER };
        return;
      }
    }
    yield writeMessage({ type: 'full', ...row.baseHeader });
    stream.place = { epoch: row.baseEpoch, version: row.baseSnapshot };
  }

  async function* lacking(stream: Stream): AsyncGenerator<string> {
    for (;;) {
      if (stream.ended || !stream.place) return;
      const { epoch, version } = stream.place;
      const lines = await store.snapshotLines(stream.edge.accountId, { epoch, snapshot: version }, OCTETS_AT_ONCE);
      for (const line of lines) {
        if (stream.ended) return;
        yield line.message;
        stream.place = { epoch: line.epoch, version: line.snapshot };
      }
      if (lines.length === 0) return;
    }
  }

  return {
    async *lines(edge, has, hello, signal) {
      const stream = begin(edge);
      const onAbort = () => end(stream);
      signal.addEventListener('abort', onAbort);
      try {
        yield `${hello}\n`;
        while (!stream.ended) {
          let said = false;
          for await (const line of stream.place ? lacking(stream) : first(stream, has)) {
            said = true;
            yield `${line}\n`;
          }
          const head = heads.get(edge.accountId);
          const heartbeat = head?.heartbeat;
          if (heartbeat && heartbeat.signature !== stream.heartbeat) {
            stream.heartbeat = heartbeat.signature;
            said = true;
            yield `${writeMessage({ type: 'heartbeat', ...heartbeat })}\n`;
          }
          if (stream.ended || said) continue;
          // Whoever looks at the database for all wakes it, at the next look at the latest.
          await new Promise<void>((resolve) => {
            stream.wake = resolve;
          });
          if (!stream.ended && !lacks(stream)) yield `${IDLE}\n`;
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
        end(stream);
      }
    },
    stop() {
      for (const stream of [...streams]) end(stream);
    },
  };
}

const IDLE = writeMessage({ type: 'idle' });

function slices(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / ACCOUNTS_AT_ONCE);
  return Array.from({ length: count }, (_, i) => ids.slice(i * ACCOUNTS_AT_ONCE, (i + 1) * ACCOUNTS_AT_ONCE));
}
