import { randomUUID } from 'node:crypto';
import { insert, type Plan, wakeMessage } from '../store/plan.ts';
import type { AuditEvent } from '../store/rows.ts';

/** Who acts when nobody asked: a deadline that passed, a first start. */
export const SYSTEM = 'system';

export type EventFacts = {
  accountId: string;
  at: Date;
  /** A Slack user id, or `SYSTEM`. */
  actorId: string;
  subjectId: string;
  details: Readonly<Record<string, string | number | boolean | null>>;
};

/**
 * The writes of one event: the record itself, its place in line for the chain, and its message to the audit channel.
 * They go into the same plan as the change they tell of, so that neither exists without the other.
 * @param options `told: false` for one of very many, of which a single event of its own tells the audit channel;
 *   `alarm: true` for what somebody has to do something about, which is told in the approval channel as well.
 */
export function recordEvent(
  action: string,
  subjectKind: string,
  facts: EventFacts,
  options: { told: boolean; alarm?: true } = { told: true },
): Plan {
  const id = randomUUID();
  const event: AuditEvent = {
    id,
    accountId: facts.accountId,
    at: facts.at,
    actorId: facts.actorId,
    action,
    subjectKind,
    subjectId: facts.subjectId,
    details: facts.details,
  };
  const wake = (place: 'audit' | 'approval') =>
    wakeMessage({ id: randomUUID(), accountId: facts.accountId, subjectId: id, place, now: facts.at });
  return [
    insert('auditEvents', event),
    insert('auditPending', { id, accountId: facts.accountId }),
    ...(options.told ? [wake('audit')] : []),
    ...(options.alarm ? [wake('approval')] : []),
  ];
}
