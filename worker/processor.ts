import { setTimeout as wait } from 'node:timers/promises';
import { isPerson } from '../core/access/actor.ts';
import { possibleDeciders } from '../core/approvals/decide.ts';
import * as events from '../core/audit/events.ts';
import { planWithoutCertificate } from '../core/ca/revoke.ts';
import { asCountersignError, type CountersignError } from '../core/errors.ts';
import { makeLocks } from '../core/locks.ts';
import { parseRequest } from '../core/requests/contracts.ts';
import { backoffMs, endRequest, type Outcome, retryRequest } from '../core/requests/end.ts';
import { type Plan, update } from '../core/store/plan.ts';
import type { Request, RequestKind } from '../core/store/rows.ts';
import { planNoKeyLeft } from './access-keys.ts';
import { planApprovalTold } from './approvals/gate.ts';
import type { JobDeps } from './deps.ts';
import { planNoEdgeLeft } from './edges.ts';
import { JOBS } from './jobs/index.ts';
import { InterruptedError } from './lease.ts';
import { planTold } from './told.ts';

/** An error of our own making is tried this often before the request fails. */
const INTERNAL_ATTEMPTS = 5;
/** A job that was overtaken begins anew this often at once, each time after a moment, before it is put back. */
const AT_ONCE_AGAIN = 5;
const AGAIN_WITHIN_MS = 20;

/**
 * Carries out one recorded request, however often it is called: a request that has ended, or that somebody is working
 * on, is left alone. A lease in the row keeps two workers apart; the versions in every plan keep them right even when
 * a lease runs out under somebody who is only slow.
 */
export async function carryOut(deps: JobDeps & { leaseMs: number }, id: string): Promise<void> {
  const seen = await deps.store.request(id);
  if (!seen) return;
  const turn = turnOf(seen);
  await (turn === undefined ? carryOutSeen(deps, seen) : inTurn(turn, () => carryOutSeen(deps, seen)));
}

async function carryOutSeen(deps: JobDeps & { leaseMs: number }, seen: Request): Promise<void> {
  const now = deps.clock.now();
  if (seen.state !== 'recorded' || (seen.leaseUntil && seen.leaseUntil > now)) return;
  const request = await claim(deps, seen, now);
  if (!request) return;
  if (request.deadlineAt <= now) {
    await expireRequest(deps, request);
    deps.meters.add('jobs', { kind: request.kind, result: 'expired' });
    return;
  }
  deps.meters.add('jobs', { kind: request.kind, result: await run(deps, request) });
}

async function run(deps: JobDeps, request: Request): Promise<'done' | 'retried' | 'refused' | 'failed'> {
  try {
    await runJob(deps, request);
    return 'done';
  } catch (thrown) {
    const interrupted = thrown instanceof InterruptedError ? thrown : undefined;
    return afterError(deps, interrupted?.request ?? request, asCountersignError(interrupted?.cause ?? thrown));
  }
}

const inTurn = makeLocks();

/**
 * What programs ask for hundreds at a time, and what is decided on a whole list each time: within one process one after
 * the other, since of many at once one would win and all others would begin anew. Persons wait for nobody: their jobs
 * may have to wait for Slack.
 */
function turnOf({ accountId, actorId, kind }: Request): string | undefined {
  if (isPerson(actorId)) return undefined;
  // Numbers of rules are unique in the installation.
  if (kind.startsWith('waf_')) return 'rules';
  return kind === 'bind' || kind.startsWith('ca_') ? `hostnames:${accountId}` : undefined;
}

/** Runs the job; somebody who was faster with the same rows makes it begin anew, a few times at once. */
async function runJob(deps: JobDeps, request: Request): Promise<void> {
  for (let times = 0; ; times++) {
    try {
      return await dispatch(deps, request);
    } catch (thrown) {
      if ((thrown as Partial<CountersignError>).code !== 'overtaken' || times === AT_ONCE_AGAIN) throw thrown;
      // It may be the request itself that has moved on, or its lease that has run out.
      const current = await deps.store.request(request.id);
      const ours = current?.version === request.version && (current.leaseUntil ?? 0) > deps.clock.now();
      if (!ours) throw thrown;
      await wait(Math.random() * AGAIN_WITHIN_MS);
    }
  }
}

function dispatch<K extends RequestKind>(deps: JobDeps, request: Request & { kind: K }): Promise<void> {
  return JOBS[request.kind](deps, parseRequest(request.kind, request));
}

async function claim(deps: JobDeps & { leaseMs: number }, seen: Request, now: Date): Promise<Request | undefined> {
  const leaseUntil = new Date(now.getTime() + deps.leaseMs);
  const committed = await deps.store.commit([update('requests', seen, { leaseUntil })]);
  return committed.ok ? { ...seen, leaseUntil, version: seen.version + 1 } : undefined;
}

/** The one place that says what becomes of a request whose job threw: the end, or another try. */
async function afterError(
  deps: JobDeps,
  request: Request,
  error: CountersignError,
): Promise<'retried' | 'refused' | 'failed'> {
  const facts = { id: request.id, kind: request.kind, code: error.code, attempts: request.attempts + 1 };
  const passing = error.kind === 'upstream' || error.kind === 'rate_limited';
  const internal = error.kind === 'internal';
  if (passing || (internal && request.attempts + 1 < INTERNAL_ATTEMPTS)) {
    deps.logger[internal ? 'error' : 'info']({ ...facts, error }, 'request not carried out yet, tried again');
    // Somebody was faster with the same rows: nothing is wrong, the next try reads what there is now.
    const waitMs = error.code === 'overtaken' ? 50 : backoffMs(request.attempts);
    await deps.store.commit(retryRequest(request, new Date(deps.clock.now().getTime() + waitMs)));
    return 'retried';
  }
  if (internal) {
    const incident = request.id.slice(0, 8);
    deps.logger.error({ ...facts, incident, error }, 'request failed');
    const message = `This failed on our side${whatStays(request)} Ask whoever runs Countersign about incident ${incident}.`;
    await end(deps, request, 'failed', { code: error.code, message }, events.requestFailed);
    return 'failed';
  }
  deps.logger.info(facts, 'request refused');
  await end(deps, request, 'refused', { code: error.code, message: error.userMessage }, events.requestRefused);
  return 'refused';
}

async function end(
  deps: JobDeps,
  request: Request,
  state: 'refused' | 'failed',
  outcome: Outcome,
  event: typeof events.requestRefused,
): Promise<void> {
  const at = deps.clock.now();
  const approval = await deps.store.approvalOfRequest(request.id);
  await deps.store.commit([
    ...(await planNothingLeft(deps, request, at)),
    ...(approval ? planApprovalTold(approval, request, at) : []),
    endRequest(request, state, outcome, at),
    ...event({ accountId: request.accountId, actorId: request.actorId, at }, request, outcome.code),
    ...planTold(request, at),
  ]);
}

/** Ends a request whose time has passed. Nothing it may have made stays usable. */
export async function expireRequest(deps: JobDeps, request: Request): Promise<void> {
  const at = deps.clock.now();
  const approval = await deps.store.approvalOfRequest(request.id);
  const undecided = approval?.state === 'waiting' ? approval : undefined;
  const message = undecided
    ? `Nobody decided in time, so nothing was ${isRevocation(request) ? 'revoked' : 'done'}.${stillHeld(request)} Ask again if it is still wanted.`
    : request.state === 'waiting'
      ? NOT_SHOWN_IN_TIME[request.kind === 'key_create' ? 'key_create' : 'issue']
      : `This could not be carried out in time, and nothing ${isRevocation(request) ? 'more was revoked' : 'was changed'}.${stillHeld(request)} Please ask again.`;
  await deps.store.commit([
    ...(await planNothingLeft(deps, request, at)),
    ...(undecided ? [update('approvals', undecided, { state: 'expired', decidedAt: at })] : []),
    ...(undecided ? planApprovalTold(undecided, request, at, await decidersOf(deps, request, at)) : []),
    endRequest(request, 'expired', { code: 'expired', message }, at),
    ...events.requestExpired({ accountId: request.accountId, actorId: request.actorId, at }, request),
    ...planTold(request, at),
  ]);
}

const NOT_SHOWN_IN_TIME = {
  issue: 'The key was not shown within 24 hours, so nothing was signed. Ask again with `/mtls issue`.',
  key_create:
    'The secret was not shown within 24 hours, so the API key was taken away; nobody ever had it. Make another with `/mtls key create`.',
} as const;

const isRevocation = ({ kind }: Request) => kind === 'revoke' || kind === 'revoke_many';

/** A suspension needed nobody else, and no end of the request takes it back. */
function stillHeld(request: Request): string {
  const suspends = isRevocation(request) && request.payload['suspendNow'] === true && !request.payload['breakGlass'];
  return suspends ? ' What has been suspended for it stays suspended until it is released.' : '';
}

/** What an internal failure leaves, as the end of a sentence: of what is done in steps, some may be done. */
function whatStays(request: Request): string {
  if (request.kind === 'issue' || request.kind === 'show') return ', and nothing was issued.';
  const steps = request.kind === 'revoke_many' ? '; what was revoked before stays revoked.' : '.';
  return `, and was not carried out to its end${steps}${stillHeld(request)}`;
}

/** Whose Home shows what nobody has decided. An end waits for nobody: without Slack's word on groups it is nobody's. */
async function decidersOf(deps: JobDeps, request: Request, at: Date): Promise<string[]> {
  try {
    const grants = await deps.groups.expand(await deps.store.roles(request.accountId));
    return possibleDeciders(request.actorId, grants, at);
  } catch (error) {
    deps.logger.info({ id: request.id, error }, 'the Homes of approvers are not drawn anew');
    return [];
  }
}

async function planNothingLeft(deps: JobDeps, request: Request, at: Date): Promise<Plan> {
  if (request.kind === 'key_show' || request.kind === 'key_create') return planNoKeyLeft(deps, request);
  if (request.kind === 'edge_show' || request.kind === 'edge_add') return planNoEdgeLeft(deps, request, at);
  const issueId = request.kind === 'show' ? request.parentId : request.kind === 'issue' ? request.id : null;
  if (issueId === null) return [];
  return planWithoutCertificate(await deps.store.certificatesOfRequest(issueId), request, at);
}
