import { and, asc, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { EventRestriction, EventWalk, FoundEvent } from '../../questions/audit.ts';
import type { HistoryPlace } from '../../questions/history.ts';
import { auditEvents, auditLinks } from '../schema.ts';

type Db = BetterSQLite3Database;

const rowid = sql<number>`${auditEvents}.rowid`;

/** A condition that is tested on each row and never chooses the index. */
const tested = (condition: SQL) => sql`+${condition}` as SQL;

/**
 * The index that restricts most, and what is only tested along it. Every index of events ends with their time, and
 * with the row's number after that, so that a walk needs no sorting and begins anywhere.
 */
function routeOf(accountId: string, { actorId, action, subjectIds }: EventRestriction): { along: SQL[]; rest: SQL[] } {
  const account = eq(auditEvents.accountId, accountId);
  if (subjectIds !== undefined) {
    const rest = [
      tested(account),
      ...(actorId === undefined ? [] : [tested(eq(auditEvents.actorId, actorId))]),
      ...(action === undefined ? [] : [tested(eq(auditEvents.action, action))]),
    ];
    return { along: [inArray(auditEvents.subjectId, subjectIds.slice(0, 50))], rest };
  }
  if (actorId !== undefined) {
    const rest = action === undefined ? [] : [tested(eq(auditEvents.action, action))];
    return { along: [account, eq(auditEvents.actorId, actorId)], rest };
  }
  return { along: action === undefined ? [account] : [account, eq(auditEvents.action, action)], rest: [] };
}

/** See `AuditQuestions.auditEventsBy`. */
export function walkEvents(
  db: Db,
  accountId: string,
  restriction: EventRestriction,
  { towards, place }: EventWalk,
  { limit, examine }: { limit: number; examine: number },
): { found: FoundEvent[]; reached: HistoryPlace | undefined } {
  const { along, rest } = routeOf(accountId, restriction);
  const { from, until } = restriction;
  const older = towards === 'older';
  const order = older ? [desc(auditEvents.at), desc(rowid)] : [asc(auditEvents.at), asc(rowid)];
  const beyond = (at: HistoryPlace) =>
    older
      ? sql`(${auditEvents.at}, ${rowid}) < (${at[0]}, ${at[1]})`
      : sql`(${auditEvents.at}, ${rowid}) > (${at[0]}, ${at[1]})`;
  const upTo = (at: HistoryPlace) =>
    older
      ? sql`(${auditEvents.at}, ${rowid}) >= (${at[0]}, ${at[1]})`
      : sql`(${auditEvents.at}, ${rowid}) <= (${at[0]}, ${at[1]})`;
  const stretch = [
    ...along,
    ...(from === undefined ? [] : [gte(auditEvents.at, from)]),
    ...(until === undefined ? [] : [lt(auditEvents.at, until)]),
    ...(place === undefined ? [] : [beyond(place)]),
  ];
  const reach =
    rest.length === 0
      ? undefined
      : db
          .select({ at: auditEvents.at, number: rowid })
          .from(auditEvents)
          .where(and(...stretch))
          .orderBy(...order)
          .limit(1)
          .offset(examine - 1)
          .get();
  const reached = reach && ([reach.at.getTime(), reach.number] as const);
  const within = reached && upTo(reached);
  const rows = db
    .select({ event: auditEvents, number: rowid })
    .from(auditEvents)
    .where(and(...stretch, ...rest, within))
    .orderBy(...order)
    .limit(limit)
    .all();
  const links = db
    .select({ id: auditLinks.id, sequence: auditLinks.sequence })
    .from(auditLinks)
    .where(
      inArray(
        auditLinks.id,
        rows.map(({ event }) => event.id),
      ),
    )
    .all();
  const sequences = new Map(links.map(({ id, sequence }) => [id, sequence]));
  return {
    reached: rows.length < limit ? reached : undefined,
    found: rows.map(({ event, number }) => ({
      event,
      sequence: sequences.get(event.id),
      place: [event.at.getTime(), number] as const,
    })),
  };
}
