import type { KnownBlock, ModalView } from '@slack/types';
import type { GateDecision } from '../../../core/approvals/policy.ts';
import { rehearsalTexts } from '../../../core/inventory/dry-run.ts';
import { actions, button, context, option, plain, preformatted, section } from '../../../core/slack/blocks.ts';
import { gapTexts, ruleActionText, timerText } from '../../../core/slack/rules.ts';
import { bold, code, escapeText, truncate } from '../../../core/slack/text.ts';
import { timerOf } from '../../../core/waf/timer.ts';
import type { DecidedRule, RuleGaps, RuleSurroundings } from './decide.ts';
import {
  RULE_ACTIONS as ACTIONS,
  RULE_BLOCKS as BLOCKS,
  gapsBlock,
  type PreviewState,
  RULE_PREVIEW,
  TICKED,
} from './form.ts';

export type RulePreview = {
  kind: PreviewState['kind'];
  decided: DecidedRule;
  surroundings: RuleSurroundings;
  metadata: string;
  /** A sentence of mrkdwn above it all. */
  notice?: string | undefined;
};

export const RULE_TITLE = 'WAF rule';
const ON = option('On', 'on', 'Edges enforce it as soon as it is saved');
const OFF = option('Off', 'off', 'It is saved and does nothing');
const SENTENCES_SHOWN = 5;

/** The second step of a rule: what it is, what it would have done, and whether it is on. */
export function buildRulePreview({ kind, decided, surroundings, metadata, notice }: RulePreview): ModalView {
  const { draft, site, placed, unguarded } = decided;
  const { rehearsal, gaps, inexpressible, gate, now } = surroundings;
  const timer = timerOf(draft.config);
  const name = draft.name ?? placed?.rule.name ?? '';
  const before = placed?.rule;
  const isRewritten = before !== undefined && before.expression !== draft.expression;
  return {
    type: 'modal',
    callback_id: RULE_PREVIEW,
    title: plain(RULE_TITLE, 24),
    submit: plain(kind === 'form' ? 'Save' : before?.status === 'on' ? 'Accept' : 'Switch on', 24),
    close: plain('Cancel', 24),
    private_metadata: metadata,
    blocks: [
      ...(notice === undefined ? [] : [section(notice)]),
      section(`${bold(name)} for ${code(site.name)}: ${ruleActionText(draft)} every request for which this is true.`),
      preformatted(draft.expression),
      ...(timer ? [section(timerText(timer, now))] : []),
      ...(isRewritten ? [context('It is now:'), preformatted(before.expression)] : []),
      section('*What it would have done*'),
      ...rehearsalTexts(rehearsal, draft.action, site.name).map(section),
      ...(inexpressible.length === 0 ? [] : [section(inexpressibleText(inexpressible))]),
      ...(gaps.open.length === 0 ? [] : gapFields(gaps)),
      ...(unguarded === undefined ? [] : insistFields(unguarded)),
      ...(kind === 'switch' ? [] : [stateField(before?.status ?? (gaps.open.length === 0 ? 'on' : 'off'))]),
      context(secondText(kind, gate, gaps)),
      ...(kind === 'switch'
        ? []
        : [
            actions('back', [
              button({ label: 'Back', action: ACTIONS.back, value: 'back', spoken: 'Back to the fields of the rule' }),
            ]),
          ]),
    ],
  };
}

function stateField(status: 'on' | 'off'): KnownBlock {
  return {
    type: 'input',
    block_id: BLOCKS.state,
    label: plain('State', 2000),
    element: {
      type: 'radio_buttons',
      action_id: ACTIONS.state,
      options: [ON, OFF],
      initial_option: status === 'on' ? ON : OFF,
    },
  };
}

/** The hostname guard: the reason it refuses, and the tick by which an administrator insists. */
function insistFields(unguarded: string): KnownBlock[] {
  return [
    section(`:warning: ${escapeText(unguarded)}`),
    {
      type: 'input',
      block_id: BLOCKS.insist,
      label: plain('Every request of the site', 2000),
      hint: plain('It is not saved without this tick, and the tick is in the audit log.', 2000),
      element: {
        type: 'checkboxes',
        action_id: ACTIONS.insist,
        options: [option('I insist: no hostname is meant', TICKED)],
      },
    },
  ];
}

/** Where it could not be enforced, and the tick by which an administrator accepts that. */
function gapFields({ open, digest, isNeeded }: RuleGaps): KnownBlock[] {
  const meanwhile = isNeeded
    ? 'Without the tick it can only be off.'
    : 'Without the tick, what it would decide is denied there (503).';
  return [
    section(`:warning: *It cannot be enforced everywhere*\n${gapTexts(open).join('\n')}`),
    {
      type: 'input',
      optional: true,
      block_id: gapsBlock(digest),
      label: plain('Where it cannot be enforced', 2000),
      hint: plain(`${meanwhile} The tick is in the audit log.`, 2000),
      element: {
        type: 'checkboxes',
        action_id: ACTIONS.gaps,
        options: [option('I accept that these edges leave it out', digest)],
      },
    },
  ];
}

function inexpressibleText(sentences: readonly string[]): string {
  const more = sentences.length > SENTENCES_SHOWN ? `\n… and ${sentences.length - SENTENCES_SHOWN} more.` : '';
  const lines = sentences.slice(0, SENTENCES_SHOWN).map((one) => `• ${escapeText(truncate(one, 300))}`);
  return `:warning: *What edges say they cannot do as things are*\n${lines.join('\n')}${more}`;
}

function secondText(
  kind: PreviewState['kind'],
  { on, off }: RuleSurroundings['gate'],
  { open, isNeeded }: RuleGaps,
): string {
  if (on?.needed && open.length > 0 && !isNeeded) {
    return 'A second person is asked first if edges are to leave it out, because that takes protection away.';
  }
  if (kind === 'form' && on?.needed) {
    return 'A second person is asked first, because it takes protection away. You are told what they decide.';
  }
  if (kind === 'form' && off?.needed) {
    return 'It is changed at once when it stays on. A second person is asked first if you switch it off.';
  }
  return isSetUp(on) || isSetUp(off)
    ? 'Nobody else holds a role here yet, so it is changed at once.'
    : 'Nobody else is asked: it is saved at once.';
}

const isSetUp = (gate: GateDecision | undefined) => gate?.needed === false && gate.because === 'setup';
