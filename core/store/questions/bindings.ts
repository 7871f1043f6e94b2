import type { Binding } from '../rows.ts';

/** Which hostnames accept the certificates of which authority. */
export type BindingQuestions = {
  binding(id: string): Promise<Binding | undefined>;
  /** Every row of an account, also those without hostnames; by site, the managed authority's first. */
  bindings(accountId: string): Promise<Binding[]>;
  /** The rows of these sites (at most 1,000), in the same order. */
  bindingsOfSites(siteIds: readonly string[]): Promise<Binding[]>;
};
