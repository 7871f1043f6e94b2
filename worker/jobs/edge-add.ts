import { randomUUID } from 'node:crypto';
import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { WAITING_MS } from '../../core/requests/showing.ts';
import { EDGE_KINDS_TOLD, edgeTaken } from '../../core/slack/edge.ts';
import { code } from '../../core/slack/text.ts';
import { insert, update } from '../../core/store/plan.ts';
import type { Edge } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** So many edges an account has at most: each version waits for all of them to be in effect everywhere. */
const MOST_EDGES = 200;

/**
 * The first step of an edge: its row, without a credential. The request waits for whoever asked to press *Show once*,
 * 24 hours from here. Nothing can connect as this edge before.
 */
export async function carryOutEdgeAdd(deps: JobDeps, request: RequestOf<'edge_add'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { name, kind } = payload;
  const { account, grants, unchanged } = await requireActor(deps, accountId, actorId, 'edges');
  if (await deps.store.edgeByName(accountId, name)) {
    throw new CountersignError('already_exists', { userMessage: edgeTaken(name) });
  }
  if ((await deps.store.edges(accountId)).length >= MOST_EDGES) {
    throw new CountersignError('rate_limited', {
      userMessage: `There are ${MOST_EDGES} edges already, which is the most. Remove one that is not used first.`,
    });
  }
  const gate = await passGate(deps, request, {
    gate: 'edge_add',
    account,
    grants,
    targets: [],
    card: edgeCard(payload),
  });
  if (!gate.passed) return;

  const at = deps.clock.now();
  const edge: Edge = {
    id: randomUUID(),
    accountId,
    name,
    kind,
    state: 'unshown',
    credentialHash: null,
    pin: null,
    requestId: request.id,
    createdBy: actorId,
    createdAt: at,
    shownAt: null,
    endedAt: null,
    version: 1,
  };
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    insert('edges', edge),
    ...events.edgeChanged({ accountId, actorId, at }, 'added', edge),
    update('requests', request, {
      state: 'waiting',
      deadlineAt: new Date(at.getTime() + WAITING_MS),
      leaseUntil: null,
    }),
    ...planTold(request, at),
  ]);
  // Also when somebody else has taken the name just now: the next try says so.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function edgeCard({ name, kind }: RequestOf<'edge_add'>['payload']): Card {
  return {
    what: `Add the edge ${code(name)}`,
    plain: `Add the edge ${name}`,
    facts: [
      ['Name', code(name)],
      ['Kind', EDGE_KINDS_TOLD[kind]],
    ],
    because: '',
    evidence: null,
    risk: 'Whoever has its credential can read what edges enforce: hostnames, authorities, rules and the serials of revoked certificates; and can report use and that versions are in effect. It can change nothing of what is enforced elsewhere.',
  };
}
