import { readHostnames } from '../../../core/bindings/hostnames.ts';
import { CountersignError } from '../../../core/errors.ts';
import { code } from '../../../core/slack/text.ts';
import type { Site } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { ActionHandler, OptionsHandler, SubmittedView, Turn } from '../../turn.ts';
import { findSite, unknownSite } from '../bind/load.ts';
import { openView, redrawView } from '../open-view.ts';
import { decideRule, surroundingsOf } from './decide.ts';
import { expressionSoFar, fieldsOf, inOtherMode } from './draft.ts';
import {
  previewMetadata,
  RULE_BLOCKS,
  type RuleFields,
  readPreviewState,
  readRuleFields,
  readSubject,
  type Subject,
  siteOfBlock,
} from './form.ts';
import { loadRule, loadRuleCaller, loadRuleNumbered, loadRuleSites, siteOf } from './load.ts';
import { buildRulePreview } from './preview.ts';
import { buildRuleView, canBeChosen, hostnameOption, MOST_WRITTEN } from './view.ts';

type Opening = Turn & { view?: SubmittedView | undefined };

const EMPTY: Omit<RuleFields, 'siteId'> = {
  name: '',
  mode: 'conditions',
  verified: 'no',
  hostnames: [],
  more: '',
  expression: '',
  action: 'deny',
  code: '',
};
/** A menu of Slack's holds so many. */
const MOST_OPTIONS = 100;

/** `/mtls waf add [site]`: a rule in the seed's terms. A hostname that was typed is chosen in it. */
export async function openRuleAdd(deps: BotDeps, turn: Opening, typed: string): Promise<void> {
  const { sites } = await loadRuleSites(deps, turn.person);
  const named = findSite(sites, typed);
  const site = (named ?? sites[0]) as Site;
  const hostname = named && readHostnames([typed.trim()], named.name).hostnames.find((name) => name !== named.name);
  const notice = typed.trim() !== '' && !named ? `${unknownSite(typed.trim())} Choose one.` : undefined;
  const fields = { ...EMPTY, siteId: site.id, hostnames: hostname === undefined ? [] : [hostname] };
  await openView(turn, draw({ sites, subject: undefined, notice }, fields));
}

/** *New rule…*; the value is a site's id, or empty. */
export const clickRuleAdd: ActionHandler = async (deps, turn) => {
  const { sites } = await loadRuleSites(deps, turn.person);
  const site = sites.find(({ id }) => id === turn.value) ?? (sites[0] as Site);
  await openView(turn, draw({ sites, subject: undefined }, { ...EMPTY, siteId: site.id }));
};

/** `/mtls waf edit NUMBER`. */
export async function openRuleEdit(deps: BotDeps, turn: Opening, typed: string): Promise<void> {
  const caller = await loadRuleCaller(deps, turn.person);
  await openEdit(turn, await loadRuleNumbered(deps, caller, typed));
}

/** *Edit…* in the list; the value is the rule's id. */
export const clickRuleEdit: ActionHandler = async (deps, turn) => {
  const caller = await loadRuleCaller(deps, turn.person);
  await openEdit(turn, await loadRule(deps, caller, turn.value));
};

async function openEdit(turn: Opening, { rule, site }: Awaited<ReturnType<typeof loadRule>>): Promise<void> {
  if (rule.expression.length > MOST_WRITTEN) {
    throw new CountersignError('invalid_input', {
      userMessage: `The expression of ${code(rule.name)} is longer than a form of Slack holds (${MOST_WRITTEN} characters). Change it through the OpenAPI.`,
    });
  }
  const fields = fieldsOf(rule);
  await openView(turn, draw({ sites: [site], subject: { ruleId: rule.id, version: rule.version } }, fields));
}

/** `/mtls waf enable NUMBER`: what it would have done, before it is on. */
export async function openRuleEnable(deps: BotDeps, turn: Opening, typed: string): Promise<void> {
  const caller = await loadRuleCaller(deps, turn.person);
  await openEnable(deps, turn, await loadRuleNumbered(deps, caller, typed));
}

/** *Switch on…* in the list; the value is the rule's id. */
export const clickRuleEnable: ActionHandler = async (deps, turn) => {
  const caller = await loadRuleCaller(deps, turn.person);
  await openEnable(deps, turn, await loadRule(deps, caller, turn.value));
};

async function openEnable(deps: BotDeps, turn: Opening, { rule }: Awaited<ReturnType<typeof loadRule>>): Promise<void> {
  const { caller, sites } = await loadRuleSites(deps, turn.person);
  const state = { kind: 'switch', subject: { ruleId: rule.id, version: rule.version } } as const;
  const decided = await decideRule(deps, { caller, sites }, state);
  if ('errors' in decided) throw new CountersignError('invalid_input');
  const surroundings = await surroundingsOf(deps, caller, decided);
  if (rule.status === 'on' && surroundings.gaps.open.length === 0) {
    throw new CountersignError('wrong_state', { userMessage: `The rule ${code(rule.name)} is on already.` });
  }
  const metadata = previewMetadata(state) ?? '';
  await openView(turn, buildRulePreview({ kind: 'switch', decided, surroundings, metadata }));
}

/** Something was chosen that other fields depend on. */
export const changeRule: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  const subject = readSubject(view.privateMetadata);
  const { sites, siteId } = await sitesFor(deps, turn, subject);
  await redrawView(turn, view, draw({ sites, subject }, readRuleFields(view, siteId)));
};

/** Written another way: what was written so far goes along. */
export const changeRuleMode: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  const subject = readSubject(view.privateMetadata);
  const { sites, siteId } = await sitesFor(deps, turn, subject);
  const fields = readRuleFields(view, siteId);
  // Two quick changes may have crossed: then it is written in this way already.
  const isShown = view.values[fields.mode === 'expression' ? RULE_BLOCKS.expression : RULE_BLOCKS.more] !== undefined;
  await redrawView(turn, view, draw({ sites, subject }, isShown ? fields : inOtherMode(fields)));
};

/** From the preview back to the form, as it was filled in. */
export const clickRuleBack: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  const state = view && readPreviewState(view.privateMetadata);
  if (!view || state?.kind !== 'form') throw new CountersignError('invalid_input');
  const { sites, siteId } = await sitesFor(deps, turn, state.subject);
  const fields = { ...state.fields, siteId: siteId ?? state.fields.siteId };
  await redrawView(turn, view, draw({ sites, subject: state.subject }, fields));
};

/** Hostnames that are bound in the site of the field, and what was typed, where it could be one. */
export const suggestRuleHostnames: OptionsHandler = async (deps, { person, typed, blockId }) => {
  const { sites } = await loadRuleSites(deps, person);
  const site = siteOf(sites, siteOfBlock(blockId));
  const rows = await reading(deps.store.bindingsOfSites([site.id]));
  const wanted = typed.trim().toLowerCase();
  const bound = [...new Set(rows.flatMap(({ hostnames }) => hostnames))].filter((name) => name.includes(wanted)).sort();
  const named = wanted === '' ? [] : readHostnames([typed.trim()], site.name).hostnames;
  return [...new Set([...named, ...bound])].filter(canBeChosen).slice(0, MOST_OPTIONS).map(hostnameOption);
};

export function draw(
  model: { sites: readonly Site[]; subject: Subject; notice?: string | undefined },
  fields: RuleFields,
): ReturnType<typeof buildRuleView> {
  return buildRuleView({ ...model, expression: expressionSoFar(fields) }, fields);
}

/** The sites of the form: all active ones for a new rule, its own for one that is changed. */
export async function sitesFor(
  deps: BotDeps,
  { person }: Pick<Turn, 'person'>,
  subject: Subject,
): Promise<{ sites: readonly Site[]; siteId: string | undefined }> {
  if (subject === undefined) return { sites: (await loadRuleSites(deps, person)).sites, siteId: undefined };
  const { site } = await loadRule(deps, await loadRuleCaller(deps, person), subject.ruleId);
  return { sites: [site], siteId: site.id };
}
