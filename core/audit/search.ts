import { z } from 'zod';
import { keyNameOf } from '../access/actor.ts';
import { KEY_NAME } from '../access/key.ts';
import { parseSerial } from '../ca/serial.ts';
import { searchCertificates } from '../inventory/search.ts';
import type { EventWalk, FoundEvent } from '../store/questions/audit.ts';
import type { HistoryPlace } from '../store/questions/history.ts';
import type { Store } from '../store/store.ts';
import { ACTIONS_TOLD, type AuditAction } from './events.ts';
import { timesOf } from './export.ts';

export const AUDIT_ACTIONS = Object.keys(ACTIONS_TOLD) as [AuditAction, ...AuditAction[]];

/** Which events are asked for. What is left out does not restrict. */
export const auditFilterSchema = z.strictObject({
  /** A person, or an API key as the actor that it is. */
  actor: z
    .string()
    .refine((actor) => /^[UW][A-Z0-9]{1,30}$/.test(actor) || KEY_NAME.test(keyNameOf(actor) ?? ''))
    .optional(),
  action: z.enum(AUDIT_ACTIONS).optional(),
  /** Days in UTC, both included. */
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  /** A certificate's serial in any notation or a part of its name, or a request's id or its first eight digits. */
  about: z.string().min(1).max(100).optional(),
});
export type AuditFilter = z.infer<typeof auditFilterSchema>;

export type AuditPage = {
  /** Newest first. */
  found: readonly FoundEvent[];
  /** Where newer and older ones begin; undefined where there are none. */
  newer: HistoryPlace | undefined;
  older: HistoryPlace | undefined;
  /** As much has been looked at as may be at once: there may be more further on. */
  exhausted: boolean;
  /** Nothing here is called what was asked about. */
  unknown: boolean;
};

/** A search that restricts in two ways walks one index and tests the other; it looks at this many events at once. */
export const EXAMINED_AT_MOST = 20_000;
const SUBJECTS = 50;

/**
 * One page of what happened in an account. The time it takes does not grow with the audit.
 * Nothing here decides who may see it.
 */
export async function searchAudit(
  store: Store,
  search: { accountId: string; filter: AuditFilter; walk: EventWalk; limit: number; now: Date },
): Promise<AuditPage> {
  const { accountId, filter, walk, limit, now } = search;
  const subjectIds = filter.about === undefined ? undefined : await subjectsOf(store, accountId, filter.about, now);
  const restriction = { actorId: filter.actor, action: filter.action, subjectIds, ...timesOf(filter) };
  const limits = { limit: limit + 1, examine: EXAMINED_AT_MOST };
  const { found, reached } = await store.auditEventsBy(accountId, restriction, walk, limits);
  const page = found.slice(0, limit);
  const further = found.length > limit ? page.at(-1)?.place : reached;
  const newestFirst = walk.towards === 'older' ? page : page.toReversed();
  const behind = walk.place === undefined ? undefined : (page[0]?.place ?? walk.place);
  return {
    found: newestFirst,
    newer: walk.towards === 'older' ? behind : further,
    older: walk.towards === 'older' ? further : behind,
    exhausted: reached !== undefined,
    unknown: subjectIds?.length === 0,
  };
}

/** What events can be about that is called this: certificates with the requests around them, and requests. */
async function subjectsOf(store: Store, accountId: string, about: string, now: Date): Promise<string[]> {
  const text = about.trim();
  const serial = parseSerial(text);
  const fingerprint = text.toLowerCase().replace(/[\s:]/g, '');
  const filters = [
    ...(serial === undefined ? [] : [{ serial }]),
    ...(/^[0-9a-f]{64}$/.test(fingerprint) ? [{ fingerprint }] : []),
    ...(text.length >= 2 && text.length <= 64 ? [{ name: text }] : []),
  ];
  const pages = await Promise.all(
    filters.map((filter) => searchCertificates(store, { accountId, filter, limit: 10, now })),
  );
  const certificates = pages.flatMap(({ rows }) => rows);
  const around = await Promise.all(certificates.map(({ id }) => store.statusRequestsOf(id, 10)));
  const prefix = text.toLowerCase();
  const requests = /^[0-9a-f]{8}[0-9a-f-]{0,28}$/.test(prefix)
    ? await store.requestIdsBeginning(accountId, prefix, 5)
    : [];
  const ids = [
    ...requests,
    ...certificates.flatMap(({ id, requestId, madeBy }) => [id, requestId, madeBy]),
    ...around.flat(),
  ];
  return [...new Set(ids)].slice(0, SUBJECTS);
}
