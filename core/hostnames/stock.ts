import { isWithin } from '../bindings/hostnames.ts';
import { bindingId, MANAGED } from '../bindings/verbs.ts';
import { comparableSubject } from '../ca/subject.ts';
import type { Binding, Site, UploadedAuthority } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

/** Everything that decides about the hostnames of a site, as it is now. */
export type HostnameStock = {
  site: Site;
  /**
   * The lists of the site, the managed authority's first, and of the account's sites above and below it: one hostname
   * can stand in any of them.
   */
  bindings: readonly Binding[];
  /** The site's own uploaded authorities, by name. */
  uploaded: readonly UploadedAuthority[];
  /** What an authority is called, also one of a site above or below. */
  nameOf(authorityId: string): string;
  subjectsOf(authorityId: string): readonly string[];
};

export const MANAGED_NAME = 'Managed authority';

/** @param site read before it; an active site of the account. */
export async function loadHostnames(store: Store, site: Site): Promise<HostnameStock> {
  const { accountId } = site;
  const [sites, uploaded, managed] = await Promise.all([
    store.sites(accountId),
    store.uploadedAuthorities(accountId),
    store.authorities(accountId),
  ]);
  const related = sites.filter(({ name }) => isWithin(name, site.name) || isWithin(site.name, name));
  const bindings = await store.bindingsOfSites([...new Set([site.id, ...related.map(({ id }) => id)])].slice(0, 1_000));
  const named = new Map(uploaded.map((authority) => [authority.id, authority]));
  return {
    site,
    bindings: bindings.filter((row) => row.accountId === accountId),
    uploaded: uploaded.filter(({ siteId }) => siteId === site.id),
    nameOf: (id) => (id === MANAGED ? MANAGED_NAME : (named.get(id)?.name ?? 'A CA that is gone')),
    subjectsOf: (id) => {
      if (id === MANAGED) return [...managed.map(({ certificate }) => comparableSubject(certificate)), OWN];
      const authority = named.get(id);
      return authority ? subjectsOfUploaded(authority) : [];
    },
  };
}

/** The list of one authority in the site; empty where there is no row yet. */
export function listOf(stock: Pick<HostnameStock, 'site' | 'bindings'>, authorityId: string): readonly string[] {
  const id = bindingId(stock.site.id, authorityId);
  return stock.bindings.find((row) => row.id === id)?.hostnames ?? [];
}

/** Stands for every generation of the account's own authority, also those to come. */
const OWN = 'own';

function subjectsOfUploaded({ certificate, accountId }: UploadedAuthority): string[] {
  const subject = comparableSubject(certificate);
  const own = `=countersign ${accountId.toLowerCase()} g`;
  return subject.includes(own) ? [subject, OWN] : [subject];
}
