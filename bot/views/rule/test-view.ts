import type { InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { actions, button, context, option, plain, section } from '../../../core/slack/blocks.ts';
import { expressionText, ruleActionText } from '../../../core/slack/rules.ts';
import { bold, code, quantity, truncate } from '../../../core/slack/text.ts';
import type { Rule, Site } from '../../../core/store/rows.ts';
import type { Explained, JudgedRule, Judgement } from '../../../core/waf/judge.ts';
import { denyCodeOf } from '../../../core/waf/rule.ts';
import { RULE_TEST_BACK, RULE_TEST_VIEW, TEST_BLOCKS, TEST_LIMITS, type TestFields, testAction } from './test-form.ts';

const TITLE = 'Test a request';
const CERTIFICATES: Readonly<Record<TestFields['certificate'], PlainTextOption>> = {
  none: option('None', 'none', 'The client presents no certificate'),
  verified: option('Verified', 'verified', 'Valid for this hostname and not revoked'),
  unverified: option('Not verified', 'unverified', 'Expired, of another authority, or not for clients'),
  revoked: option('Revoked', 'revoked', 'Or suspended, or blocked'),
};

/** One made-up request. */
export function buildTestView(fields: TestFields): ModalView {
  return {
    type: 'modal',
    callback_id: RULE_TEST_VIEW,
    title: plain(TITLE, 24),
    submit: plain('Test', 24),
    close: plain('Close', 24),
    blocks: [
      context('Nothing is sent anywhere: this says what the rules would say to such a request.'),
      text('url', 'URL', fields.url, { most: TEST_LIMITS.url }),
      text('method', 'Method', fields.method, { most: 40 }),
      {
        ...input('certificate', 'Client certificate'),
        element: {
          type: 'static_select',
          action_id: testAction('certificate'),
          options: Object.values(CERTIFICATES),
          initial_option: CERTIFICATES[fields.certificate],
        },
      },
      text('name', 'Its common name', fields.name, { most: TEST_LIMITS.short, optional: true }),
      text('serial', 'Its serial', fields.serial, { most: TEST_LIMITS.short, optional: true }),
      text('client', 'Client address', fields.client, { most: TEST_LIMITS.short }),
      {
        ...input('headers', 'Headers'),
        optional: true,
        hint: plain('One per line, as in User-Agent: curl/8.5', 2000),
        element: {
          type: 'plain_text_input',
          action_id: testAction('headers'),
          multiline: true,
          max_length: TEST_LIMITS.headers,
          ...(fields.headers === '' ? {} : { initial_value: fields.headers.slice(0, TEST_LIMITS.headers) }),
        },
      },
    ],
  };
}

export type TestedRule = JudgedRule & { row: Rule; position: number; site: Pick<Site, 'name'> };

export type TestAnswer = {
  fields: TestFields;
  judgement: Judgement<TestedRule>;
  /** How many rules there are for the hostname. */
  rules: number;
  metadata: string;
};

/** A modal holds 100 blocks, and nobody reads more than a few. */
const EXPLAINED = 8;
const CONDITIONS = 6;

/** Which rule decides, and which conditions decided. */
export function buildTestAnswer({ fields, judgement, rules, metadata }: TestAnswer): ModalView {
  const { denied, monitored, passed, idle } = judgement;
  return {
    type: 'modal',
    callback_id: `${RULE_TEST_VIEW}_answer`,
    title: plain(TITLE, 24),
    close: plain('Close', 24),
    private_metadata: metadata,
    blocks: [
      section(`${code(fields.method)} ${code(truncate(fields.url, 300))}`),
      section(verdict(denied, rules)),
      ...(denied ? [section(reasons(denied))] : []),
      ...explained('Logged by', monitored),
      ...explained(denied ? 'Asked before it, and not met' : 'Asked, and not met', passed),
      ...explained('Off or not in force now, and would match', idle),
      ...(metadata === ''
        ? []
        : [actions('back', [button({ label: 'Another request', action: RULE_TEST_BACK, value: 'back' })])]),
    ],
  };
}

function verdict(denied: Explained<TestedRule> | undefined, rules: number): string {
  if (denied) return `*Denied with ${denyCodeOf(denied.rule.row.config)}* by ${nameOf(denied.rule)}, because`;
  return rules === 0
    ? '*Let through*: there is no rule for this hostname.'
    : `*Let through*: none of ${quantity(rules, 'rule')} for this hostname denies it.`;
}

function explained(title: string, all: readonly Explained<TestedRule>[]): KnownBlock[] {
  if (all.length === 0) return [];
  const more = all.length - EXPLAINED;
  return [
    section(`*${title}*`),
    ...all.slice(0, EXPLAINED).map((one) => section(`${nameOf(one.rule)}\n${reasons(one)}`)),
    ...(more > 0 ? [context(`… and ${quantity(more, 'more rule')}.`)] : []),
  ];
}

function nameOf({ row, position, site }: TestedRule): string {
  return `${position}. ${bold(truncate(row.name, 128))} of ${code(site.name)} (${ruleActionText(row)}, number ${code(String(row.number))})`;
}

/** A line for each condition that decided: whether it holds, and what the request has there. */
function reasons({ because }: Explained<TestedRule>): string {
  const more = because.length - CONDITIONS;
  const lines = because.slice(0, CONDITIONS).map(({ condition, held, saw }) => {
    const [first, ...others] = saw;
    const has =
      first === undefined
        ? 'the request has nothing there'
        : `the request has ${code(truncate(first, 80))}${others.length > 0 ? ` and ${others.length} more` : ''}`;
    // Of what is true or false by itself, what the request has is what was just said.
    const isFlag = saw.every((text) => text === 'true' || text === 'false') && !condition.includes(' ');
    const said = isFlag ? '' : `: ${has}`;
    return `• ${expressionText(condition, 300)} ${held ? 'holds' : 'does not hold'}${said}`;
  });
  return [...lines, ...(more > 0 ? [`… and ${more} more.`] : [])].join('\n');
}

function text(
  field: 'url' | 'method' | 'name' | 'serial' | 'client',
  label: string,
  value: string,
  { most, optional = false }: { most: number; optional?: boolean },
): InputBlock {
  return {
    ...input(field, label),
    optional,
    element: {
      type: 'plain_text_input',
      action_id: testAction(field),
      max_length: most,
      ...(value === '' ? {} : { initial_value: value.slice(0, most) }),
    },
  };
}

function input(field: keyof typeof TEST_BLOCKS, label: string) {
  return { type: 'input' as const, block_id: TEST_BLOCKS[field], label: plain(label, 2000) };
}
