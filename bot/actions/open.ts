import { mayDo } from '../../core/access/access.ts';
import { buildSiteList, loadSites } from '../commands/site-list.ts';
import type { ActionHandler } from '../turn.ts';
import { openIssue } from '../views/issue/open.ts';
import { openSettings } from '../views/settings/open.ts';

/** The buttons of help and Home; each does what the command of its name does. */
export const clickOpenIssue: ActionHandler = (deps, turn) => openIssue(deps, turn, turn.value || undefined);

export const clickOpenSettings: ActionHandler = (deps, turn) => openSettings(deps, turn);

export const clickOpenSites: ActionHandler = async (deps, turn) => {
  const { caller, sites } = await loadSites(deps, turn.person);
  await turn.tell(buildSiteList(sites, mayDo(caller.roles, 'site_add')));
};
