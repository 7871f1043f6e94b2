import { requireRole } from '../../../core/access/access.ts';
import { MAX_DAYS } from '../../../core/ca/profile.ts';
import { CountersignError } from '../../../core/errors.ts';
import { settingsInForce } from '../../../core/settings/in-force.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { formOf } from './form.ts';
import type { SettingsModel } from './model.ts';

/**
 * What "Settings" shows, for somebody who may change them now.
 * @throws CountersignError `not_authorized`.
 */
export async function loadSettings(deps: BotDeps, person: Person): Promise<{ caller: Caller; model: SettingsModel }> {
  const [caller, workspace] = await Promise.all([loadCaller(deps, person), deps.workspaceGroups()]);
  requireRole(caller.roles, 'settings', caller.administrators);
  const { accountId, given, administrators } = caller;
  const [account, sites] = await reading(Promise.all([deps.store.account(accountId), deps.store.sites(accountId)]));
  const { auditChannel, approvalChannel, publicUrl } = deps.config;
  const inForce = settingsInForce({ account, given, administrators, sites, auditChannel, approvalChannel });
  const approvers = caller.grants.filter(({ role }) => role === 'approver').map(({ userId }) => userId);
  return {
    caller,
    model: {
      opened: formOf(inForce),
      version: account?.version ?? 0,
      maxValidityDays: account?.maxValidityDays ?? MAX_DAYS,
      sites: sites.map(({ id, name }) => ({ id, name })),
      workspace,
      approvers: new Set(approvers).size,
      linksPossible: publicUrl !== undefined,
    },
  };
}

/**
 * A form is about the settings it was opened with: what it does not show is taken from them.
 * @throws CountersignError `stale` when they have been changed since.
 */
export function requireSameSettings(seenVersion: number, { version }: SettingsModel): void {
  // Making the account's row changes nothing that a form opened before it could have shown.
  if (seenVersion === version || (seenVersion === 0 && version === 1)) return;
  throw new CountersignError('stale', {
    userMessage: 'Somebody else has changed the settings meanwhile. Open them again: nothing of yours was saved.',
  });
}
