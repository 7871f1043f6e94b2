import type { Store } from '../store/store.ts';

/**
 * The names of these sites of the account, in the order of the names; null for all sites. One that is not the account's
 * is left out.
 */
export async function siteNamesOf(
  store: Pick<Store, 'site'>,
  accountId: string,
  siteIds: readonly string[] | null,
): Promise<readonly string[] | null> {
  if (siteIds === null) return null;
  const sites = await Promise.all(siteIds.map((id) => store.site(accountId, id)));
  return sites
    .map((site) => site?.name)
    .filter((name) => name !== undefined)
    .sort();
}
