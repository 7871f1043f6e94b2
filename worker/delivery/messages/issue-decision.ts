import type { RequestOf } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, escapeText } from '../../../core/slack/text.ts';
import type { Approval } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

/** The lasting direct message of an `issue` request while a second person decides about it, and when they said no. */
export function issueDecisionMessage(issue: RequestOf<'issue'>, site: string, approval: Approval): SlackMessage {
  const { name } = issue.payload;
  const waits = 'a second person is asked before anything is made. It goes on here when they have decided.';
  const told = approval.state === 'waiting' ? waits : outcomeOf(issue) || 'your request has ended.';
  return {
    text: `${escapeText(name)} for ${site}: ${told} ${decisionLine(approval)}`,
    blocks: [section(`${bold(name)} for ${bold(site)}: ${told}`), ...decisionBlocks(approval)],
  };
}
