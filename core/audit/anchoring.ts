import { randomUUID } from 'node:crypto';
import { insert, type Plan, update, wakeMessage } from '../store/plan.ts';
import type { AuditEvent, AuditHead } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import { signCheckpoint } from './checkpoint.ts';
import type { AuditKey } from './key.ts';

/**
 * When the chain is signed and anchored in the audit channel: soon after each decision of a second person, and daily
 * where something happened. The sequencer notes it in the head, in the same plan as the links, so that nobody can
 * forget it and no restart loses or repeats it.
 */
const DAILY_MS = 24 * 3_600_000;
/** Decisions within this time of the first are signed together. */
const TOGETHER_MS = 3_000;
const DECISIONS = /^approval\.(approved|denied|acknowledged|overtaken)$/;
const AT_ONCE = 100;

/** When the head that these events make is to be signed at the latest. */
export function checkpointDue(head: AuditHead | undefined, events: readonly AuditEvent[]): Date {
  const decision = events.find(isDecision);
  const first = events[0] as AuditEvent;
  const waiting = head !== undefined && head.sequence > head.signed;
  const daily = head === undefined ? first.at.getTime() + DAILY_MS : head.checkpointAt.getTime();
  if (decision === undefined) return new Date(daily);
  const soon = decision.at.getTime() + TOGETHER_MS;
  // An earlier decision that is still waiting to be signed takes this one along.
  return new Date(waiting || head === undefined ? Math.min(daily, soon) : soon);
}

/** Break glass counts as one: somebody has decided alone. */
function isDecision({ action, details }: AuditEvent): boolean {
  return DECISIONS.test(action) || (action === 'approval.skipped' && details['because'] === 'break_glass');
}

export type AnchorDeps = { store: Store; clock: { now(): Date }; auditKey: AuditKey };

/** Signs what is due, each head once whoever does it, and owes the audit channel a message about it. */
export async function signDueCheckpoints(deps: AnchorDeps): Promise<void> {
  const now = deps.clock.now();
  for (const head of await deps.store.dueCheckpoints(now, AT_ONCE)) {
    // Stale: an event was chained or another worker has signed; the next round looks again.
    await deps.store.commit(planCheckpoint(deps.auditKey, head, now));
  }
}

/** The writes of one checkpoint over everything the head has chained. */
export function planCheckpoint(auditKey: AuditKey, head: AuditHead, now: Date): Plan {
  const { id: accountId, sequence, hash } = head;
  const id = randomUUID();
  const line = signCheckpoint(auditKey, { account: accountId, sequence, hash, at: now });
  const publicKey = auditKey.publicKey.text;
  return [
    insert('auditCheckpoints', { id, accountId, sequence, hash, line, publicKey, createdAt: now }),
    update('auditHeads', head, { signed: sequence, checkpointAt: new Date(now.getTime() + DAILY_MS) }),
    wakeMessage({ id: randomUUID(), accountId, subjectId: id, place: 'anchor', now }),
  ];
}
