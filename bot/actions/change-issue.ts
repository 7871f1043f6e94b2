import type { ActionHandler } from '../turn.ts';
import { loadIssueChoices } from '../views/issue/choices.ts';
import { readIssueForm } from '../views/issue/form.ts';
import { buildIssueView } from '../views/issue/view.ts';
import { redrawView } from '../views/open-view.ts';

/** Another method or validity was chosen in "Create Certificate": shows the fields that belong to it. */
export const changeIssue: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  const { accountId, userId } = turn.person;
  const form = readIssueForm(view);
  const renewal = { renewsId: form.renewsId, userId, now: deps.clock.now() };
  const choices = await loadIssueChoices(deps.store, accountId, renewal);
  await redrawView(turn, view, buildIssueView(choices, form));
};
