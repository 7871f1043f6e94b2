import { randomUUID } from 'node:crypto';
import { splitHostnames } from '../../../core/bindings/hostnames.ts';
import { asCountersignError, type CountersignError } from '../../../core/errors.ts';
import {
  type AskedBinding,
  type DecidedBinding,
  decideBinding,
  nothingChangedText,
} from '../../../core/hostnames/decide.ts';
import type { HostnameStock } from '../../../core/hostnames/stock.ts';
import { hostnameEvidenceText } from '../../../core/inventory/hostname-use.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { plainText } from '../../reply.ts';
import type { SubmissionAnswer, SubmissionHandler, SubmittedView } from '../../turn.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import {
  authorityBlock,
  BIND_ACTIONS,
  BIND_BLOCKS as BLOCKS,
  type PreviewState,
  previewMetadata,
  readBindForm,
  readPreviewState,
  showsItsAuthorities,
  TICKED,
} from './form.ts';
import { type BindCaller, digestOf, gateOf, loadBindCaller, loadStock } from './load.ts';
import { buildBindPreview, isSaidTwice } from './preview.ts';
import { BIND_TITLE, buildBindView } from './view.ts';

/** The first submission: everything that is wrong at its field, or the second step, which shows what it does. */
export const submitBind: SubmissionHandler = async (deps, { person, view }) => {
  const bindCaller = await loadBindCaller(deps, person);
  const form = readBindForm(view);
  const stock = await loadStock(deps, bindCaller, form.siteId);
  if (!showsItsAuthorities(view, form)) {
    return { response_action: 'update', view: buildBindView({ sites: bindCaller.sites, stock }, form) };
  }
  const asked = { ...form, hostnames: splitHostnames(form.hostnames) };
  const decided = decide(deps, stock, asked);
  if (!('effect' in decided)) return refuse(stock, decided);
  if (decided.changesNothing) return refuseHostnames(plainText(nothingChangedText(stock, { ...decided, ...asked })));
  return showPreview(deps, bindCaller, stock, asked, decided);
};

/** The second: decided again as things are now, recorded, and only then acknowledged. */
export const submitBindPreview: SubmissionHandler = async (deps, { person, view }) => {
  const bindCaller = await loadBindCaller(deps, person);
  const state = readPreviewState(view.privateMetadata);
  const stock = await loadStock(deps, bindCaller, state?.siteId ?? '');
  const decided = state && decide(deps, stock, state);
  if (!decided || !('effect' in decided)) return showAgain(deps, bindCaller, stock, state, decided);
  const gate = await gateOf(deps, bindCaller, decided);
  if (decided.changesNothing || state.seen !== digestOf(decided, gate)) {
    return showAgain(deps, bindCaller, stock, state, decided);
  }
  const said = readSaid(view);
  const errors = {
    ...(isSaidTwice(decided, state.verb) && !said.confirmed
      ? { [BLOCKS.confirmed]: 'Tick the box if this is what you want.' }
      : {}),
    ...(gate.needed && said.because === '' ? { [BLOCKS.because]: 'Say why, in a few words.' } : {}),
  };
  if (Object.keys(errors).length > 0) return { response_action: 'errors', errors };
  const { siteId, authorityId, verb, hostnames } = state;
  const isEmpty = verb === 'replace' && hostnames.length === 0;
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'bind',
    payload: {
      siteId,
      authorityId,
      verb,
      hostnames,
      because: said.because,
      ...(isEmpty ? { emptyConfirmed: true as const } : {}),
    },
    // A preview is confirmed once; whatever comes again with its id is the same.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, BIND_TITLE) };
};

/** A refusal is returned, so that it can be shown at the field that it is about; anything else is thrown. */
function decide(deps: BotDeps, stock: HostnameStock, asked: AskedBinding): DecidedBinding | CountersignError {
  try {
    return decideBinding(stock, asked, deps.clock.now());
  } catch (thrown) {
    const error = asCountersignError(thrown);
    if (error.details['field'] === undefined) throw thrown;
    return error;
  }
}

function refuse({ site }: HostnameStock, error: CountersignError): SubmissionAnswer {
  const block = error.details['field'] === 'authority' ? authorityBlock(site.id) : BLOCKS.hostnames;
  return { response_action: 'errors', errors: { [block]: plainText(error.userMessage) } };
}

const refuseHostnames = (text: string): SubmissionAnswer => ({
  response_action: 'errors',
  errors: { [BLOCKS.hostnames]: text },
});

async function showPreview(
  deps: BotDeps,
  bindCaller: BindCaller,
  stock: HostnameStock,
  asked: AskedBinding,
  decided: DecidedBinding,
  notice?: string,
): Promise<SubmissionAnswer> {
  const { authorityId, verb } = asked;
  const siteName = stock.site.name;
  const { gained, lost, needless, hostnames } = decided.change;
  const named = verb === 'replace' ? hostnames : [...(verb === 'add' ? gained : lost), ...needless];
  const gate = await gateOf(deps, bindCaller, decided);
  const state = { siteId: stock.site.id, authorityId, verb, hostnames: named, seen: digestOf(decided, gate) };
  const metadata = previewMetadata(state, siteName);
  if (metadata === undefined) {
    return refuseHostnames(
      'Together these names are too long for one form. Give them in two parts, one after the other.',
    );
  }
  const view = buildBindPreview({
    siteName,
    verb,
    nameOf: stock.nameOf,
    decided,
    gate,
    evidence: await reading(hostnameEvidenceText(deps.store, stock.site, [...gained, ...lost], deps.clock.now())),
    metadata,
    notice,
  });
  return { response_action: 'update', view };
}

/** Something has changed between the two steps: the new preview where there is one, else the form with the reason. */
async function showAgain(
  deps: BotDeps,
  bindCaller: BindCaller,
  stock: HostnameStock,
  state: PreviewState | undefined,
  decided: DecidedBinding | CountersignError | undefined,
): Promise<SubmissionAnswer> {
  if (state && decided && 'effect' in decided && !decided.changesNothing) {
    const notice = ':warning: Something has changed in the meantime. This is what would happen now:';
    return showPreview(deps, bindCaller, stock, state, decided, notice);
  }
  const because = decided && !('effect' in decided) ? decided.userMessage : 'There is nothing to do any more.';
  const form = {
    siteId: stock.site.id,
    authorityId: state?.authorityId ?? '',
    verb: state?.verb ?? ('add' as const),
    hostnames: state?.hostnames.join('\n') ?? '',
  };
  const model = {
    sites: bindCaller.sites,
    stock,
    notice: `Something has changed in the meantime. ${because}`,
  };
  return { response_action: 'update', view: buildBindView(model, form) };
}

function readSaid(view: SubmittedView): { confirmed: boolean; because: string } {
  const ticked = view.values[BLOCKS.confirmed]?.[BIND_ACTIONS.confirmed]?.selected_options ?? [];
  const because = view.values[BLOCKS.because]?.[BIND_ACTIONS.because]?.value ?? '';
  return { confirmed: ticked.some(({ value }) => value === TICKED), because: because.trim().slice(0, 500) };
}
