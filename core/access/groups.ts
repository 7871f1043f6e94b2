import type { Role, RoleGrant } from '../store/rows.ts';

/**
 * A role may be granted to a user group of Slack. Groups are turned into their members once, where the grants are read,
 * so that every decision after that is about people.
 */

/** Whether a grant's holder is a user group: Slack's ids of groups begin with `S`, those of people with `U` or `W`. */
export function isGroup(holderId: string): boolean {
  return holderId.startsWith('S');
}

/** The groups that hold a role, each once. */
export function groupsOf(grants: readonly Pick<RoleGrant, 'userId'>[]): string[] {
  return [...new Set(grants.map((grant) => grant.userId).filter(isGroup))];
}

/**
 * The grants with each one to a group replaced by one for each member. Who gave the role, when, and whether during the
 * set-up stays what it was for the group: whoever made a group approver has made each of its members one.
 * @param membersOf of a group that is gone or switched off: nobody.
 */
export function expandGroups(
  grants: readonly RoleGrant[],
  membersOf: (groupId: string) => readonly string[],
): RoleGrant[] {
  return grants.flatMap((grant) =>
    isGroup(grant.userId)
      ? [...new Set(membersOf(grant.userId))].map((userId) => ({ ...grant, id: `${grant.id}:${userId}`, userId }))
      : [grant],
  );
}

/** A grant to ask or count by, which is never written: it was given by nobody. */
export function imaginedGrant(accountId: string, userId: string, role: Role): RoleGrant {
  return { id: userId, accountId, userId, role, grantedBy: '', grantedAt: new Date(0), duringSetup: false };
}

/** What Slack answers for a group without members: one that is gone, or on a plan that has no groups (any more). */
export const NO_MEMBERS = /^(no_such_subteam|plan_upgrade_required)$/;

export const GROUPS_SILENT =
  'A user group has a role here, and Slack did not say who is in it. Nothing was done. Try again in a moment.';
export const GROUPS_SCOPE =
  'A user group has a role here, and the Slack app may not read who is in it: it lacks the scope `usergroups:read`. Tell whoever runs Countersign.';
