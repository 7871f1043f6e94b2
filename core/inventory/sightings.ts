import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { type Plan, raise } from '../store/plan.ts';
import type { Store } from '../store/store.ts';

const HOUR_MS = 3_600_000;
/** Uses older than this are not kept. */
export const USAGE_KEPT_MS = 48 * HOUR_MS;
/** An edge's clock may be ahead of ours by this much. */
const CLOCK_SKEW_MS = 5 * 60_000;
/** Rows in one transaction: some milliseconds. */
const AT_ONCE = 200;

const word = z.string().regex(/^[\w.-]{1,64}$/);

/**
 * What an edge reports, of one certificate in one hour. `count` is how often it has seen the certificate in that hour
 * so far, since it was started as `run`: reports may be lost, repeated and overtake one another.
 */
const seenSchema = z.strictObject({
  authorityId: z.string().min(1).max(64),
  /** Canonical, see core/ca/serial.ts. */
  serial: z.string().regex(/^(?:[0-9a-f]{2}){1,20}$/),
  /** The latest one. */
  hostname: z.string().min(1).max(253),
  lastSeenAt: z.iso.datetime(),
  /** The beginning of the hour (UTC). */
  hourAt: z.iso.datetime(),
  count: z.int().min(1).max(1_000_000_000),
});

export const sightingsSchema = z.strictObject({
  /** The edge's name within its account, and which of its starts this is. */
  edge: word,
  run: word,
  seen: z.array(seenSchema).max(1_000),
});

export type SightingsReport = z.infer<typeof sightingsSchema>;
type Seen = SightingsReport['seen'][number] & { certificateId: string };

/**
 * Writes down what an edge has seen. The same report twice, or an older one after a newer, changes nothing. What names
 * no certificate of the account, lies in the future or is older than two days is left out.
 * @param accountId whose edge has authenticated itself: it can report on no other account's certificates.
 * @returns how many lines were taken.
 */
export async function recordSightings(
  store: Store,
  accountId: string,
  report: SightingsReport,
  now: Date,
): Promise<number> {
  const timely = report.seen.filter((seen) => isTimely(seen, now));
  let taken = 0;
  for (let i = 0; i < timely.length; i += AT_ONCE) {
    const slice = timely.slice(i, i + AT_ONCE);
    const known = await store.certificatesSeen(accountId, slice);
    const ids = new Map(known.map(({ id, authorityId, serial }) => [`${authorityId}:${serial}`, id]));
    const ours = slice.flatMap((seen): Seen[] => {
      const certificateId = ids.get(`${seen.authorityId}:${seen.serial}`);
      return certificateId === undefined ? [] : [{ ...seen, certificateId }];
    });
    const committed = await store.commit(ours.flatMap((seen) => planSighting(accountId, report, seen)));
    if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
    taken += ours.length;
  }
  return taken;
}

function isTimely(seen: SightingsReport['seen'][number], now: Date): boolean {
  return isRecent(Date.parse(seen.lastSeenAt), now) && isTimelyHour(seen.hourAt, now);
}

/** Whether this is the beginning of an hour that is not over for longer than uses are kept. */
export function isTimelyHour(hourAt: string, now: Date): boolean {
  const hour = Date.parse(hourAt);
  return isRecent(hour, now) && hour % HOUR_MS === 0;
}

function isRecent(at: number, now: Date): boolean {
  return at <= now.getTime() + CLOCK_SKEW_MS && at > now.getTime() - USAGE_KEPT_MS;
}

function planSighting(accountId: string, { edge, run }: SightingsReport, seen: Seen): Plan {
  const { certificateId, hostname, count } = seen;
  const hourAt = new Date(seen.hourAt);
  const lastSeenAt = new Date(seen.lastSeenAt);
  return [
    raise('sightings', { id: `${certificateId}:${edge}`, accountId, certificateId, edge, hostname, lastSeenAt }),
    // One row for each run of the edge, because a new run counts from nothing again.
    raise('usage', { id: `${certificateId}:${edge}/${run}:${hourAt.getTime()}`, certificateId, hourAt, count }),
  ];
}
