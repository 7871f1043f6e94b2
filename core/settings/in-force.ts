import { DAYS_PER_YEAR, LONG_VALIDITY_DAYS } from '../ca/profile.ts';
import { UPLOADED_LIMIT } from '../ca/uploaded/limit.ts';
import { REMINDER_DAYS } from '../renewal/due.ts';
import type { Payload } from '../requests/contracts.ts';
import type { Account, Role, RoleGrant, Site } from '../store/rows.ts';

/** Everything that `/mtls settings` shows and changes, in the shape in which it is asked for. */
export type Settings = Omit<Payload<'settings'>, 'seenVersion'>;

/** The lists of role holders, with the role of each. */
export const ROLE_LISTS = {
  administrators: 'administrator',
  operators: 'operator',
  approvers: 'approver',
  viewers: 'viewer',
} as const satisfies Record<string, Role>;
export type RoleList = keyof typeof ROLE_LISTS;
export const ROLE_LIST_NAMES = Object.keys(ROLE_LISTS) as RoleList[];

/**
 * The settings in force.
 * @param facts `given`: the grants as they were given, with groups as groups. `administrators`: those in force, which
 *   are shown while nobody has been made one. `sites`: those of the account. The channels are those of the
 *   configuration, for an account that has set none.
 */
export function settingsInForce(facts: {
  account: Account | undefined;
  given: readonly RoleGrant[];
  administrators: readonly string[];
  sites: readonly Site[];
  auditChannel: string | undefined;
  approvalChannel: string | undefined;
}): Settings {
  const { account, given } = facts;
  const having = (role: Role) => given.filter((grant) => grant.role === role).map((grant) => grant.userId);
  const administrators = having('administrator');
  return {
    administrators: administrators.length > 0 ? administrators : [...facts.administrators],
    operators: having('operator'),
    approvers: having('approver'),
    viewers: having('viewer'),
    auditChannel: account?.auditChannel ?? facts.auditChannel ?? null,
    approvalChannel: account?.approvalChannel ?? facts.approvalChannel ?? null,
    defaultValidityDays: account?.defaultValidityDays ?? DAYS_PER_YEAR,
    longValidityDays: account?.longValidityDays ?? LONG_VALIDITY_DAYS,
    fourEyes: account?.fourEyes ?? true,
    openGates: [...(account?.openGates ?? [])] as Settings['openGates'],
    guardedSites: facts.sites.filter((site) => site.guarded).map((site) => site.id),
    keyDelivery: account?.keyDelivery ?? 'message',
    reminderDays: [...(account?.reminderDays ?? REMINDER_DAYS)],
    uploadedLimit: account?.uploadedLimit ?? UPLOADED_LIMIT,
  };
}
