import { isGroup } from '../../core/access/groups.ts';
import { beyondPolicy } from '../../core/approvals/beyond.ts';
import type { Account, RoleGrant } from '../../core/store/rows.ts';

/** For which certificates somebody else will be asked, as far as the form can say it beforehand. */
export type SecondPerson = {
  /** Longer than so many days. */
  longDays: number;
  guardedSiteIds: readonly string[];
};

/**
 * What the form says about a second person; undefined when nobody is asked. The worker decides, with groups turned into
 * their members; here a group counts as many, which nobody has to wait for.
 */
export function secondPersonFor(
  account: Account | undefined,
  given: readonly Pick<RoleGrant, 'userId'>[],
  sites: readonly { id: string; guarded: boolean }[],
): SecondPerson | undefined {
  if (!account?.fourEyes || account.openGates.includes('issue_beyond')) return undefined;
  const holders = new Set(given.map(({ userId }) => userId));
  if (holders.size < 2 && ![...holders].some(isGroup)) return undefined;
  return {
    longDays: account.longValidityDays,
    guardedSiteIds: sites.filter(({ guarded }) => guarded).map(({ id }) => id),
  };
}

/** Whether somebody else is asked about a certificate of this site and length. */
export function isBeyond(second: SecondPerson | undefined, siteId: string, validityDays: number): boolean {
  if (second === undefined) return false;
  const site = { guarded: second.guardedSiteIds.includes(siteId) };
  return beyondPolicy({ longValidityDays: second.longDays }, site, validityDays).length > 0;
}
