import type { KnownBlock } from '@slack/types';
import type { RequestOf } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { KEY_STATES, scopeFacts } from '../../../core/slack/access-key.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, fields, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { bold, code, escapeText, moment } from '../../../core/slack/text.ts';
import type { AccessKey, Approval, Request } from '../../../core/store/rows.ts';
import { decisionBlocks, decisionLine } from './decision.ts';

export type KeyFacts = {
  /** Undefined before it is made, and when it was taken away without having been shown. */
  key: AccessKey | undefined;
  /** Of the sites it is for; null for all of them. */
  siteNames: readonly string[] | null;
  approval: Approval | undefined;
  /** The newest `key_show`. */
  lastShow: Request | undefined;
};

/**
 * The lasting direct message of a `key_create` request. It is drawn from the state of request and key alone, so that it
 * can be drawn again at any time; it never holds a secret.
 */
export function accessKeyMessage(create: RequestOf<'key_create'>, facts: KeyFacts): SlackMessage {
  const { key, approval } = facts;
  const { name } = create.payload;
  const title = `API key ${bold(name)}`;
  const plainTitle = `API key ${escapeText(name)}`;
  if (approval && approval.state !== 'approved') {
    const waits = 'a second person is asked before it is made. It goes on here when they have decided.';
    const told = approval.state === 'waiting' ? waits : outcomeOf(create) || 'your request has ended.';
    return {
      text: `${plainTitle}: ${told} ${decisionLine(approval)}`,
      blocks: [section(`${title}: ${told}`), ...decisionBlocks(approval)],
    };
  }
  if (create.state === 'waiting' && key) return ready(create, key, facts, title, plainTitle);
  if (create.state === 'done' && key) return made(key, facts, title, plainTitle);
  const told = outcomeOf(create) || 'your request is being worked on.';
  return { text: `${plainTitle}: ${told}`, blocks: [section(`${title}: ${told}`), ...decisionBlocks(approval)] };
}

function ready(
  create: RequestOf<'key_create'>,
  key: AccessKey,
  { siteNames, approval, lastShow }: KeyFacts,
  title: string,
  plainTitle: string,
): SlackMessage {
  const problem = lastShow && lastShow.state !== 'recorded' ? outcomeOf(lastShow) : '';
  return {
    text: `${plainTitle} is made. Press Show once to see its AccessKey ID and Secret.`,
    blocks: [
      section(`${title} is made. Press *Show once* when you are ready to save its secret.`),
      ...(problem === '' ? [] : [section(`*The last attempt:* ${problem}`)]),
      fields(scopeFacts(key, siteNames)),
      ...approvedBlocks(approval),
      actions('show', [
        button({
          label: 'Show once',
          action: ACTIONS.showKeyOnce,
          value: create.id,
          style: 'primary',
          spoken: `Show the AccessKey ID and Secret of ${key.name} once`,
        }),
      ]),
      context(
        `The secret is made when you press, and shown to you once. Until then nobody can use the key. Waiting until ${moment(create.deadlineAt)}.`,
      ),
    ],
  };
}

function made(key: AccessKey, { siteNames, approval }: KeyFacts, title: string, plainTitle: string): SlackMessage {
  const happened =
    key.state === 'active'
      ? 'is active, and its secret was shown to you.'
      : `is ${KEY_STATES[key.state]}${key.endedAt === null ? '' : ` since ${moment(key.endedAt)}`}.`;
  const blocks: KnownBlock[] = [
    section(`${title} ${happened}`),
    fields([['AccessKey ID', code(key.accessKeyId)], ...scopeFacts(key, siteNames)]),
    ...approvedBlocks(approval),
  ];
  if (key.state !== 'deleted') {
    blocks.push(
      context(
        `A lost secret cannot be shown again: \`/mtls key create\` makes another key, \`/mtls key delete ${key.name}\` takes this one out of use.`,
      ),
    );
  }
  return { text: `${plainTitle} ${happened} AccessKey ID ${key.accessKeyId}.`, blocks };
}

const approvedBlocks = (approval: Approval | undefined): KnownBlock[] =>
  approval ? [context(decisionLine(approval))] : [];
