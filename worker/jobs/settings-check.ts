import { imaginedGrant, isGroup } from '../../core/access/groups.ts';
import { possibleDeciders } from '../../core/approvals/decide.ts';
import { decideGate, mayBeOff } from '../../core/approvals/policy.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { gatesOf, type SettingsChange } from '../../core/settings/changes.ts';
import type { Settings } from '../../core/settings/in-force.ts';
import type { Plan } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';
import type { Actor } from './policy.ts';

/**
 * The settings as they will be, with a notice (beginning with a space) about what is not as it was asked for.
 * @throws CountersignError `invalid_input` or `precondition`, saying what to do instead.
 */
export async function checkSettings(
  deps: JobDeps,
  { account, grants }: Actor,
  before: Settings,
  wished: Settings,
): Promise<{ after: Settings; notice: string }> {
  if (wished.defaultValidityDays > account.maxValidityDays) {
    throw new CountersignError('invalid_input', {
      userMessage: `The default validity can be ${account.maxValidityDays} days at most.`,
    });
  }
  if (wished.keyDelivery === 'link' && before.keyDelivery !== 'link' && deps.publicUrl === undefined) {
    throw new CountersignError('invalid_input', {
      userMessage: 'Keys cannot be delivered by links here, because `PUBLIC_URL` is not configured. Nothing was saved.',
    });
  }
  if (wished.administrators.every(isGroup)) {
    throw new CountersignError('invalid_input', {
      userMessage:
        'At least one administrator must be chosen as a person: anybody who can edit a user group in Slack could empty it, and then there would be no administrator.',
    });
  }
  const approvers = wished.approvers.map((holder) => imaginedGrant(account.id, holder, 'approver'));
  const enough = !mayBeOff({ grants: await deps.groups.expand(approvers) });
  if (before.fourEyes && !wished.fourEyes && (enough || !mayBeOff({ grants }))) {
    throw new CountersignError('four_eyes', {
      userMessage: 'Four eyes can be switched off only while fewer than two people are approvers. Nothing was saved.',
    });
  }
  // Off is for want of people. It must not come back by itself when one of them leaves.
  if (!wished.fourEyes && enough) {
    return { after: { ...wished, fourEyes: true }, notice: ' Two people can decide now, so four eyes are on again.' };
  }
  return { after: wished, notice: '' };
}

/**
 * Switching four eyes off, by itself, where nobody but the requester could decide about it: an approver who has left
 * the company would otherwise be the end of every change. The audit channel is told.
 * @throws CountersignError `four_eyes` for every other change in that situation, which says what to do first.
 */
export async function passAloneWhereNobodyIsLeft(
  deps: JobDeps,
  request: RequestOf<'settings'>,
  { account, grants, given }: Actor,
  changes: readonly SettingsChange[],
): Promise<{ passed: true; plan: Plan } | undefined> {
  const gates = gatesOf(changes);
  if (!decideGate(gates, account, { grants, given }).needed) return undefined;
  if (await deps.store.approvalOfRequest(request.id)) return undefined;
  for (const decider of possibleDeciders(request.actorId, grants, deps.clock.now())) {
    if (await isMember(deps, account.id, decider)) return undefined;
  }
  const offAlone = account.fourEyes && gates.join() === 'four_eyes' && gatedFields(changes) === 'fourEyes';
  if (offAlone) {
    const who = { accountId: account.id, actorId: request.actorId, at: deps.clock.now() };
    return { passed: true, plan: events.approvalSkipped(who, request, 'four_eyes', 'nobody_to_ask') };
  }
  throw new CountersignError('four_eyes', {
    userMessage:
      'This needs a second person, and nobody but you could decide about it at present. While fewer than two people are approvers you can switch four eyes off, by itself, and then make this change; the audit channel sees both. Whom you made approver yourself can decide about your requests after 24 hours.',
  });
}

const gatedFields = (changes: readonly SettingsChange[]) =>
  changes
    .filter(({ gate }) => gate !== null)
    .map(({ field }) => field)
    .join();

async function isMember(deps: JobDeps, accountId: string, userId: string): Promise<boolean> {
  try {
    await deps.people.requireMember(accountId, userId);
    return true;
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'not_authorized') return false;
    throw error;
  }
}
