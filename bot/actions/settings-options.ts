import { mayDo } from '../../core/access/access.ts';
import { reading } from '../limit.ts';
import { loadCaller } from '../middleware/caller.ts';
import type { OptionsHandler } from '../turn.ts';
import { choice } from '../views/settings/input.ts';
import { groupOption } from '../views/settings/roles.ts';

/** A menu takes no more at a time (Slack: block_suggestion). */
const MOST_OPTIONS = 100;

/** The user groups whose handle or name has what was typed in it. */
export const suggestGroups: OptionsHandler = async (deps, { person, typed }) => {
  const caller = await loadCaller(deps, person);
  if (!mayDo(caller.roles, 'settings')) return [];
  const { groups } = await deps.workspaceGroups();
  const wanted = typed.trim().toLowerCase().replace(/^@/, '');
  return groups
    .filter(({ handle, name }) => `${handle} (${name})`.toLowerCase().includes(wanted))
    .slice(0, MOST_OPTIONS)
    .map(groupOption);
};

/** The sites that can be guarded, where there are too many for a plain menu. */
export const suggestGuardedSites: OptionsHandler = async (deps, { person, typed }) => {
  const caller = await loadCaller(deps, person);
  if (!mayDo(caller.roles, 'settings')) return [];
  const sites = await reading(deps.store.sites(person.accountId));
  const wanted = typed.trim().toLowerCase();
  return sites
    .filter(({ name }) => name.includes(wanted))
    .slice(0, MOST_OPTIONS)
    .map(({ id, name }) => choice(name, id));
};
