import { isPerson } from '../../core/access/actor.ts';
import { CountersignError } from '../../core/errors.ts';
import { hostnameGuard } from '../../core/waf/hostnames.ts';
import type { RuleDraft } from '../../core/waf/rule.ts';

/**
 * The hostname guard: a rule on client certificates names its hostnames, unless an administrator insists. Only somebody
 * in Slack can: a program that insists would insist every time.
 * @returns whether somebody had to insist.
 * @throws CountersignError `rule_refused`.
 */
export function passHostnameGuard(draft: Pick<RuleDraft, 'tree'>, actorId: string, insist: boolean): boolean {
  const unguarded = hostnameGuard(draft.tree);
  if (unguarded === undefined) return false;
  if (!insist || !isPerson(actorId)) throw new CountersignError('rule_refused', { userMessage: unguarded });
  return true;
}
