import { randomUUID } from 'node:crypto';
import { isPerson, keyNameOf } from '../../core/access/actor.ts';
import type { Card } from '../../core/approvals/card.ts';
import { approvalHash, type Target } from '../../core/approvals/content.ts';
import { possibleDeciders } from '../../core/approvals/decide.ts';
import type { Gate } from '../../core/approvals/gates.ts';
import { decideGate } from '../../core/approvals/policy.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import { planHome } from '../../core/inventory/home-plan.ts';
import { isAgreedTo } from '../../core/requests/key-agreement.ts';
import { expect, insert, type Plan, update, wakeMessage } from '../../core/store/plan.ts';
import type { AccessKey, Account, Approval, Request, RoleGrant } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { sha256 } from './token.ts';

export type Gated = {
  /**
   * Why a second person may be needed; of several, one that is closed is enough. None where a person needs nobody, but
   * an API key that does not act alone may.
   */
  gate: Gate | readonly Gate[];
  account: Account;
  /** Grants of the account, with user groups turned into their members. */
  grants: readonly RoleGrant[];
  /** The rows the request will change, as they were read: what is approved is about these and no others. */
  targets: readonly Target[];
  card: Card;
};

export type Passed =
  | { passed: false }
  /** `plan` belongs into the transaction of the effect: it fails when the approval changes first. */
  | { passed: true; plan: Plan; approvedBy: string | null };

/**
 * The way to an effect that may need a second person. Called by every run of the request's job, before its effect:
 * - nobody else is needed: it passes, and the audit says why;
 * - nobody was asked yet: the request is put before the approvers and waits;
 * - somebody has approved: it passes if all of what was approved is still as it was then.
 * @throws CountersignError `four_eyes` when nobody could decide or no channel is set, `stale` when what was approved
 *   has changed, `overtaken` when somebody else was faster (retried).
 */
export async function passGate(deps: JobDeps, request: Request, gated: Gated): Promise<Passed> {
  const approval = await deps.store.approvalOfRequest(request.id);
  if (approval) return passApproved(deps, request, approval);

  const key = await keyOf(deps, request);
  const own = typeof gated.gate === 'string' ? [gated.gate] : gated.gate;
  const { account, grants } = gated;
  const asks = key !== undefined && !(await actsAlone(deps, key, own, account));
  const gates = asks ? (['api_request', ...own] as const) : own;
  const who = { accountId: account.id, actorId: request.actorId, at: deps.clock.now() };
  if (gates.length === 0) return { passed: true, plan: [], approvedBy: null };
  if (key !== undefined && !asks) {
    const plan = events.approvalSkipped(who, request, gates.join(', '), 'api_key');
    return { passed: true, plan, approvedBy: null };
  }
  const given = await deps.store.roles(account.id);
  const decision = decideGate(gates, account, { grants, given });
  if (!decision.needed) {
    // A gate that was taken off the table is no news each time; that nobody could be asked is.
    const told = decision.because !== 'open_gate';
    const plan = told ? events.approvalSkipped(who, request, gates.join(', '), decision.because) : [];
    return { passed: true, plan, approvedBy: null };
  }
  await ask(deps, request, gated, gates, key);
  return { passed: false };
}

async function passApproved(deps: JobDeps, request: Request, approval: Approval): Promise<Passed> {
  if (approval.state !== 'approved') {
    throw new CountersignError('internal', { details: { reason: 'carried out without a decision' } });
  }
  await requireUnchanged(deps, request, approval);
  const told = planApprovalTold(approval, request, deps.clock.now());
  return { passed: true, plan: [expect('approvals', approval), ...told], approvedBy: approval.decidedBy };
}

/** @throws CountersignError `stale` when what was approved is not what there is now. */
export async function requireUnchanged(deps: JobDeps, request: Request, approval: Approval): Promise<void> {
  for (const target of approval.targets) {
    if ((await deps.store.versionOf(target)) !== target.version) throw changed();
  }
  if (hashOf(request, approval) !== approval.contentHash) throw changed();
}

function hashOf(request: Request, approval: Pick<Approval, 'targets' | 'expiresAt'>): string {
  return approvalHash(
    {
      accountId: request.accountId,
      requestId: request.id,
      kind: request.kind,
      payload: request.payload,
      targets: approval.targets,
      expiresAt: approval.expiresAt,
    },
    sha256,
  );
}

const changed = () =>
  new CountersignError('stale', {
    userMessage:
      'What this was about has changed since it was asked for, so it was not carried out. Look at it and ask again.',
  });

/** What the guard of a site is about needs a person, whatever the key may do alone. */
const NEVER_BY_KEY_ALONE: ReadonlySet<Gate> = new Set(['four_eyes', 'issue_beyond']);

/**
 * Whether a key does this with nobody asked: somebody has agreed to that when it was made. One from a time when there
 * was nobody to ask is no way around those who are there now.
 */
async function actsAlone(deps: JobDeps, key: AccessKey, own: readonly Gate[], account: Account): Promise<boolean> {
  if (key.mode === 'asks' || own.some((gate) => NEVER_BY_KEY_ALONE.has(gate))) return false;
  return isAgreedTo(deps.store, key, account);
}

/** The key that asks; undefined for a person. That it may ask at all was decided before. */
async function keyOf(deps: JobDeps, request: Request): Promise<AccessKey | undefined> {
  const name = keyNameOf(request.actorId);
  if (name === undefined) return undefined;
  const key = await deps.store.accessKeyByName(request.accountId, name);
  if (!key) throw new CountersignError('not_authorized', { userMessage: 'This access key does not exist any more.' });
  return key;
}

const NOBODY_ELSE =
  'This needs a second person, and nobody but you could decide it. An administrator makes somebody an approver with `/mtls settings`; whom you made one yourself can decide on your requests after 24 hours.';
const NOBODY_FOR_KEY =
  'This needs a person, and nobody could decide it: whoever made this access key cannot, nor can those whom they made approvers within the last 24 hours. An administrator makes somebody an approver with `/mtls settings`.';

/** What one access key may have waiting: a program asks faster than people decide. */
const MOST_WAITING = 100;

/** @throws CountersignError `over_quota`. */
async function requireRoomToAsk(deps: JobDeps, { accountId, actorId }: Request): Promise<void> {
  const open = await deps.store.openRequestsOf(accountId, actorId, MOST_WAITING * 2);
  if (open.filter(({ state }) => state === 'waiting').length < MOST_WAITING) return;
  throw new CountersignError('over_quota', {
    userMessage: `This access key waits for decisions on ${MOST_WAITING} calls already, so nobody was asked about this one. Call again when people have decided.`,
  });
}

const DECIDED_WITHIN_MS = 24 * 60 * 60_000;

async function ask(
  deps: JobDeps,
  request: Request,
  gated: Gated,
  gates: readonly Gate[],
  key: AccessKey | undefined,
): Promise<void> {
  const { account, targets, card } = gated;
  const at = deps.clock.now();
  if (account.approvalChannel === null && deps.approvalChannel === undefined) {
    throw new CountersignError('four_eyes', {
      userMessage:
        'This needs a second person, and there is no approval channel to ask in. An administrator sets one with `/mtls settings`.',
    });
  }
  const onBehalfOf = key?.createdBy ?? null;
  const deciders = possibleDeciders(onBehalfOf ?? request.actorId, gated.grants, at);
  if (deciders.length === 0) {
    throw new CountersignError('four_eyes', {
      userMessage: key ? NOBODY_FOR_KEY : NOBODY_ELSE,
    });
  }
  if (key) await requireRoomToAsk(deps, request);
  // A program waits for seconds, and its request lives as long; people are given a day to decide, as for one another.
  const expiresAt = key ? new Date(at.getTime() + DECIDED_WITHIN_MS) : request.deadlineAt;
  const approval: Approval = {
    id: randomUUID(),
    accountId: account.id,
    requestId: request.id,
    purpose: 'decision',
    gate: gates.join(','),
    state: 'waiting',
    targets,
    contentHash: hashOf(request, { targets, expiresAt }),
    card,
    onBehalfOf,
    expiresAt,
    decidedBy: null,
    decidedAt: null,
    because: null,
    createdAt: at,
    version: 1,
  };
  const committed = await deps.store.commit([
    insert('approvals', approval),
    ...targets.map((target) => expect(target.table, target)),
    update('requests', request, { state: 'waiting', leaseUntil: null, deadlineAt: expiresAt }),
    ...events.approvalAsked({ accountId: account.id, actorId: request.actorId, at }, request, approval.gate),
    ...planApprovalTold(approval, request, at, deciders),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/**
 * Everything that tells of a request that somebody decides on: the card, the message of whoever asked, and the Home of
 * both sides.
 * @param deciders those who could decide, where it is known.
 */
export function planApprovalTold(
  approval: Pick<Approval, 'id' | 'accountId'>,
  request: Request,
  at: Date,
  deciders: readonly string[] = [],
): Plan {
  const wake = (subjectId: string, place: 'approval' | 'requester') =>
    wakeMessage({ id: randomUUID(), accountId: approval.accountId, subjectId, place, now: at });
  const requester = isPerson(request.actorId) ? [wake(request.id, 'requester')] : [];
  const homes = planHome(approval.accountId, [request.actorId, ...deciders], at);
  return [wake(approval.id, 'approval'), ...requester, ...homes];
}
