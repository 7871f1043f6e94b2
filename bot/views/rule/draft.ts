import { readHostnames } from '../../../core/bindings/hostnames.ts';
import { asCountersignError, CountersignError } from '../../../core/errors.ts';
import { refusedText } from '../../../core/slack/bindings.ts';
import type { Rule, Site } from '../../../core/store/rows.ts';
import { readForm, writeForm } from '../../../core/waf/form.ts';
import { hostnameGuard } from '../../../core/waf/hostnames.ts';
import { parseExpression } from '../../../core/waf/parse.ts';
import { printExpression } from '../../../core/waf/print.ts';
import { denyCodeOf, type RuleDraft, readRule } from '../../../core/waf/rule.ts';
import { hostnamesBlock, RULE_BLOCKS, type RuleFields } from './form.ts';

/** A rule as a form makes it. */
export type Drafted = {
  /** What the job is given; its status is chosen in the next step. */
  config: Record<string, unknown>;
  draft: RuleDraft;
  /** Why the hostname guard refuses it, unless an administrator insists. */
  unguarded: string | undefined;
};

/** Refusals by the field that they are about. */
export type DraftRefused = { errors: ReadonlyMap<string, CountersignError> };

const DENY_CODE = 403;

/** @param rule the one that is changed. */
export function draftRule(
  fields: RuleFields,
  site: Pick<Site, 'name'>,
  rule: Rule | undefined,
): Drafted | DraftRefused {
  const errors = new Map<string, CountersignError>();
  const attempt = <T>(block: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (thrown) {
      const error = asCountersignError(thrown);
      if (error.kind === 'internal') throw thrown;
      errors.set(block, error);
      return undefined;
    }
  };
  const name = attempt(RULE_BLOCKS.name, () => requireName(fields.name));
  const code = attempt(RULE_BLOCKS.code, () => readCode(fields));
  const hostnames = attempt(hostnamesBlock(fields.siteId), () => requireHostnames(fields, site));
  const written = fields.mode === 'conditions' ? RULE_BLOCKS.more : RULE_BLOCKS.expression;
  const expression = attempt(written, () => expressionOf(fields, hostnames ?? [], rule));
  if (expression === undefined || errors.size > 0 || name === undefined) return { errors };
  const config = {
    Name: name,
    Expression: expression,
    Action: fields.action === 'monitor' ? 'monitor' : 'deny',
    ...answerConfig(code, rule),
  };
  const draft = attempt(written, () => readRule({ ...rule?.config, ...config }));
  if (draft === undefined) return { errors };
  return { config, draft, unguarded: unguardedReason(draft, rule) };
}

/** Somebody has insisted on what is there already. */
export function unguardedReason(draft: Pick<RuleDraft, 'tree'>, rule: Rule | undefined): string | undefined {
  const isSame = rule && printExpression(parseExpression(rule.expression)) === printExpression(draft.tree);
  return isSame ? undefined : hostnameGuard(draft.tree);
}

/** The expression that the fields make so far, to be shown; undefined where they make none. */
export function expressionSoFar(fields: RuleFields): string | undefined {
  try {
    return writeForm(fields);
  } catch {
    return undefined;
  }
}

/** A rule as it is, in the fields of its form. */
export function fieldsOf(rule: Rule): RuleFields {
  const form = readForm(parseExpression(rule.expression));
  const status = denyCodeOf(rule.config);
  return {
    siteId: rule.siteId,
    name: rule.name,
    mode: form === undefined ? 'expression' : 'conditions',
    ...(form ?? { verified: 'any', hostnames: [], more: '' }),
    expression: rule.expression,
    action: rule.action === 'monitor' ? 'monitor' : status === DENY_CODE ? 'deny' : 'other',
    code: status === DENY_CODE ? '' : String(status),
  };
}

/**
 * The other way of writing was chosen: what was written so far goes along. What the conditions cannot say stands in the
 * further ones, whole.
 */
export function inOtherMode(fields: RuleFields): RuleFields {
  if (fields.mode === 'expression') {
    return { ...fields, expression: expressionSoFar(fields) ?? fields.more };
  }
  try {
    const form = readForm(parseExpression(fields.expression));
    if (form) return { ...fields, ...form };
  } catch {
    // It is told at the field when the form is submitted.
  }
  return { ...fields, verified: 'any', hostnames: [], more: fields.expression };
}

function requireName(name: string): string {
  if (name !== '') return name;
  throw new CountersignError('invalid_input', {
    userMessage: 'Give the rule a name, such as "api needs a certificate".',
  });
}

/** Undefined: Monitor, which answers nothing. */
function readCode({ action, code }: RuleFields): number | undefined {
  if (action === 'monitor') return undefined;
  if (action === 'deny') return DENY_CODE;
  const status = /^\d{3}$/.test(code.trim()) ? Number(code) : 0;
  if (status >= 400 && status <= 599) return status;
  throw new CountersignError('invalid_input', { userMessage: 'A status from 400 to 599 is needed, such as 404.' });
}

function requireHostnames(fields: RuleFields, site: Pick<Site, 'name'>): string[] {
  if (fields.mode === 'expression') return [];
  const { hostnames, refused } = readHostnames(fields.hostnames, site.name);
  if (refused.length === 0) return hostnames;
  throw new CountersignError('invalid_input', { userMessage: refusedText(refused) });
}

/** Of a rule whose conditions nobody has touched it is what it was, in its own order and spelling. */
function expressionOf(fields: RuleFields, hostnames: readonly string[], rule: Rule | undefined): string {
  if (fields.mode === 'expression') {
    parseExpression(fields.expression);
    return fields.expression;
  }
  const made = writeForm({ ...fields, hostnames });
  if (made === undefined) {
    throw new CountersignError('invalid_input', {
      userMessage:
        'Choose a hostname or what is asked of the client certificate, or write a condition. A rule for every request of the site is the expression true.',
    });
  }
  const before = rule && readForm(parseExpression(rule.expression));
  return rule && before && writeForm(before) === made ? rule.expression : made;
}

/** Nothing where the answer stays what it is: keys that a form does not know are kept. */
function answerConfig(code: number | undefined, rule: Rule | undefined): Record<string, unknown> {
  const before = rule === undefined ? DENY_CODE : denyCodeOf(rule.config);
  return code === undefined || code === before ? {} : { Actions: { Response: { Id: 0, Code: code } } };
}
