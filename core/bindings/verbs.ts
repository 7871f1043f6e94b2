/** How a list of hostnames is changed. */
export const BINDING_VERBS = ['add', 'remove', 'replace'] as const;
export type BindingVerb = (typeof BINDING_VERBS)[number];

/** So many hostnames are taken at once, and so many can be bound to one authority in one site. */
export const HOSTNAMES_AT_ONCE = 50;

/** Stands for the account's own authority, all its generations, where an authority's id is expected. */
export const MANAGED = 'managed';

/** The row that holds the hostnames of one authority in one site. */
export function bindingId(siteId: string, authorityId: string): string {
  return `${siteId}:${authorityId}`;
}
