import { timingSafeEqual } from 'node:crypto';
import { isPerson } from '../../core/access/actor.ts';
import { type Decision, decideApproval, decisionText, possibleDeciders } from '../../core/approvals/decide.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest, type Outcome } from '../../core/requests/end.ts';
import { escapeText, mention } from '../../core/slack/text.ts';
import { expect, type Plan, update } from '../../core/store/plan.ts';
import type { Approval, Request } from '../../core/store/rows.ts';
import { planApprovalTold, requireUnchanged } from '../approvals/gate.ts';
import { decisionToken } from '../approvals/token.ts';
import type { JobDeps } from '../deps.ts';
import { requireActor, requirePerson } from './policy.ts';

const DECIDED = {
  approve: 'approved',
  deny: 'denied',
  acknowledge: 'acknowledged',
  withdraw: 'withdrawn',
} as const satisfies Record<Decision, Approval['state']>;

/** A request goes on for this long at least after it was approved, however late that came. */
const CARRIED_OUT_WITHIN_MS = 60 * 60_000;

/**
 * A person's decision on somebody's request. However many decide at once, and however often, one decision counts: the
 * approval's version lets one of them win, and the others are told what it was.
 */
export async function carryOutDecide(deps: JobDeps, click: RequestOf<'decide'>): Promise<void> {
  const { decision, because } = click.payload;
  // 1. What it is about.
  const approval = await deps.store.approval(click.payload.approvalId);
  const request = approval && (await deps.store.request(approval.requestId));
  if (!approval || !request || approval.accountId !== click.accountId) throw new CountersignError('not_found');

  // 2. Who decides, and with which button.
  const { grants, unchanged } =
    decision === 'withdraw'
      ? await requirePerson(deps, click.accountId, click.actorId)
      : await requireActor(deps, click.accountId, click.actorId, 'decide');
  if (decision !== 'withdraw') await requireGenuineButton(deps, approval, click.payload.button);
  const now = deps.clock.now();
  const allowed = decideApproval(approval, request, { decision, actorId: click.actorId, grants, now });
  if (!allowed.allowed) throw new CountersignError('stale', { userMessage: allowed.because });

  // 3. What is approved must still be what there is.
  const overtaken = decision === 'approve' && (await hasChanged(deps, request, approval));

  // 4. One transaction: the decision, what it means for the request, and everybody who is told.
  const state = overtaken ? 'overtaken' : DECIDED[decision];
  const decided: Approval = { ...approval, state, decidedBy: click.actorId, decidedAt: now };
  const message = overtaken ? decisionText(decided) : doneText(decision, request);
  const committed = await deps.store.commit([
    ...unchanged,
    update('approvals', approval, { state, decidedBy: click.actorId, decidedAt: now, because: because || null }),
    ...(state === 'approved' ? approval.targets.map((target) => expect(target.table, target)) : []),
    ...planConsequence(request, decided, because, now),
    endRequest(click, 'done', { code: `decision_${state}`, message }, now),
    ...events.approvalDecided({ accountId: click.accountId, actorId: click.actorId, at: now }, state, request, because),
    ...planApprovalTold(approval, request, now, possibleDeciders(approval.onBehalfOf ?? request.actorId, grants, now)),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

async function hasChanged(deps: JobDeps, request: Request, approval: Approval): Promise<boolean> {
  try {
    await requireUnchanged(deps, request, approval);
    return false;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'stale') return true;
    throw error;
  }
}

/**
 * The button must be the one on the card that was posted for this very content: nothing else can be pressed.
 * @throws CountersignError `slack_unavailable` while it is not known where the card is: its post was under way when the
 * worker ended, or its answer was lost. The decision waits until the card has been looked up.
 */
async function requireGenuineButton(
  deps: JobDeps,
  approval: Approval,
  button: RequestOf<'decide'>['payload']['button'],
): Promise<void> {
  const ours =
    button !== undefined &&
    equal(button.hash, approval.contentHash) &&
    equal(button.token, decisionToken(deps.keys, approval));
  const card = await deps.store.messageOf(approval.id, 'approval');
  if (ours && card?.attemptedAt && card.ts === null) {
    throw new CountersignError('slack_unavailable', {
      userMessage: 'Slack has not said yet where this card is. Your decision is tried again.',
    });
  }
  if (ours && card?.channel === button.channel && card.ts === button.ts) return;
  deps.logger.warn({ id: approval.id }, 'a button that was never drawn was pressed');
  throw new CountersignError('not_found', {
    userMessage: 'This button does not belong to a request that can be decided. Nothing was changed.',
  });
}

function equal(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function planConsequence(request: Request, approval: Approval, because: string, now: Date): Plan {
  const by = mention(approval.decidedBy ?? '');
  const end = (state: 'denied' | 'refused', outcome: Outcome) => [endRequest(request, state, outcome, now)];
  switch (approval.state) {
    case 'approved': {
      const atLeast = new Date(now.getTime() + CARRIED_OUT_WITHIN_MS);
      const deadlineAt = request.deadlineAt > atLeast ? request.deadlineAt : atLeast;
      return [update('requests', request, { state: 'recorded', nextAttemptAt: now, attempts: 0, deadlineAt })];
    }
    case 'denied':
      return end('denied', {
        code: 'denied',
        message: `${by} denied this${because === '' ? '' : `: “${escapeText(because)}”`}.`,
      });
    case 'withdrawn':
      return end('refused', { code: 'withdrawn', message: 'You withdrew this before it was decided.' });
    case 'overtaken':
      return end('refused', {
        code: 'stale',
        message:
          'What this was about changed before it was decided, so it was not carried out. Look at it and ask again.',
      });
    default:
      return [];
  }
}

function doneText(decision: Decision, request: Request): string {
  switch (decision) {
    case 'approve':
      return `You approved what ${mention(request.actorId)} asked for. It is being carried out.`;
    case 'deny':
      return `You denied what ${mention(request.actorId)} asked for. ${isPerson(request.actorId) ? 'They are told.' : 'Its next call is told.'}`;
    case 'acknowledge':
      return 'You acknowledged this.';
    case 'withdraw':
      return 'Your request is withdrawn.';
  }
}
