import { isPerson } from '../../core/access/actor.ts';
import { CountersignError } from '../../core/errors.ts';
import { gapTexts } from '../../core/slack/rules.ts';
import type { Gap } from '../../core/waf/gaps.ts';

/** What has been accepted of the gaps of a rule that is to be on, and what not. */
export type DecidedGaps = {
  /** Edges that may leave it out from now on, by id. */
  accepted: readonly string[];
  /** What this request accepts. */
  newly: readonly Gap[];
  /** What nobody has accepted. */
  open: readonly Gap[];
};

/**
 * Only somebody in Slack accepts that an edge leaves a rule out: a program would accept every time.
 * @param before ids of edges for which it was accepted of this very rule.
 * @param accepts ids of edges that the person was shown.
 */
export function decideGaps(
  gaps: readonly Gap[],
  { before, accepts, actorId }: { before: readonly string[]; accepts: readonly string[]; actorId: string },
): DecidedGaps {
  const isNew = ({ edge }: Gap) => !before.includes(edge.id);
  const isAccepted = ({ edge }: Gap) => isPerson(actorId) && accepts.includes(edge.id);
  const open = gaps.filter((gap) => isNew(gap) && !isAccepted(gap));
  const newly = gaps.filter((gap) => isNew(gap) && isAccepted(gap));
  const accepted = gaps.filter((gap) => !open.includes(gap)).map(({ edge }) => edge.id);
  return { accepted, newly, open };
}

/** @throws CountersignError `rule_refused`, naming the edges. */
export function refuseOpenGaps({ open }: DecidedGaps, number: number): void {
  if (open.length === 0) return;
  throw new CountersignError('rule_refused', {
    userMessage: `${gapTexts(open).join(' ')} Nothing was changed. An administrator can accept that with \`/mtls waf edit ${number}\` or \`/mtls waf enable ${number}\`.`,
  });
}

/** For the audit: where it is left out, as somebody has accepted with this request. */
export function gapFacts({ newly }: DecidedGaps): { leftOutBy?: string } {
  return newly.length === 0 ? {} : { leftOutBy: newly.map(({ edge }) => edge.name).join(', ') };
}
