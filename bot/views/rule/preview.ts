import type { KnownBlock, ModalView } from '@slack/types';
import type { GateDecision } from '../../../core/approvals/policy.ts';
import { rehearsalTexts } from '../../../core/inventory/dry-run.ts';
import { actions, button, context, option, plain, preformatted, section } from '../../../core/slack/blocks.ts';
import { ruleActionText, timerText } from '../../../core/slack/rules.ts';
import { bold, code, escapeText, truncate } from '../../../core/slack/text.ts';
import { timerOf } from '../../../core/waf/timer.ts';
import type { DecidedRule, RuleSurroundings } from './decide.ts';
import { RULE_ACTIONS as ACTIONS, RULE_BLOCKS as BLOCKS, type PreviewState, RULE_PREVIEW, TICKED } from './form.ts';

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
const GAPS_SHOWN = 5;

/** The second step of a rule: what it is, what it would have done, and whether it is on. */
export function buildRulePreview({ kind, decided, surroundings, metadata, notice }: RulePreview): ModalView {
  const { draft, site, placed, unguarded } = decided;
  const { rehearsal, gaps, gate, now } = surroundings;
  const timer = timerOf(draft.config);
  const name = draft.name ?? placed?.rule.name ?? '';
  const before = placed?.rule;
  const isRewritten = before !== undefined && before.expression !== draft.expression;
  return {
    type: 'modal',
    callback_id: RULE_PREVIEW,
    title: plain(RULE_TITLE, 24),
    submit: plain(kind === 'switch' ? 'Switch on' : 'Save', 24),
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
      ...(gaps.length === 0 ? [] : [section(gapsText(gaps))]),
      ...(unguarded === undefined ? [] : insistFields(unguarded)),
      ...(kind === 'switch' ? [] : [stateField(before?.status ?? (gaps.length === 0 ? 'on' : 'off'))]),
      context(secondText(kind, gate)),
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

function gapsText(gaps: readonly string[]): string {
  const more = gaps.length > GAPS_SHOWN ? `\n… and ${gaps.length - GAPS_SHOWN} more.` : '';
  const lines = gaps.slice(0, GAPS_SHOWN).map((gap) => `• ${escapeText(truncate(gap, 300))}`);
  return `:warning: *Edges that cannot do all of what is asked of them*\n${lines.join('\n')}${more}\nA rule that is on is a rule that you accept there as it is.`;
}

function secondText(kind: PreviewState['kind'], { on, off }: RuleSurroundings['gate']): string {
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
