import { DAYS_PER_YEAR, MAX_DAYS } from '../../core/ca/profile.ts';
import type { Store } from '../../core/store/store.ts';
import { reading } from '../limit.ts';
import type { IssueChoices } from './issue.ts';

/** What "Create Certificate" offers in this account now. */
export async function loadIssueChoices(store: Store, accountId: string): Promise<IssueChoices> {
  const [sites, account] = await reading(Promise.all([store.sites(accountId), store.account(accountId)]));
  return {
    sites: sites.filter((site) => site.state === 'active').map(({ id, name }) => ({ id, name })),
    defaultDays: account?.defaultValidityDays ?? DAYS_PER_YEAR,
    maxDays: account?.maxValidityDays ?? MAX_DAYS,
  };
}
