import { mayDo } from '../../../core/access/access.ts';
import { decideGate } from '../../../core/approvals/policy.ts';
import { evidenceOf, evidenceText } from '../../../core/inventory/evidence.ts';
import { refuseUnlessRevocable } from '../../../core/revocation/revocable.ts';
import type { Account, Certificate } from '../../../core/store/rows.ts';
import { loadOwnOrAllowed } from '../../certificate.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Caller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import type { RevokeChoices } from './fields.ts';
import { readRevokeForm } from './form.ts';
import { approvalSentence, buildRevokeView } from './view.ts';

/** *Revoke* on a list, a certificate, the Home or a message; the value is the certificate's id. */
export const clickRevoke: ActionHandler = (deps, turn) => openRevoke(deps, turn, turn.value);

/** Opens "Revoke" for one certificate. What has been replaced by another is offered as superseded. */
export async function openRevoke(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  certificateId: string,
): Promise<void> {
  const { certificate, choices } = await loadRevocable(deps, turn.person, certificateId);
  const successor = await reading(deps.store.successorOf(certificate.id));
  const reason = successor === undefined ? undefined : ('superseded' as const);
  const empty = { since: undefined, because: '', confirmed: false, suspendNow: false, breakGlass: false };
  await openView(turn, buildRevokeView(certificate, choices, { reason, ...empty }));
}

/** Another reason was chosen in "Revoke": shows the fields that belong to it. */
export async function redrawRevoke(deps: BotDeps, person: Person, view: SubmittedView) {
  const { certificate, choices } = await loadRevocable(deps, person, view.privateMetadata);
  return buildRevokeView(certificate, choices, readRevokeForm(view));
}

/** @throws CountersignError saying why this person cannot revoke it, or that there is nothing to revoke. */
export async function loadRevocable(
  deps: BotDeps,
  person: Person,
  certificateId: string,
): Promise<{ caller: Caller; certificate: Certificate; choices: RevokeChoices }> {
  const { caller, certificate } = await loadOwnOrAllowed(deps, person, certificateId, 'revoke');
  const now = deps.clock.now();
  refuseUnlessRevocable(certificate, now);
  const evidence = await reading(evidenceOf(deps.store, caller.accountId, [certificate.id], now));
  const used = evidence.get(certificate.id);
  const account = await reading(deps.store.account(caller.accountId));
  const choices = {
    ...choicesOf(caller, account),
    canSuspend: certificate.state === 'active',
    maySuspendAlone: certificate.state === 'active',
    many: false,
    evidence: used ? evidenceText(used) : '',
  };
  return { caller, certificate, choices };
}

/** What the account and the person decide about any revocation. */
export function choicesOf(
  caller: Caller,
  account: Account | undefined,
): Pick<RevokeChoices, 'approval' | 'mayBreakGlass'> {
  const policy = account ?? { fourEyes: true, openGates: [] };
  const gate = decideGate(['revoke'], policy, caller);
  return { approval: approvalSentence(gate), mayBreakGlass: gate.needed && mayDo(caller.roles, 'break_glass') };
}
