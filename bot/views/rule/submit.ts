import { CountersignError } from '../../../core/errors.ts';
import type { BotDeps } from '../../deps.ts';
import { replyFieldErrors } from '../../reply.ts';
import { recordRule } from '../../rule-request.ts';
import type { SubmissionAnswer, SubmissionHandler, SubmittedView } from '../../turn.ts';
import { recordedNotice } from '../revoke/recorded.ts';
import { type DecidedRule, decideRule, gapsToAccept, surroundingsOf } from './decide.ts';
import {
  gapsBlock,
  type PreviewState,
  previewMetadata,
  RULE_ACTIONS,
  RULE_BLOCKS,
  readPreviewState,
  readRuleFields,
  readSubject,
  showsItsFields,
  TICKED,
} from './form.ts';
import { loadRuleCaller } from './load.ts';
import { draw, sitesFor } from './open.ts';
import { buildRulePreview, RULE_TITLE } from './preview.ts';

/** The first submission: everything that is wrong at its field, or the second step, which shows what it does. */
export const submitRule: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadRuleCaller(deps, person);
  const subject = readSubject(view.privateMetadata);
  const { sites, siteId } = await sitesFor(deps, { person }, subject);
  const fields = readRuleFields(view, siteId);
  if (!showsItsFields(view, fields)) {
    return { response_action: 'update', view: draw({ sites, subject }, fields) };
  }
  const state = { kind: 'form', subject, fields } as const;
  const decided = await decideRule(deps, { caller, sites }, state);
  if ('errors' in decided) return { response_action: 'errors', errors: replyFieldErrors(decided.errors) };
  return showPreview(deps, caller, state, decided);
};

/** The second: decided again as things are now, recorded, and only then acknowledged. */
export const submitRulePreview: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadRuleCaller(deps, person);
  const state = readPreviewState(view.privateMetadata);
  if (!state) throw new CountersignError('invalid_input');
  const { sites, siteId } = await sitesFor(deps, { person }, state.subject);
  const decided = await decideRule(deps, { caller, sites }, state);
  if ('errors' in decided) {
    const fields = state.kind === 'form' ? { ...state.fields, siteId: siteId ?? state.fields.siteId } : undefined;
    if (!fields) throw new CountersignError('invalid_input');
    const [first] = decided.errors.values();
    const notice = `Something has changed in the meantime. ${first?.userMessage ?? ''}`;
    return { response_action: 'update', view: draw({ sites, subject: state.subject, notice }, fields) };
  }
  const { placed } = decided;
  if (placed && placed.rule.version !== state.subject?.version) {
    const seen = { ...state, subject: { ruleId: placed.rule.id, version: placed.rule.version } };
    const notice = ':warning: Somebody has changed this rule in the meantime. This is what would happen now:';
    return showPreview(deps, caller, seen, decided, notice);
  }
  const { status, insisted, accepted } = readSaid(view, state);
  if (decided.unguarded !== undefined && !insisted) {
    return {
      response_action: 'errors',
      errors: { [RULE_BLOCKS.insist]: 'This rule names no hostname. Go back and choose hostnames, or tick the box.' },
    };
  }
  const gaps = await gapsToAccept(deps, decided);
  const accepts = accepted !== undefined && accepted === gaps.digest;
  if (status === 'on' && gaps.open.length > 0 && !accepts) {
    // What stands there is not what was ticked, or what could have been: it is shown as it is now.
    if (view.values[gapsBlock(gaps.digest)] === undefined)
      return showPreview(deps, caller, state, decided, GAPS_CHANGED);
    if (gaps.isNeeded || isOn(placed, state)) {
      return { response_action: 'errors', errors: { [gapsBlock(gaps.digest)]: notAccepted(state) } };
    }
  }
  const request = await recordRule(deps, person, {
    siteId: decided.site.id,
    ruleId: placed?.rule.id,
    config: decided.config,
    status,
    insist: decided.unguarded !== undefined,
    acceptGaps: accepts && status === 'on' ? gaps.open.map(({ edge }) => edge.id) : [],
    // A preview is saved once; whatever comes again with its id is the same.
    idempotencyKey: `view:${view.id}`,
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, RULE_TITLE) };
};

async function showPreview(
  deps: BotDeps,
  caller: Parameters<typeof surroundingsOf>[1],
  state: PreviewState,
  decided: DecidedRule,
  notice?: string,
): Promise<SubmissionAnswer> {
  const metadata = previewMetadata(state);
  if (metadata === undefined) {
    const block =
      state.kind === 'form' && state.fields.mode === 'expression' ? RULE_BLOCKS.expression : RULE_BLOCKS.more;
    const text = 'This is longer than a form of Slack can carry. Make it two rules, or make it through the OpenAPI.';
    return { response_action: 'errors', errors: { [block]: text } };
  }
  const surroundings = await surroundingsOf(deps, caller, decided);
  const view = buildRulePreview({ kind: state.kind, decided, surroundings, metadata, notice });
  return { response_action: 'update', view };
}

const GAPS_CHANGED = ':warning: Edges have changed in the meantime. This is what would happen now:';

function notAccepted({ kind }: PreviewState): string {
  return kind === 'switch'
    ? 'It cannot be on everywhere. Tick the box, or cancel.'
    : 'It cannot be on everywhere. Tick the box, or choose Off.';
}

/** A rule that is on already is shown to be switched on for nothing but its gaps. */
function isOn(placed: DecidedRule['placed'], { kind }: PreviewState): boolean {
  return kind === 'switch' && placed?.rule.status === 'on';
}

function readSaid(
  view: SubmittedView,
  { kind }: PreviewState,
): { status: 'on' | 'off'; insisted: boolean; accepted: string | undefined } {
  const field = (name: 'state' | 'insist') => view.values[RULE_BLOCKS[name]]?.[RULE_ACTIONS[name]];
  const status = field('state')?.selected_option?.value;
  const ticked = field('insist')?.selected_options ?? [];
  const gaps = Object.values(view.values).flatMap((block) => block[RULE_ACTIONS.gaps]?.selected_options ?? []);
  return {
    status: kind === 'switch' || status === 'on' ? 'on' : 'off',
    insisted: ticked.some(({ value }) => value === TICKED),
    accepted: gaps[0]?.value,
  };
}
