import type { KnownBlock } from '@slack/types';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { EDGE_KINDS_TOLD } from '../../../core/slack/edge.ts';
import { bold, escapeText, moment } from '../../../core/slack/text.ts';
import type { Approval, Edge, Request } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

export type EdgeFacts = {
  /** Undefined before it is made. */
  edge: Edge | undefined;
  approval: Approval | undefined;
  /** The newest `edge_show`. */
  lastShow: Request | undefined;
};

/**
 * The lasting direct message of an `edge_add` request. It is drawn from the state of request and edge alone, so that it
 * can be drawn again at any time; it never holds a credential.
 */
export function edgeMessage(add: RequestOf<'edge_add'>, facts: EdgeFacts): SlackMessage {
  const { edge, approval } = facts;
  const { name } = add.payload;
  const title = `Edge ${bold(name)}`;
  const plainTitle = `Edge ${escapeText(name)}`;
  if (approval && approval.state !== 'approved') {
    const waits = 'a second person is asked before it is added. It goes on here when they have decided.';
    const told = approval.state === 'waiting' ? waits : outcomeOf(add) || 'your request has ended.';
    return {
      text: `${plainTitle}: ${told} ${decisionLine(approval)}`,
      blocks: [section(`${title}: ${told}`), ...decisionBlocks(approval)],
    };
  }
  if (add.state === 'waiting' && edge) return ready(add, edge, facts, title, plainTitle);
  if (add.state === 'done' && edge) return added(edge, facts, title, plainTitle);
  const told = outcomeOf(add) || 'your request is being worked on.';
  return { text: `${plainTitle}: ${told}`, blocks: [section(`${title}: ${told}`), ...decisionBlocks(approval)] };
}

function ready(
  add: RequestOf<'edge_add'>,
  edge: Edge,
  { approval, lastShow }: EdgeFacts,
  title: string,
  plainTitle: string,
): SlackMessage {
  const problem = lastShow && lastShow.state !== 'recorded' ? outcomeOf(lastShow) : '';
  return {
    text: `${plainTitle} is added. Press Show once to see its credential.`,
    blocks: [
      section(`${title} is added. Press *Show once* when you are ready to save its credential.`),
      ...(problem === '' ? [] : [section(`*The last attempt:* ${problem}`)]),
      fields([['Kind', EDGE_KINDS_TOLD[edge.kind]]]),
      ...approvedBlocks(approval),
      actions('show', [
        button({
          label: 'Show once',
          action: ACTIONS.showEdgeOnce,
          value: add.id,
          style: 'primary',
          spoken: `Show the credential of the edge ${edge.name} once`,
        }),
      ]),
      context(
        `The credential is made when you press, and shown to you once. Until then nothing can connect as this edge. Waiting until ${moment(add.deadlineAt)}.`,
      ),
    ],
  };
}

function added(edge: Edge, { approval }: EdgeFacts, title: string, plainTitle: string): SlackMessage {
  const happened =
    edge.state === 'removed'
      ? `is removed${edge.endedAt === null ? '' : ` since ${moment(edge.endedAt)}`}.`
      : 'is added, and its credential was shown to you.';
  const blocks: KnownBlock[] = [
    section(`${title} ${happened}`),
    fields([['Kind', EDGE_KINDS_TOLD[edge.kind]]]),
    ...approvedBlocks(approval),
  ];
  if (edge.state !== 'removed') {
    blocks.push(
      context(
        `\`/mtls edge list\` shows whether it is connected. A lost credential cannot be shown again: \`/mtls edge remove ${edge.name}\`, then add it anew.`,
      ),
    );
  }
  return { text: `${plainTitle} ${happened}`, blocks };
}

const approvedBlocks = (approval: Approval | undefined): KnownBlock[] =>
  approval ? [context(decisionLine(approval))] : [];
