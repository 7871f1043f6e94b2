import type { Account, RoleGrant } from '../store/rows.ts';
import type { Gate } from './gates.ts';

/** Who holds roles in an account. */
export type RoleHolders = {
  /** Of people: grants to user groups have been turned into grants to their members. */
  grants: readonly RoleGrant[];
  /** As they were given, to people and to user groups. */
  given: readonly RoleGrant[];
};

export type GateDecision =
  | { needed: true }
  /** `setup`: one person alone holds roles. The others: an administrator has switched it off. */
  | { needed: false; because: 'setup' | 'four_eyes_off' | 'open_gate' };

/** Whether somebody else has to decide before this is done (DESIGN section 8). */
export function decideGate(
  gates: readonly Gate[],
  account: Pick<Account, 'fourEyes' | 'openGates'>,
  holders: RoleHolders,
): GateDecision {
  if (isSettingUp(holders)) return { needed: false, because: 'setup' };
  if (!account.fourEyes && mayBeOff(holders)) return { needed: false, because: 'four_eyes_off' };
  const closed = gates.filter((gate) => !account.openGates.includes(gate));
  return closed.length > 0 ? { needed: true } : { needed: false, because: 'open_gate' };
}

/**
 * The first set-up is exempt until two hold roles: there is nobody else to ask. What counts is what was given, so that
 * nobody gets back to here by emptying a user group in Slack, and the first administrators of the configuration, who
 * hold nothing yet, can make the first save.
 */
export function isSettingUp({ given }: Pick<RoleHolders, 'given'>): boolean {
  return new Set(given.map((grant) => grant.userId)).size < 2;
}

/** Four eyes may be off only with fewer than two approvers; as soon as there are two, they are on whatever was set. */
export function mayBeOff({ grants }: Pick<RoleHolders, 'grants'>): boolean {
  return new Set(grants.filter((grant) => grant.role === 'approver').map((grant) => grant.userId)).size < 2;
}
