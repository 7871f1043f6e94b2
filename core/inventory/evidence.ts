import { code, moment } from '../slack/text.ts';
import type { Store } from '../store/store.ts';

/** What edges say about the use of a certificate. */
export type Evidence =
  | { kind: 'seen'; lastSeenAt: Date; edge: string; hostname: string; timesInADay: number }
  /** Edges report, and none of them has seen it. */
  | { kind: 'never_seen' }
  /** No edge of the account has reported yet, so nothing is known. */
  | { kind: 'no_edge' };

/** What edges say about the use of many. */
export type EvidenceOfMany =
  | {
      kind: 'reported';
      count: number;
      /** How many of them an edge saw within the last 24 hours. */
      seenInADay: number;
      /** How many were ever seen. */
      everSeen: number;
      /** The last to be seen, latest first, at most five. */
      latest: readonly { certificateId: string; lastSeenAt: Date; edge: string; hostname: string }[];
    }
  | { kind: 'no_edge'; count: number };

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Ids in one question: some milliseconds. */
const SLICE = 200;
const LATEST = 5;

/**
 * The evidence of use of each certificate, by its id. Two questions for a page of a list, however many there are.
 */
export async function evidenceOf(
  store: Store,
  accountId: string,
  certificateIds: readonly string[],
  now: Date,
): Promise<Map<string, Evidence>> {
  const evidence = new Map<string, Evidence>();
  const unseen: Evidence = (await store.hasSightings(accountId)) ? { kind: 'never_seen' } : { kind: 'no_edge' };
  for (const slice of slices(certificateIds)) {
    const uses = await store.countUses(slice, aDayBefore(now));
    const times = new Map(uses.map(({ certificateId, count }) => [certificateId, count]));
    for (const id of slice) evidence.set(id, unseen);
    for (const { certificateId, lastSeenAt, edge, hostname } of await store.lastSightings(slice)) {
      const timesInADay = times.get(certificateId) ?? 0;
      evidence.set(certificateId, { kind: 'seen', lastSeenAt, edge, hostname, timesInADay });
    }
  }
  return evidence;
}

/** The evidence of use of very many, read in slices between which others get their turn. */
export async function evidenceOfMany(
  store: Store,
  accountId: string,
  certificateIds: readonly string[],
  now: Date,
): Promise<EvidenceOfMany> {
  const count = certificateIds.length;
  if (!(await store.hasSightings(accountId))) return { kind: 'no_edge', count };
  const aDayAgo = new Date(now.getTime() - DAY_MS);
  let latest: Extract<EvidenceOfMany, { kind: 'reported' }>['latest'] = [];
  let [seenInADay, everSeen] = [0, 0];
  for (const slice of slices(certificateIds)) {
    const seen = await store.lastSightings(slice);
    everSeen += seen.length;
    seenInADay += seen.filter(({ lastSeenAt }) => lastSeenAt > aDayAgo).length;
    latest = [...latest, ...seen.map(({ id: _, accountId: __, ...sighting }) => sighting)]
      .sort((a, b) => b.lastSeenAt.getTime() - a.lastSeenAt.getTime())
      .slice(0, LATEST);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { kind: 'reported', count, seenInADay, everSeen, latest };
}

/** One sentence (mrkdwn) for beside the confirmation that a certificate is no longer in use. */
export function evidenceText(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'no_edge':
      return 'No edge has reported yet, so nothing is known about its use.';
    case 'never_seen':
      return 'No edge has ever seen it.';
    case 'seen': {
      const { lastSeenAt, hostname, edge, timesInADay } = evidence;
      return `Last seen ${moment(lastSeenAt)} at ${code(hostname)} (edge ${code(edge)}), ${times(timesInADay)} in the last 24 hours.`;
    }
  }
}

/** The same for a row of a list: a few words without a full stop. */
export function lastUseText(evidence: Evidence): string {
  if (evidence.kind === 'seen') return `Last used ${moment(evidence.lastSeenAt)}`;
  return evidence.kind === 'never_seen' ? 'Never used' : 'Use unknown';
}

/** One sentence or two (mrkdwn) for a revocation of many. */
export function evidenceOfManyText(evidence: EvidenceOfMany): string {
  if (evidence.kind === 'no_edge') return 'No edge has reported yet, so nothing is known about their use.';
  const { count, seenInADay, everSeen, latest } = evidence;
  if (everSeen === 0) return `No edge has ever seen any of the ${count}.`;
  const [last] = latest;
  const lately = last ? ` The last: ${moment(last.lastSeenAt)} at ${code(last.hostname)}.` : '';
  return `${seenInADay === 0 ? 'None' : `*${seenInADay}*`} of the ${count} were seen in the last 24 hours, ${everSeen} ever.${lately}`;
}

const times = (count: number) => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

/** Uses are counted by the hour: the 24 hours end with the one that is running. */
const aDayBefore = (now: Date) => new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - 24 * HOUR_MS);

function* slices(ids: readonly string[]): Generator<readonly string[]> {
  for (let i = 0; i < ids.length; i += SLICE) yield ids.slice(i, i + SLICE);
}
