import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../core/clock.ts';
import type { Feed } from './feed/feed.ts';

/** What is asked of the feed to tell how an edge is. */
export type HealthSource = Pick<Feed, 'current' | 'status'>;

export type Health = {
  /** `waiting`: there is nothing to enforce yet, and nothing is let through. */
  status: 'enforcing' | 'waiting';
  /** Epoch and number of what is in effect. */
  version: string | null;
  appliedAt: string | null;
  /** Of what has arrived and is not in effect (yet); `problems` says why it was refused. */
  waiting: string | null;
  connected: boolean;
  /** When the last signed word came; null: none since this process started. */
  heardAt: string | null;
  heardSecondsAgo: number | null;
  /** Nothing signed has come for 20 s: what is enforced may be old. It stays in force, so this is still healthy. */
  stale: boolean;
  problems: readonly string[];
};

/** Pure. */
export function tellHealth(source: HealthSource, now: Date): Health {
  const { place, appliedAt, waiting, connected, stale, lastHeartbeatAt, problems } = source.status();
  const heardMs = lastHeartbeatAt && Math.max(0, now.getTime() - lastHeartbeatAt.getTime());
  return {
    status: source.current() ? 'enforcing' : 'waiting',
    version: place ? `${place.epoch}.${place.version}` : null,
    appliedAt: appliedAt?.toISOString() ?? null,
    waiting: waiting ? `${waiting.epoch}.${waiting.version}` : null,
    connected,
    heardAt: lastHeartbeatAt?.toISOString() ?? null,
    heardSecondsAgo: heardMs === undefined ? null : Math.round(heardMs / 1_000),
    stale,
    problems,
  };
}

/**
 * `GET /healthz` on the loopback, for whoever watches this process: 200 while something is enforced, however old it is
 * (a restart would not make it newer), 503 before that. Never on the port that clients reach.
 */
export async function startHealth(
  port: number,
  source: HealthSource,
  clock: Clock,
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    request.resume();
    response.setHeader('cache-control', 'no-store');
    if (request.url !== '/healthz') return void response.writeHead(404).end();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return void response.writeHead(405, { allow: 'GET, HEAD' }).end();
    }
    const health = tellHealth(source, clock.now());
    response.writeHead(health.status === 'enforcing' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(`${JSON.stringify(health)}\n`);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
