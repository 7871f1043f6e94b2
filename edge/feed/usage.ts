import { randomBytes } from 'node:crypto';
import type { Report } from '../../core/edges/report.ts';

/** So many certificates and hostnames are counted in an hour; what is beyond that is not. They bound the memory. */
const MOST_SEEN = 50_000;
const MOST_HOSTS = 2_000;
/** Of one report. */
const AT_ONCE = 1_000;
const HOUR_MS = 3_600_000;
/** Hours that nobody has taken are kept for as long as the api takes them. */
const KEPT_MS = 47 * HOUR_MS;

export type Outcome = 'verified' | 'unverified' | 'blocked';

/**
 * What an edge has seen, counted by hour. Counts only grow within a run, so a report may be lost, repeated, or overtaken
 * by a later one.
 */
export type Usage = {
  saw(authorityId: string, serial: string, hostname: string, at: Date): void;
  counted(hostname: string, outcome: Outcome, at: Date): void;
  /** The next lines to be reported; `taken` is called when they were. */
  next(now: Date): { report: Pick<Report, 'run' | 'seen' | 'hosts'>; taken(): void };
  /** How many lines wait to be reported. */
  waiting(): number;
};

type Seen = { authorityId: string; serial: string; hostname: string; lastSeenAt: number; hour: number; count: number };
type Host = { hostname: string; hour: number; verified: number; unverified: number; blocked: number };

export function makeUsage(): Usage {
  const run = randomBytes(12).toString('hex');
  const seen = new Map<string, Seen>();
  const hosts = new Map<string, Host>();
  /** What has changed since it was reported last. */
  const dueSeen = new Set<string>();
  const dueHosts = new Set<string>();
  const hourOf = (at: Date) => Math.floor(at.getTime() / HOUR_MS) * HOUR_MS;

  const forget = (now: Date) => {
    const hour = hourOf(now);
    const isOver = (key: string, own: number, due: ReadonlySet<string>) =>
      own < hour - KEPT_MS || (own < hour - HOUR_MS && !due.has(key));
    for (const [key, one] of seen) if (isOver(key, one.hour, dueSeen)) seen.delete(key) && dueSeen.delete(key);
    for (const [key, one] of hosts) if (isOver(key, one.hour, dueHosts)) hosts.delete(key) && dueHosts.delete(key);
  };

  return {
    saw(authorityId, serial, hostname, at) {
      const hour = hourOf(at);
      const key = `${hour}:${authorityId}:${serial}`;
      const known = seen.get(key);
      if (!known && seen.size >= MOST_SEEN) return;
      const lastSeenAt = at.getTime();
      if (known) Object.assign(known, { hostname, lastSeenAt, count: known.count + 1 });
      else seen.set(key, { authorityId, serial, hostname, lastSeenAt, hour, count: 1 });
      dueSeen.add(key);
    },
    counted(hostname, outcome, at) {
      const hour = hourOf(at);
      const key = `${hour}:${hostname}`;
      const known = hosts.get(key);
      if (!known && hosts.size >= MOST_HOSTS) return;
      const host = known ?? { hostname, hour, verified: 0, unverified: 0, blocked: 0 };
      host[outcome] += 1;
      hosts.set(key, host);
      dueHosts.add(key);
    },
    next(now) {
      forget(now);
      const iso = (ms: number) => new Date(ms).toISOString();
      const takenSeen = [...dueSeen].slice(0, AT_ONCE).flatMap((key) => ({ key, one: seen.get(key) as Seen }));
      const takenHosts = [...dueHosts].slice(0, AT_ONCE).map((key) => ({ key, one: hosts.get(key) as Host }));
      const counts = new Map(takenSeen.map(({ key, one }) => [key, one.count]));
      const sums = new Map(takenHosts.map(({ key, one }) => [key, sumOf(one)]));
      return {
        report: {
          run,
          seen: takenSeen.map(({ one: { hour, lastSeenAt, ...line } }) => ({
            ...line,
            lastSeenAt: iso(lastSeenAt),
            hourAt: iso(hour),
          })),
          hosts: takenHosts.map(({ one: { hour, ...line } }) => ({ ...line, hourAt: iso(hour) })),
        },
        taken() {
          for (const [key, count] of counts) if (seen.get(key)?.count === count) dueSeen.delete(key);
          for (const [key, sum] of sums) {
            const host = hosts.get(key);
            if (host && sumOf(host) === sum) dueHosts.delete(key);
          }
        },
      };
    },
    waiting: () => dueSeen.size + dueHosts.size,
  };
}

const sumOf = ({ verified, unverified, blocked }: Host) => verified + unverified + blocked;
