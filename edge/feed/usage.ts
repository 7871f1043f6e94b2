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

/** What an edge has seen since it said so last. */
export type UsageReport = {
  certificates: readonly {
    authorityId: string;
    serial: string;
    hostname: string;
    hourAt: Date;
    count: number;
    lastSeenAt: Date;
  }[];
  hostnames: readonly { hostname: string; hourAt: Date; verified: number; unverified: number; blocked: number }[];
};

/**
 * What an edge has seen, counted by hour. Counts only grow within a run, so a report may be lost, repeated, or overtaken
 * by a later one.
 */
export type Usage = {
  /** Adds to what was seen. */
  add(report: UsageReport): void;
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
    add({ certificates, hostnames }) {
      for (const { authorityId, serial, hostname, hourAt, count, lastSeenAt } of certificates) {
        const hour = hourAt.getTime();
        const key = `${hour}:${authorityId}:${serial}`;
        const known = seen.get(key);
        if (!known && seen.size >= MOST_SEEN) continue;
        const latest = Math.max(known?.lastSeenAt ?? 0, lastSeenAt.getTime());
        seen.set(key, { authorityId, serial, hostname, hour, lastSeenAt: latest, count: (known?.count ?? 0) + count });
        dueSeen.add(key);
      }
      for (const { hostname, hourAt, verified, unverified, blocked } of hostnames) {
        const hour = hourAt.getTime();
        const key = `${hour}:${hostname}`;
        const known = hosts.get(key);
        // Below a wildcard anybody can ask for any name: that must not crowd out those that certificates are used for.
        if (!known && hosts.size >= (verified > 0 ? 2 * MOST_HOSTS : MOST_HOSTS)) continue;
        hosts.set(key, {
          hostname,
          hour,
          verified: (known?.verified ?? 0) + verified,
          unverified: (known?.unverified ?? 0) + unverified,
          blocked: (known?.blocked ?? 0) + blocked,
        });
        dueHosts.add(key);
      }
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
