import { mayDo } from '../../core/access/access.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { OptionsHandler } from '../turn.ts';
import { siteOption } from '../views/issue.ts';
import { loadIssueChoices } from '../views/issue-choices.ts';

const MOST_OPTIONS = 100;

/** The sites that fit what was typed, those that begin with it first. */
export const suggestSites: OptionsHandler = async (deps, { person, typed }) => {
  const caller = await loadCaller(deps, person);
  if (!mayDo(caller.roles, 'issue')) return [];
  const { sites } = await loadIssueChoices(deps.store, person.accountId);
  const wanted = typed.trim().toLowerCase();
  const fitting = sites.filter((site) => site.name.includes(wanted));
  const begins = (name: string) => (name.startsWith(wanted) ? 0 : 1);
  return fitting
    .sort((a, b) => begins(a.name) - begins(b.name))
    .slice(0, MOST_OPTIONS)
    .map(siteOption);
};
