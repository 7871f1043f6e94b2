import type { KnownBlock } from '@slack/types';
import { OFFERED_REASONS } from '../../../core/ca/reasons.ts';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { context, fields, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, escapeText } from '../../../core/slack/text.ts';
import type { Approval, RequestItem } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

/** How far a revocation of many has come. */
export type ManyProgress = {
  counts: Record<RequestItem['state'], number>;
  /** The first that were left out: of which certificate, and why. */
  leftOut: readonly { name: string; siteName: string; note: string }[];
  /** The filter in words. */
  described: string;
  /** How far edges have it, as a sentence; may be empty. */
  effect: string;
};

/** Left-out certificates that are named; the others are counted. */
export const LEFT_OUT_SHOWN = 10;

/** The requester's lasting message about a revocation of many, drawn from its present state. */
export function revokeManyMessage(
  request: RequestOf<'revoke_many'>,
  approval: Approval | undefined,
  { counts, leftOut, described, effect }: ManyProgress,
): SlackMessage {
  const { count, reason } = request.payload;
  const many = count === 1 ? 'one certificate' : `${count} certificates`;
  const asked = `You asked to revoke *${many}*: ${described}.`;
  const ended = outcomeOf(request);
  const state = ended === '' ? stateText(request, counts, count) : `${ended}${stillHeld(request)}`;
  const decision = approval ? ` ${decisionLine(approval)}` : '';
  const blocks: KnownBlock[] = [
    section([asked, state].filter((sentence) => sentence !== '').join(' ')),
    fields([
      ['Reason', OFFERED_REASONS[reason]],
      ['Revoked', `${counts.done} of ${count}`],
      ...(counts.skipped === 0 ? [] : [['Left out', String(counts.skipped)] as const]),
      ...(hasBegun(counts) && counts.pending > 0 ? [['Still to do', String(counts.pending)] as const] : []),
    ]),
    ...(leftOut.length === 0 ? [] : [section(leftOutText(leftOut, counts.skipped))]),
    ...(effect === '' ? [] : [section(effect)]),
    ...(request.state === 'done' ? [context('Other servers learn of it with the next CRL, and from OCSP.')] : []),
    ...decisionBlocks(approval),
  ];
  const plain = `You asked to revoke ${many}. ${state}`.trim();
  return { text: `${plain}${decision}`, blocks };
}

const hasBegun = ({ done, skipped }: ManyProgress['counts']) => done + skipped > 0;

/** A decision against it leaves in place what needed no decision; that it expired says so by itself. */
function stillHeld(request: RequestOf<'revoke_many'>): string {
  const suspended = request.payload.suspendNow && !request.payload.breakGlass;
  const undone = request.state === 'denied' || request.state === 'refused';
  return suspended && undone ? ' What has been suspended for it stays suspended until it is released.' : '';
}

function stateText(request: RequestOf<'revoke_many'>, counts: ManyProgress['counts'], count: number): string {
  if (hasBegun(counts)) return `${counts.done + counts.skipped} of ${count} are worked off.`;
  const held = request.payload.suspendNow && !request.payload.breakGlass;
  if (request.state === 'waiting') return held ? 'They are suspended: nobody is let in with them.' : '';
  return held ? 'They are being suspended first.' : 'It is being worked on.';
}

function leftOutText(leftOut: ManyProgress['leftOut'], skipped: number): string {
  const lines = leftOut.map(({ name, siteName, note }) => `• ${bold(name)} for ${escapeText(siteName)}: ${note}`);
  const more = skipped > leftOut.length ? [`… and ${skipped - leftOut.length} more.`] : [];
  return ['*Left out*', ...lines, ...more].join('\n');
}
