import { z } from 'zod';
import { CountersignError } from '../errors.ts';
import { escapeText } from '../slack/text.ts';
import type { Rule } from '../store/rows.ts';
import { fieldOf, type Supply } from './fields.ts';
import { parseExpression } from './parse.ts';
import { isReadable, told } from './refusal.ts';
import { conditionsOf, fieldsOfCondition } from './shape.ts';
import type { Expression } from './syntax.ts';
import { timerSchema } from './timer.ts';

/** A rule as the OpenAPI's `Config` writes it; keys it does not know are kept as they were given. */
export type RuleConfig = Rule['config'];

export type RuleDraft = {
  /** Null: none was given. */
  name: string | null;
  /** As it was written. */
  expression: string;
  tree: Expression;
  action: 'deny' | 'monitor';
  status: Rule['status'];
  /** The whole configuration, to be kept. */
  config: RuleConfig;
};

/** Of a configuration as JSON, in characters: four expressions' worth. */
const MOST_CONFIG = 16_384;
/** The default answer of an action `deny`. */
const DENY_CODE = 403;

const line = (most: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(most)
    .refine(isReadable, 'has no line breaks, control characters, and characters that reverse the direction of writing');

const configSchema = z.looseObject({
  Name: line(128).optional(),
  Expression: z.string({ error: 'is needed' }),
  Action: z.string({ error: 'is needed: deny or monitor' }),
  Actions: z
    .looseObject({
      Response: z
        .looseObject({
          Id: z.literal(0, { error: 'is 0: there are no custom pages' }).optional(),
          // Anything else would let through what was to be denied, or be no answer at all.
          Code: z.int().min(400).max(599).optional(),
        })
        .optional(),
    })
    .optional(),
  Status: z.enum(['on', 'off']).default('on'),
  Notes: z.string().max(500).optional(),
  Timer: timerSchema.optional(),
});

/**
 * Reads a rule's configuration.
 * @throws CountersignError `rule_refused` with a sentence that names the key, and for an expression the column.
 */
export function readRule(given: Readonly<Record<string, unknown>>): RuleDraft {
  const size = JSON.stringify(given).length;
  if (size > MOST_CONFIG) refuse(`A rule has ${MOST_CONFIG} characters at most; this one has ${size}.`);
  const parsed = configSchema.safeParse(given);
  if (!parsed.success) return refuse(firstIssue(parsed.error));
  const config = parsed.data;
  const { Name, Expression, Status } = config;
  const action = readAction(config.Action);
  const tree = readExpression(Expression);
  // Both are what an answer adds; given back in a change they are not part of the rule.
  const { Id, Type, ...kept } = config;
  // Checked, and kept as it was given: its spelling is the caller's.
  if (given['Timer'] !== undefined) Object.assign(kept, { Timer: given['Timer'] });
  return { name: Name ?? null, expression: Expression, tree, action, status: Status, config: kept as RuleConfig };
}

/** What is answered to a request that the rule denies. */
export function denyCodeOf(config: RuleConfig): number {
  const parsed = configSchema.shape.Actions.safeParse(config['Actions']);
  return parsed.data?.Response?.Code ?? DENY_CODE;
}

/** The vendor's challenges are pages of its own; a rule that looks like protection and is none must not be kept. */
function readAction(action: string): 'deny' | 'monitor' {
  if (action === 'deny' || action === 'monitor') return action;
  if (action === 'js' || action === 'captcha') {
    return refuse(`Action ${action} is a challenge that no edge here can show. Use deny or monitor.`);
  }
  return refuse(`Action is deny or monitor, not ${told(action)}.`);
}

function readExpression(text: string): Expression {
  const tree = locate(() => parseExpression(text));
  for (const condition of conditionsOf(tree)) {
    const field = fieldsOfCondition(condition).find((name) => fieldOf(name).supplied !== 'request');
    if (field === undefined) continue;
    refuse(
      `Expression, column ${condition.column}: \`${field}\` needs ${UNSUPPLIED[fieldOf(field).supplied]}, which no edge has. Such a rule would never match.`,
    );
  }
  return tree;
}

const UNSUPPLIED: Readonly<Record<Supply, string>> = {
  request: 'the request',
  body: 'the body of the request',
  geo: 'a database of places and networks',
};

function locate<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CountersignError) || error.code !== 'rule_refused') throw error;
    throw new CountersignError('rule_refused', {
      userMessage: `Expression, ${error.userMessage}`,
      details: error.details,
      cause: error,
    });
  }
}

function firstIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  const path = issue?.path.map((key) => (typeof key === 'number' ? `[${key + 1}]` : `.${String(key)}`)).join('');
  return escapeText(`${path?.replace(/^\./, '') || 'The rule'}: ${issue?.message ?? 'is not valid'}.`);
}

function refuse(userMessage: string): never {
  throw new CountersignError('rule_refused', { userMessage });
}
