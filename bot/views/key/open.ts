import { requireRole } from '../../../core/access/access.ts';
import { KEY_NAME } from '../../../core/access/key.ts';
import type { Site } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, OptionsHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { buildKeyView, MOST_KEY_SITES, siteOption } from './view.ts';

/** `/mtls key create [name]`, and the button of the list: for administrators. */
export async function openKeyCreate(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  typed: string,
): Promise<void> {
  const caller = await loadKeyCaller(deps, turn.person);
  const name = typed.trim().toLowerCase();
  const sites = await activeSites(deps, caller);
  await openView(turn, buildKeyView(sites, KEY_NAME.test(name) ? name : ''));
}

export const clickOpenKeyCreate: ActionHandler = (deps, turn) => openKeyCreate(deps, turn, '');

/** The sites that fit what was typed, where there are too many for a plain menu. */
export const suggestKeySites: OptionsHandler = async (deps, { person, typed }) => {
  const sites = await activeSites(deps, await loadKeyCaller(deps, person));
  const wanted = typed.trim().toLowerCase();
  return sites
    .filter(({ name }) => name.includes(wanted))
    .slice(0, MOST_KEY_SITES)
    .map(siteOption);
};

/** @throws CountersignError `not_authorized` for everybody but administrators. */
export async function loadKeyCaller(deps: BotDeps, person: Person): Promise<Caller> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'access_keys', caller.administrators);
  return caller;
}

export async function activeSites(deps: BotDeps, { accountId }: Pick<Caller, 'accountId'>): Promise<Site[]> {
  return (await reading(deps.store.sites(accountId))).filter(({ state }) => state === 'active');
}
