import { randomUUID } from 'node:crypto';
import { ANSWERED_AT_ONCE_MS } from '../core/requests/end.ts';
import { type Plan, wakeMessage } from '../core/store/plan.ts';
import type { Request } from '../core/store/rows.ts';

/**
 * Whoever asked is told. A certificate request has a lasting direct message from its first step on (a `show` changes
 * that of its `issue`); a command is answered where it was typed, and in a direct message only when that came late.
 */
export function planTold(request: Request, at: Date): Plan {
  const subjectId = request.kind === 'show' ? request.parentId : request.id;
  const late = at.getTime() - request.createdAt.getTime() > ANSWERED_AT_ONCE_MS;
  if (subjectId === null || (request.kind !== 'issue' && request.kind !== 'show' && !late)) return [];
  return [wakeMessage({ id: randomUUID(), accountId: request.accountId, subjectId, place: 'requester', now: at })];
}
