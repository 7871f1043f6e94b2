import { WebAPIPlatformError } from '@slack/web-api';
import { calling } from '../limit.ts';
import type { ActionHandler } from '../turn.ts';
import { buildIssueView } from '../views/issue.ts';
import { loadIssueChoices } from '../views/issue-choices.ts';
import { readIssueForm } from '../views/issue-form.ts';

/** Another method or validity was chosen in "Create Certificate": shows the fields that belong to it. */
export const changeIssue: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  const { accountId, userId } = turn.person;
  const form = readIssueForm(view);
  const renewal = { renewsId: form.renewsId, userId, now: deps.clock.now() };
  const choices = await loadIssueChoices(deps.store, accountId, renewal);
  const updated = turn.client.views.update({ view_id: view.id, hash: view.hash, view: buildIssueView(choices, form) });
  await calling(updated).catch((error: unknown) => {
    // A later choice was faster, or the form is closed; what is still missing then is asked for on submission.
    const code = error instanceof WebAPIPlatformError ? error.data.error : undefined;
    if (code !== 'hash_conflict' && code !== 'not_found') throw error;
  });
};
