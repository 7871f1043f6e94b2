import type { Gate } from '../approvals/gates.ts';
import { authoritiesFor, type Bound, boundTo } from './lookup.ts';
import { type BindingVerb, MANAGED } from './verbs.ts';

/** What a change makes of the hostnames of one authority. */
export type ListChange = {
  /** The list afterwards. */
  hostnames: string[];
  gained: string[];
  lost: string[];
  /** Named, and nothing to do: to be added and there already, or to be removed and not there. */
  needless: string[];
};

/** @param named read by `readHostnames`; for `replace` the whole list, which may be empty. */
export function changeList(present: readonly string[], verb: BindingVerb, named: readonly string[]): ListChange {
  const gained = verb === 'remove' ? [] : named.filter((name) => !present.includes(name));
  const lost = present.filter((name) => (verb === 'replace' ? !named.includes(name) : isRemoved(name, verb, named)));
  const hostnames = verb === 'replace' ? [...named] : [...present.filter((name) => !lost.includes(name)), ...gained];
  const needless = verb === 'replace' ? [] : named.filter((name) => present.includes(name) === (verb === 'add'));
  return { hostnames, gained, lost, needless };
}

const isRemoved = (name: string, verb: BindingVerb, named: readonly string[]) =>
  verb === 'remove' && named.includes(name);

/** What a change means for those who call, beyond the one authority's list. */
export type Effect = Pick<ListChange, 'gained' | 'lost'> & {
  /** Names at which no authority is left: nobody is asked for a certificate there any more. */
  off: string[];
  /**
   * Names that other authorities covered by a wildcard until now. A name that is bound itself beats the wildcard, so
   * these authorities' certificates are not accepted there any more.
   */
  displaced: { hostname: string; authorityIds: string[] }[];
};

/**
 * @param before all lists in which one of the hostnames can stand.
 * @param after the same with the change in them.
 */
export function effectOf(change: ListChange, before: readonly Bound[], after: readonly Bound[]): Effect {
  const { gained, lost } = change;
  const displaced = gained.map((hostname) => {
    const now = authoritiesFor(hostname, after);
    const gone = authoritiesFor(hostname, before).filter((authorityId) => !now.includes(authorityId));
    return { hostname, authorityIds: gone };
  });
  return {
    gained,
    lost,
    off: lost.filter((hostname) => authoritiesFor(hostname, after).length === 0),
    displaced: displaced.filter(({ authorityIds }) => authorityIds.length > 0),
  };
}

/** What needs a second person (DESIGN section 8): taking a hostname away, and binding any to an uploaded authority. */
export function gatesOf(effect: Effect, authorityId: string): Gate[] {
  const takesAway = effect.lost.length > 0 || effect.displaced.length > 0;
  return [
    ...(takesAway ? (['unbind'] as const) : []),
    ...(effect.gained.length > 0 && authorityId !== MANAGED ? (['ca_bind'] as const) : []),
  ];
}

/** Two authorities with one subject at one hostname: an edge could not tell whose certificate it sees. */
export type SubjectConflict = { hostname: string; authorityIds: [string, string] };

/**
 * @param gained what is to be bound to `authorityId`.
 * @param subjectsOf SHA-256 of each subject that an authority has signed with; several for one with generations.
 */
export function findConflicts(
  authorityId: string,
  gained: readonly string[],
  bindings: readonly Bound[],
  subjectsOf: (authorityId: string) => readonly string[],
): SubjectConflict[] {
  const own = new Set(subjectsOf(authorityId));
  const shares = (other: string) => other !== authorityId && subjectsOf(other).some((subject) => own.has(subject));
  return gained.flatMap((hostname) =>
    boundTo(hostname, bindings)
      .filter(shares)
      .map((other): SubjectConflict => ({ hostname, authorityIds: [authorityId, other] })),
  );
}
