import { canonicalJson } from '../canonical-json.ts';
import { covers } from './covers.ts';
import type { RuleDraft } from './rule.ts';

/**
 * Whether a change takes protection away, so that a second person has to agree. Only a rule that is on and denies
 * protects; of such a rule everything is taken for a weakening that is not proven to be none: its name, its notes, an
 * expression that provably matches all it matched before. Its place in the order protects nothing: no action of this
 * phase lets a request through, so whatever stands above it, what it denies stays denied.
 * @param after null: the rule is deleted.
 */
export function weakens(before: Facts, after: Facts | null): boolean {
  if (before.status !== 'on' || before.action !== 'deny') return false;
  if (after?.status !== 'on' || after.action !== 'deny') return true;
  return !covers(after.tree, before.tree) || effectOf(after) !== effectOf(before);
}

type Facts = Pick<RuleDraft, 'tree' | 'action' | 'status' | 'config'>;

/** What of a configuration can change what happens to a request, besides what is compared by itself. */
function effectOf({ config }: Facts): string {
  const { Name, Notes, Expression, Action, Status, ...rest } = config;
  return canonicalJson(rest);
}
