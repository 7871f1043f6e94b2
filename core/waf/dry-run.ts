import { CLIENT_STATES, truthOf, uncertainFieldsOf } from './certain.ts';
import type { FieldName } from './fields.ts';
import { makeHostnameTest } from './hostnames.ts';
import type { Expression } from './syntax.ts';

/** What edges counted at one hostname. `blocked`: of both, those that a rule denied. */
export type HostCounts = { hostname: string; verified: number; unverified: number; blocked: number };

/** How many requests it is about: equal where that is exact, else at least and at most. */
export type Extent = { least: number; most: number };

export type DryRun = {
  /** The hostnames that the rule could be about and that edges saw, as they were given. */
  hosts: readonly (HostCounts & { matched: Extent })[];
  total: Extent & { requests: number; blocked: number };
  /** What the rule asks for and edges do not count. */
  uncounted: readonly FieldName[];
  /** The rule is in force at some times only, and it is not counted what came when. */
  isTimed: boolean;
};

const WITHOUT = CLIENT_STATES.filter((state) => state !== 'verified');
const NOTHING = { least: 0, most: 0, requests: 0, blocked: 0 };

/**
 * What a rule would have done with the requests that edges counted. Edges count requests with a verified certificate,
 * and all others together, by hostname: for rules on these alone this is exact.
 */
export function dryRun(
  expression: Expression,
  counted: readonly HostCounts[],
  { isTimed = false }: { isTimed?: boolean } = {},
): DryRun {
  const concerns = makeHostnameTest(expression);
  const hosts = counted
    .filter(({ hostname }) => concerns(hostname))
    .map((counts) => {
      const matched = matchedAt(expression, counts);
      return { ...counts, matched: isTimed ? { ...matched, least: 0 } : matched };
    });
  const total = hosts.reduce(
    (sum, { matched, verified, unverified, blocked }) => ({
      least: sum.least + matched.least,
      most: sum.most + matched.most,
      requests: sum.requests + verified + unverified,
      blocked: sum.blocked + blocked,
    }),
    NOTHING,
  );
  return { hosts, total, uncounted: uncertainFieldsOf(expression), isTimed };
}

function matchedAt(expression: Expression, { hostname, verified, unverified }: HostCounts): Extent {
  const withOne = [truthOf(expression, { hostname, state: 'verified' })];
  const without = WITHOUT.map((state) => truthOf(expression, { hostname, state }));
  const a = extentOf(withOne, verified);
  const b = extentOf(without, unverified);
  return { least: a.least + b.least, most: a.most + b.most };
}

/** @param truths of all states that the requests may have had. */
function extentOf(truths: readonly (boolean | undefined)[], requests: number): Extent {
  return {
    least: truths.every((truth) => truth === true) ? requests : 0,
    most: truths.every((truth) => truth === false) ? 0 : requests,
  };
}
