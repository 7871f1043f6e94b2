import { requireRole } from '../../../core/access/access.ts';
import { CONTRACTS } from '../../../core/requests/contracts.ts';
import type { Request } from '../../../core/store/rows.ts';
import { reading } from '../../limit.ts';
import { loadCaller } from '../../middleware/caller.ts';
import type { ActionHandler } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { validityOptions } from '../validity.ts';
import { loadIssueChoices } from './choices.ts';
import { CUSTOM, type IssueForm } from './form.ts';
import { buildIssueView, type IssueChoices } from './view.ts';

/**
 * *Renew* on a list, a certificate, the Home or a reminder; the value is the certificate's id. Opens the form of a new
 * certificate with what was asked for the last time. A renewal is a certificate like any other, so it takes the role
 * for issuing one, also from its owner: whoever lost the role gets no new certificates.
 */
export const clickRenew: ActionHandler = async (deps, turn) => {
  const caller = await loadCaller(deps, turn.person);
  requireRole(caller.roles, 'issue', caller.administrators);
  const renewal = { renewsId: turn.value.slice(0, 64), userId: caller.userId, now: deps.clock.now() };
  const choices = await loadIssueChoices(deps.store, caller.accountId, renewal);
  const certificate = await reading(deps.store.certificate(renewal.renewsId));
  const issue = certificate && (await reading(deps.store.request(certificate.requestId)));
  await openView(turn, buildIssueView(choices, formOf(issue, choices, renewal.renewsId)));
};

function formOf(issue: Request | undefined, choices: IssueChoices, renewsId: string): IssueForm {
  const asked = CONTRACTS.issue.safeParse(issue?.payload).data;
  const days = String(Math.min(asked?.validityDays ?? choices.defaultDays, choices.maxDays));
  const offered = validityOptions(choices.maxDays, choices.defaultDays).some(({ value }) => value === days);
  return {
    site: undefined,
    name: '',
    // An API key that issued it used a key of its own making, as *Own CSR* does.
    method: asked?.method === 'system' || asked === undefined ? 'system' : 'csr',
    csr: '',
    keyType: asked?.method === 'system' ? asked.keyType : 'ec-p256',
    validity: offered ? days : CUSTOM,
    days: offered ? '' : days,
    renewsId,
  };
}
