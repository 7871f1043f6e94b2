import { endRequest } from '../core/requests/end.ts';
import { mention } from '../core/slack/text.ts';
import { type Plan, update } from '../core/store/plan.ts';
import type { Edge, Request } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';
import { planTold } from './told.ts';

/** What the jobs of edges share. */

/** Whatever became of a showing: a credential that was not certainly shown is none. */
export function planWithoutCredential(edge: Edge): Plan {
  return edge.state === 'unshown' && edge.credentialHash !== null
    ? [update('edges', edge, { credentialHash: null })]
    : [];
}

/** What goes with the end of a request about an edge: of a showing the credential, of an `edge_add` the edge, if unshown. */
export async function planNoEdgeLeft(deps: JobDeps, request: Request, at: Date): Promise<Plan> {
  const addId = request.kind === 'edge_show' ? request.parentId : request.id;
  const edge = addId === null ? undefined : await deps.store.edgeOfRequest(addId);
  if (edge?.state !== 'unshown') return [];
  return request.kind === 'edge_show'
    ? planWithoutCredential(edge)
    : [update('edges', edge, { state: 'removed', credentialHash: null, endedAt: at })];
}

/** An edge that still waited for its showing is waited for no more. */
export async function planNotShownAnyMore(deps: JobDeps, edge: Edge, actorId: string, at: Date): Promise<Plan> {
  const add = edge.requestId === null ? undefined : await deps.store.request(edge.requestId);
  if (!add) return [];
  if (add.state !== 'waiting') return planTold(add, at);
  const message = `${mention(actorId)} removed this edge before its credential was shown. Nobody ever had it.`;
  return [endRequest(add, 'refused', { code: 'edge_removed', message }, at), ...planTold(add, at)];
}
