import { mention, moment } from '../slack/text.ts';
import type { Approval, Request, RoleGrant } from '../store/rows.ts';

export type Decision = 'approve' | 'deny' | 'acknowledge' | 'withdraw';

export type ApprovalDecision = { allowed: true } | { allowed: false; because: string };

/** Whoever was made approver by the requester more recently than this does not decide on their requests. */
export const FRESH_APPROVER_MS = 24 * 60 * 60_000;

/**
 * Whether this person may decide this now. Asked by the bot at the click and again by the worker.
 * @param click `grants`: of the account, with user groups turned into their members.
 */
export function decideApproval(
  approval: Approval,
  request: Pick<Request, 'actorId'>,
  click: { decision: Decision; actorId: string; grants: readonly RoleGrant[]; now: Date },
): ApprovalDecision {
  const refuse = (because: string): ApprovalDecision => ({ allowed: false, because });
  if (approval.state !== 'waiting') return refuse(`${decisionText(approval)} Nothing was changed now.`);
  if (click.now >= approval.expiresAt) return refuse('The time for this decision has passed. Nothing was changed.');
  if (click.decision === 'withdraw') {
    if (approval.purpose === 'acknowledgement') return refuse('This has been carried out and cannot be withdrawn.');
    return click.actorId === request.actorId
      ? { allowed: true }
      : refuse('Only the person who asked can withdraw this.');
  }
  if ((click.decision === 'acknowledge') !== (approval.purpose === 'acknowledgement')) {
    return refuse('This button does not belong to this request. Nothing was changed.');
  }
  if (click.actorId === request.actorId) return refuse('You asked for this. Somebody else has to decide.');
  if (click.actorId === approval.onBehalfOf) {
    return refuse('You made the API key that asked for this. Somebody else has to decide.');
  }
  const asApprover = click.grants.filter((grant) => grant.role === 'approver' && grant.userId === click.actorId);
  if (asApprover.length === 0) return refuse('Only approvers can decide this, and you are not one.');
  const asked = approval.onBehalfOf ?? request.actorId;
  if (asApprover.every((grant) => isFreshGrantOf(asked, grant, click.now))) {
    return refuse(
      `${mention(asked)} made you an approver less than 24 hours ago, so you cannot decide on their requests yet. Somebody else has to.`,
    );
  }
  return { allowed: true };
}

/** The people who could decide on this person's requests now. */
export function possibleDeciders(requesterId: string, grants: readonly RoleGrant[], now: Date): string[] {
  const possible = grants.filter(
    (grant) => grant.role === 'approver' && grant.userId !== requesterId && !isFreshGrantOf(requesterId, grant, now),
  );
  return [...new Set(possible.map((grant) => grant.userId))];
}

function isFreshGrantOf(requesterId: string, grant: RoleGrant, now: Date): boolean {
  const ageMs = now.getTime() - grant.grantedAt.getTime();
  return grant.grantedBy === requesterId && !grant.duringSetup && ageMs < FRESH_APPROVER_MS;
}

/** What became of it, by whom and when, as a sentence that ends with a full stop. */
export function decisionText(approval: Approval): string {
  const who = approval.decidedBy === null ? 'Nobody' : mention(approval.decidedBy);
  const when = approval.decidedAt === null ? '' : ` ${moment(approval.decidedAt)}`;
  switch (approval.state) {
    case 'waiting':
      return approval.purpose === 'decision'
        ? `Waiting for a decision until ${moment(approval.expiresAt)}.`
        : `Nobody has acknowledged it yet; it was asked for until ${moment(approval.expiresAt)}.`;
    case 'approved':
      return `Approved by ${who},${when}.`;
    case 'denied':
      return `Denied by ${who},${when}.`;
    case 'acknowledged':
      return `Acknowledged by ${who},${when}.`;
    case 'withdrawn':
      return `Withdrawn by ${who},${when}.`;
    case 'expired':
      return `Nobody decided in time: it expired,${when}.`;
    case 'overtaken':
      return `What it was about has changed in the meantime, so it came to nothing,${when}.`;
  }
}
