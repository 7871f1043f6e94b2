import type { Button, KnownBlock } from '@slack/types';
import type { Card } from '../../../core/approvals/card.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, plain, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { mention, moment, truncate } from '../../../core/slack/text.ts';
import type { Approval, Request } from '../../../core/store/rows.ts';
import { decisionLine } from './decision.ts';

/**
 * The one message in the approval channel about a request: what, who asks, why, evidence, risk, until when; and after
 * the decision who decided, when, and what came of it. Its buttons are gone as soon as they would do nothing.
 * @param seen `token` proves that a button was drawn for this very content (worker/approvals/token.ts); `effect` is
 *   what is known of the effect beyond the request's own outcome, as sentences; may be empty.
 */
export function approvalMessage(
  approval: Approval,
  request: Request,
  seen: { token: string; effect: string; now: Date },
): SlackMessage {
  const { token, effect, now } = seen;
  const card = approval.card as Card;
  const acknowledging = approval.purpose === 'acknowledgement';
  const open = approval.state === 'waiting' && now < approval.expiresAt;
  const who = mention(request.actorId);
  const title = acknowledging
    ? `*Done without a second person:* ${card.what}`
    : open
      ? `*A second person is needed:* ${card.what}`
      : card.what;
  // A denial is said once, with who and why, in the last line.
  const silent = (approval.state === 'waiting' && !acknowledging) || approval.state === 'denied';
  const outcome = silent ? '' : outcomeOf(request);
  const blocks: KnownBlock[] = [
    section(`${title}. ${acknowledging ? 'Done' : 'Asked'} by ${who} ${moment(request.createdAt)}.`),
    ...(card.because === '' ? [] : [section(`*Why*\n${card.because}`)]),
    ...factBlocks(card),
    ...(card.evidence === null ? [] : [section(`*In use?*\n${card.evidence}`)]),
    ...(open && !acknowledging ? [section(`*Risk*\n${card.risk}`)] : []),
    ...(outcome === '' ? [] : [section(outcome)]),
    ...(effect === '' ? [] : [context(effect)]),
    ...(open
      ? [actions('decision', acknowledging ? [acknowledge(approval, token)] : decide(approval, token, card))]
      : []),
    context(
      acknowledging && open
        ? `An approver other than ${who} is asked to acknowledge that they have seen this, until ${moment(approval.expiresAt)}.`
        : decisionLine(approval),
    ),
  ];
  return { text: fallback(approval, request, card), blocks };
}

function fallback(approval: Approval, request: Request, card: Card): string {
  const who = mention(request.actorId);
  if (approval.purpose === 'acknowledgement') return `${who} acted without a second person: ${card.plain}.`;
  return approval.state === 'waiting'
    ? `${who} asks for a second person: ${card.plain}. Approve or deny it until ${moment(approval.expiresAt)}.`
    : `${card.plain}, asked by ${who}. ${decisionLine(approval)}`;
}

function decide(approval: Approval, token: string, card: Card): Button[] {
  const value = buttonValue(approval, token);
  const approve = button({
    label: 'Approve',
    action: ACTIONS.approve,
    value,
    style: 'primary',
    spoken: `Approve: ${card.plain}`,
  });
  return [
    {
      ...approve,
      confirm: {
        title: plain('Approve this?', 100),
        text: plain(truncate(`${card.plain}. ${plainRisk(card)}`, 300), 300),
        confirm: plain('Approve', 30),
        deny: plain('Not yet', 30),
      },
    },
    button({ label: 'Deny…', action: ACTIONS.deny, value, style: 'danger', spoken: `Deny: ${card.plain}` }),
    details(approval, card),
  ];
}

function acknowledge(approval: Approval, token: string): Button {
  return button({
    label: 'Acknowledge',
    action: ACTIONS.acknowledge,
    value: buttonValue(approval, token),
    style: 'primary',
    spoken: 'Acknowledge that you have seen this',
  });
}

function details(approval: Approval, card: Card): Button {
  return button({
    label: 'Details',
    action: ACTIONS.approvalDetails,
    value: approval.id,
    spoken: `Details: ${card.plain}`,
  });
}

const buttonValue = (approval: Approval, token: string) => `${approval.id}:${approval.contentHash}:${token}`;
const plainRisk = (card: Card) => card.risk.replace(/[*_`~]/g, '');

/** Two columns for what is short; what would be broken in one, such as a serial, stands by itself. */
function factBlocks({ facts }: Card): KnownBlock[] {
  const isShort = ([, value]: Card['facts'][number]) => value.length <= 45 || value.startsWith('<');
  const short = facts.filter(isShort);
  return [
    ...(short.length === 0 ? [] : [fields(short)]),
    ...facts.filter((fact) => !isShort(fact)).map(([label, value]) => section(`*${label}*\n${value}`)),
  ];
}
