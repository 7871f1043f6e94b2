import { randomUUID } from 'node:crypto';
import { isPerson } from '../core/access/actor.ts';
import { planHome } from '../core/inventory/home-plan.ts';
import { ANSWERED_AT_ONCE_MS } from '../core/requests/end.ts';
import { type Plan, wakeMessage } from '../core/store/plan.ts';
import type { Request, RequestKind } from '../core/store/rows.ts';

/** What somebody will want to look up later, or what goes on after it was asked for. */
const LASTING = new Set<RequestKind>([
  'issue',
  'show',
  'suspend',
  'release',
  'revoke',
  'revoke_many',
  'ca_rotate',
  'bind',
  'ca_upload',
  'ca_crl',
  'ca_block',
  'ca_unblock',
  'audit_export',
  'key_create',
  'key_show',
  'edge_add',
  'edge_show',
]);

/** They are told of in the message of what they show. */
const SHOWINGS = new Set<RequestKind>(['show', 'key_show', 'edge_show']);

/**
 * Whoever asked is told. What is about a certificate has a lasting direct message from its first step on (a `show`
 * changes that of its `issue`, a `key_show` that of its `key_create`, an `edge_show` that of its `edge_add`); a command is answered where it was typed, and in a direct message only when that came late.
 */
export function planTold(request: Request, at: Date): Plan {
  const subjectId = SHOWINGS.has(request.kind) ? request.parentId : request.id;
  const late = at.getTime() - request.createdAt.getTime() > ANSWERED_AT_ONCE_MS;
  // What is open, and what came of it, stands in their Home as well.
  const home = planHome(request.accountId, [request.actorId], at);
  if (!isPerson(request.actorId) || subjectId === null || (!LASTING.has(request.kind) && !late)) return home;
  return [
    ...home,
    wakeMessage({ id: randomUUID(), accountId: request.accountId, subjectId, place: 'requester', now: at }),
  ];
}
