import { z } from 'zod';
import { type RuleForm, VERIFIED_CHOICES } from '../../../core/waf/form.ts';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the fields of a rule to what reads them. */
export const RULE_VIEW = 'rule';
export const RULE_PREVIEW = 'rule_preview';
export const RULE_BLOCKS = {
  site: 'site',
  name: 'name',
  mode: 'mode',
  verified: 'verified',
  more: 'more',
  expression: 'expression',
  action: 'action',
  code: 'code',
  state: 'state',
  insist: 'insist',
} as const;
export const RULE_ACTIONS = {
  site: 'rule_site',
  name: 'rule_name',
  mode: 'rule_mode',
  verified: 'rule_verified',
  hostnames: 'rule_hostnames',
  more: 'rule_more',
  expression: 'rule_expression',
  action: 'rule_action',
  code: 'rule_code',
  state: 'rule_state',
  insist: 'rule_insist',
  gaps: 'rule_gaps',
  /** From the preview back to the form, as it was filled in. */
  back: 'rule_back',
} as const;

/** One name for each site: Slack keeps what a field of the same name held, and another site has other hostnames. */
export const hostnamesBlock = (siteId: string) => `hostnames:${siteId}`;
export const siteOfBlock = (block: string) => block.slice(block.indexOf(':') + 1);

/** The field by which gaps are accepted, named after them: a tick is for what stood beside it, and for nothing else. */
export const gapsBlock = (digest: string) => `gaps:${digest}`;

/** `conditions`: what the fields make; `expression`: as it is written. */
export const MODES = ['conditions', 'expression'] as const;
/** `other`: it answers with the status of a field of its own. */
export const RULE_CHOICES = ['deny', 'monitor', 'other'] as const;

/** What is filled in, as typed: nothing here has been checked. */
export type RuleFields = RuleForm & {
  siteId: string;
  name: string;
  mode: (typeof MODES)[number];
  expression: string;
  action: (typeof RULE_CHOICES)[number];
  /** Of `other`. */
  code: string;
};

/** The rule that is changed, as it was when it was opened; undefined for a new one. */
export type Subject = { ruleId: string; version: number } | undefined;

export const TICKED = 'yes';

/** What a preview was made of. It decides nothing: whoever saves it has it decided again. */
export type PreviewState =
  | { kind: 'form'; subject: Subject; fields: RuleFields }
  /** The rule as it is, to be switched on. */
  | { kind: 'switch'; subject: NonNullable<Subject> };

const subjectSchema = z.strictObject({ ruleId: z.string().max(64), version: z.int() });
const fieldsSchema = z.strictObject({
  siteId: z.string().max(64),
  name: z.string().max(200),
  mode: z.enum(MODES),
  verified: z.enum(VERIFIED_CHOICES),
  hostnames: z.array(z.string().max(253)).max(50),
  more: z.string().max(3_000),
  expression: z.string().max(3_000),
  action: z.enum(RULE_CHOICES),
  code: z.string().max(10),
});
const stateSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('form'), subject: subjectSchema.optional(), fields: fieldsSchema }),
  z.strictObject({ kind: z.literal('switch'), subject: subjectSchema }),
]);

/** Slack: `private_metadata`. */
const METADATA_LIMIT = 3_000;

/** @returns undefined when it is more than a view can hold. */
export function previewMetadata(state: PreviewState): string | undefined {
  const kept = state.kind === 'switch' ? state : { ...state, fields: withoutUnused(state.fields) };
  const metadata = JSON.stringify(kept);
  return metadata.length > METADATA_LIMIT ? undefined : metadata;
}

/** What the other way of writing a rule holds is not carried along. */
function withoutUnused(fields: RuleFields): RuleFields {
  return fields.mode === 'expression'
    ? { ...fields, verified: 'any', hostnames: [], more: '' }
    : { ...fields, expression: '' };
}

/** @returns undefined when it is none of ours. */
export function readPreviewState(metadata: string): PreviewState | undefined {
  const state = parse(metadata, stateSchema);
  if (state?.kind !== 'form') return state;
  return { kind: 'form', subject: state.subject, fields: state.fields };
}

export const subjectMetadata = (subject: Subject) => (subject === undefined ? '' : JSON.stringify(subject));

/** @returns undefined for a new rule, and for what is none of ours. */
export function readSubject(metadata: string): Subject {
  return parse(metadata, subjectSchema);
}

function parse<T>(text: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** @param siteId of a rule that is changed: its form has no field for it. */
export function readRuleFields(view: SubmittedView, siteId?: string): RuleFields {
  const field = (name: keyof typeof RULE_BLOCKS & keyof typeof RULE_ACTIONS) =>
    view.values[RULE_BLOCKS[name]]?.[RULE_ACTIONS[name]];
  const chosen = <T extends string>(name: Parameters<typeof field>[0], choices: readonly T[]): T | undefined => {
    const value = field(name)?.selected_option?.value;
    return choices.find((choice) => choice === value);
  };
  const site = siteId ?? field('site')?.selected_option?.value ?? '';
  const hostnames = view.values[hostnamesBlock(site)]?.[RULE_ACTIONS.hostnames]?.selected_options ?? [];
  return {
    siteId: site,
    name: field('name')?.value?.trim() ?? '',
    mode: chosen('mode', MODES) ?? 'conditions',
    verified: chosen('verified', VERIFIED_CHOICES) ?? 'no',
    hostnames: hostnames.map(({ value }) => value),
    more: field('more')?.value ?? '',
    expression: field('expression')?.value ?? '',
    action: chosen('action', RULE_CHOICES) ?? 'deny',
    code: field('code')?.value ?? '',
  };
}

/** Whether the form shows the fields of what is chosen in it. Two quick changes may have crossed. */
export function showsItsFields(view: SubmittedView, { siteId, mode, action }: RuleFields): boolean {
  const shows = (block: string) => view.values[block] !== undefined;
  const conditions = mode === 'conditions' ? shows(hostnamesBlock(siteId)) : shows(RULE_BLOCKS.expression);
  return conditions && (action !== 'other' || shows(RULE_BLOCKS.code));
}
