import { randomUUID } from 'node:crypto';
import { requireRole } from '../../../core/access/access.ts';
import { checkCommonName } from '../../../core/ca/profile.ts';
import type { CountersignError } from '../../../core/errors.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { WAITING_MS } from '../../../core/requests/showing.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { Submission, SubmissionAnswer } from '../../turn.ts';
import { collectErrors, refuseField } from '../field-errors.ts';
import { isBeyond } from '../second-person.ts';
import { loadIssueChoices } from './choices.ts';
import { ISSUE_BLOCKS as BLOCKS, CUSTOM, type IssueForm, readIssueForm, showsWhatItNeeds } from './form.ts';
import { checkOwnCsr, csrBlock } from './own-csr.ts';
import { buildRecordedView, type CheckedIssue } from './recorded.ts';
import { buildIssueView, type IssueChoices } from './view.ts';

/** A submitted "Create Certificate": checked again in full, recorded, and only then acknowledged. */
export async function submitIssue(deps: BotDeps, { person, view }: Submission): Promise<SubmissionAnswer> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'issue', caller.administrators);
  const form = readIssueForm(view);
  const renewal = { renewsId: form.renewsId, userId: caller.userId, now: deps.clock.now() };
  const choices = await loadIssueChoices(deps.store, caller.accountId, renewal);
  if (!showsWhatItNeeds(view, form)) return { response_action: 'update', view: buildIssueView(choices, form) };

  const checked = await checkForm(deps, caller, choices, form);
  if ('errors' in checked) return { response_action: 'errors', errors: replyFieldErrors(checked.errors) };
  await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'issue',
    payload: checked.payload,
    // A view is submitted once; whatever comes again with its id is the same submission.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + WAITING_MS),
  });
  return { response_action: 'update', view: buildRecordedView(checked) };
}

async function checkForm(
  deps: BotDeps,
  caller: Caller,
  choices: IssueChoices,
  form: IssueForm,
): Promise<CheckedIssue | { errors: ReadonlyMap<string, CountersignError> }> {
  const { errors, check } = collectErrors();
  const { renewal } = choices;
  const site = await check(BLOCKS.site, async () => {
    if (renewal) return renewal.site;
    const found = form.site && (await reading(deps.store.site(caller.accountId, form.site.id)));
    if (found?.state === 'active') return found;
    return refuseField('This site is not active any more. Choose another one.');
  });
  const name = await check(BLOCKS.name, () => renewal?.certificate.name ?? checkCommonName(form.name));
  const own =
    form.method === 'csr' && site
      ? await check(csrBlock(form), () => checkOwnCsr(deps, caller, site.name, form))
      : undefined;
  const block = form.validity === CUSTOM ? BLOCKS.days : BLOCKS.validity;
  const validityDays = await check(block, () => checkDays(form, choices.maxDays));
  if (!site || name === undefined || validityDays === undefined || (form.method === 'csr' && !own)) return { errors };

  const renews = renewal ? { renewsId: renewal.certificate.id } : {};
  const common = { siteId: site.id, name, validityDays, ...renews };
  return {
    siteName: site.name,
    beyond: isBeyond(choices.secondPerson, site.id, validityDays),
    notices: own?.notices ?? [],
    payload: own ? { method: 'csr', csr: own.csr, ...common } : { method: 'system', keyType: form.keyType, ...common },
  };
}

function checkDays(form: IssueForm, maxDays: number): number {
  const typed = (form.validity === CUSTOM ? form.days : form.validity).trim();
  const count = /^\d{1,6}$/.test(typed) ? Number(typed) : 0;
  if (count >= 1 && count <= maxDays) return count;
  return refuseField(`Give a whole number of days from 1 to ${maxDays}.`);
}
