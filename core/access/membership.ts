import type { RoleGrant } from '../store/rows.ts';
import { expandGroups, groupsOf } from './groups.ts';

/** Who is in a user group now, as Slack says; nobody when it is gone or switched off. */
export type AskMembers = (groupId: string) => Promise<readonly string[]>;

export type Membership = {
  /**
   * The grants of an account with groups turned into their members. Asks nobody, and so waits for nobody, where no
   * group holds a role.
   * @throws whatever `ask` throws: without an answer nobody is taken for a member, or for none.
   */
  expand(grants: readonly RoleGrant[]): Promise<RoleGrant[]>;
  /** Slack has said that this group has changed. */
  forget(groupId: string): void;
};

/** Group ids are unique in all of Slack; so many are remembered before all are asked for again. */
const MOST_REMEMBERED = 10_000;

/**
 * Remembers members for a short while. Whoever comes while a question is on its way waits for its answer; an answer to
 * a question from before a change is not remembered beyond it.
 * @param nowMs a clock in milliseconds.
 * @param freshMs how long an answer counts (at most 60 s: so long a removed member may still act).
 */
export function makeMembership(ask: AskMembers, nowMs: () => number, freshMs: number): Membership {
  const known = new Map<string, { at: number; members: Promise<readonly string[]> }>();
  const members = (groupId: string) => {
    const cached = known.get(groupId);
    if (cached && nowMs() - cached.at < freshMs) return cached.members;
    if (known.size >= MOST_REMEMBERED) known.clear();
    // Fresh from when it was asked, not from when it was answered.
    const asked = { at: nowMs(), members: ask(groupId) };
    known.set(groupId, asked);
    asked.members.catch(() => {
      if (known.get(groupId) === asked) known.delete(groupId);
    });
    return asked.members;
  };
  return {
    async expand(grants) {
      const groups = groupsOf(grants);
      if (groups.length === 0) return [...grants];
      const found = new Map(await Promise.all(groups.map(async (id) => [id, await members(id)] as const)));
      return expandGroups(grants, (groupId) => found.get(groupId) ?? []);
    },
    forget: (groupId) => void known.delete(groupId),
  };
}
