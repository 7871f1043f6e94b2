import { type Action, mayDo } from '../../core/access/access.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { OptionsHandler } from '../turn.ts';
import { loadIssueChoices } from '../views/issue/choices.ts';
import { siteOption } from '../views/issue/view.ts';
import { ANY_SITE_OPTION } from '../views/list/fields.ts';
import { loadListCaller } from '../views/list/load.ts';

const MOST_OPTIONS = 100;

/** The sites that fit what was typed, those that begin with it first. */
export const suggestSites: OptionsHandler = async (deps, { person, typed }) => {
  const caller = await loadCaller(deps, person);
  if (!mayDo(caller.roles, 'issue')) return [];
  const { sites } = await loadIssueChoices(deps.store, person.accountId);
  return fitting(sites, typed).slice(0, MOST_OPTIONS).map(siteOption);
};

/** The same for those with which this person may do something else. */
const suggestActiveSites =
  (action: Action): OptionsHandler =>
  async (deps, { person, typed }) => {
    const caller = await loadCaller(deps, person);
    if (!mayDo(caller.roles, action)) return [];
    const sites = (await reading(deps.store.sites(person.accountId))).filter(({ state }) => state === 'active');
    return fitting(sites, typed).slice(0, MOST_OPTIONS).map(siteOption);
  };

export const suggestBindSites = suggestActiveSites('bind');
export const suggestRuleSites = suggestActiveSites('rules');
export const suggestUploadSites = suggestActiveSites('ca_upload');

/** The same for the list, which can be about all of them. */
export const suggestListSites: OptionsHandler = async (deps, { person, typed }) => {
  const { sites } = await loadListCaller(deps, person);
  const found = fitting(sites, typed).slice(0, MOST_OPTIONS - 1);
  return [ANY_SITE_OPTION, ...found.map(siteOption)];
};

function fitting<S extends { name: string }>(sites: readonly S[], typed: string): S[] {
  const wanted = typed.trim().toLowerCase();
  const begins = (name: string) => (name.startsWith(wanted) ? 0 : 1);
  return sites.filter((site) => site.name.includes(wanted)).sort((a, b) => begins(a.name) - begins(b.name));
}
