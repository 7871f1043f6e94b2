import type { Authority, Publication } from '../../store/rows.ts';

/** What is to be published for an authority for which nothing ever was. */
export function newPublication(authority: Pick<Authority, 'id' | 'accountId'>): Publication {
  const { id, accountId } = authority;
  return { id, accountId, wanted: 1, made: 0, leaseBy: null, leaseUntil: null, version: 1 };
}
