import { DAYS_PER_YEAR, MAX_DAYS } from '../../../core/ca/profile.ts';
import type { Store } from '../../../core/store/store.ts';
import { reading } from '../../limit.ts';
import { secondPersonFor } from '../second-person.ts';
import { loadRenewal } from './load-renewal.ts';
import type { IssueChoices } from './view.ts';

/**
 * What "Create Certificate" offers in this account now.
 * @param renewal what is to be renewed; undefined for a new certificate.
 * @throws CountersignError `stale` or `no_site` when that cannot be renewed.
 */
export async function loadIssueChoices(
  store: Store,
  accountId: string,
  renewal?: { renewsId: string | undefined; userId: string; now: Date },
): Promise<IssueChoices> {
  const [sites, account, given] = await reading(
    Promise.all([store.sites(accountId), store.account(accountId), store.roles(accountId)]),
  );
  const active = sites.filter((site) => site.state === 'active').map(({ id, name }) => ({ id, name }));
  const { renewsId } = renewal ?? {};
  return {
    sites: active,
    defaultDays: account?.defaultValidityDays ?? DAYS_PER_YEAR,
    maxDays: account?.maxValidityDays ?? MAX_DAYS,
    secondPerson: secondPersonFor(account, given, sites),
    ...(renewal && renewsId !== undefined
      ? { renewal: await loadRenewal(store, active, { ...renewal, renewsId, accountId }) }
      : {}),
  };
}
