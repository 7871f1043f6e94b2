import { MANAGED } from '../../../core/bindings/verbs.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { BotDeps } from '../../deps.ts';
import type { ActionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView, redrawView } from '../open-view.ts';
import { type BindForm, readBindForm, readPreviewState } from './form.ts';
import { findSite, loadBindCaller, loadStock, unknownSite } from './load.ts';
import { buildBindView } from './view.ts';

type Wanted = {
  /** A site's name, or a hostname below it, as typed. */
  typed?: string;
  siteId?: string;
  authorityId?: string;
};

/** `/mtls bind [site]`, and *Change…* beside what is bound: opens "Domain Name Information". */
export async function openBind(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  wanted: Wanted,
): Promise<void> {
  const bindCaller = await loadBindCaller(deps, turn.person);
  const { sites } = bindCaller;
  const typed = wanted.typed?.trim() ?? '';
  const named = wanted.siteId === undefined ? findSite(sites, typed) : sites.find(({ id }) => id === wanted.siteId);
  const siteId = (named ?? sites[0])?.id ?? '';
  const stock = await loadStock(deps, bindCaller, siteId);
  const missed = named === undefined && (typed !== '' || wanted.siteId !== undefined);
  const notice = missed ? `${typed === '' ? 'This site is gone.' : unknownSite(typed)} Choose one.` : undefined;
  const form: BindForm = { siteId, authorityId: wanted.authorityId ?? MANAGED, verb: 'add', hostnames: '' };
  await openView(turn, buildBindView({ sites, stock, notice }, form));
}

/** *Change…*; the value is the id of a binding's row, `SITE:AUTHORITY`, or empty. */
export const clickBind: ActionHandler = (deps, turn) => {
  const [siteId = '', authorityId = ''] = turn.value.split(':');
  return openBind(deps, turn, siteId === '' ? {} : { siteId, ...(authorityId === '' ? {} : { authorityId }) });
};

/** Another site or authority was chosen: shows what is bound there. */
export const changeBind: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  if (!view) return;
  await redrawForm(deps, turn, view, readBindForm(view));
};

/** From the preview back to the form, as it was filled in. */
export const clickBindBack: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  const state = view && readPreviewState(view.privateMetadata);
  if (!view || !state) throw new CountersignError('invalid_input');
  await redrawForm(deps, turn, view, { ...state, hostnames: state.hostnames.join('\n') });
};

async function redrawForm(deps: BotDeps, turn: Turn, view: SubmittedView, form: BindForm): Promise<void> {
  const bindCaller = await loadBindCaller(deps, turn.person);
  const stock = await loadStock(deps, bindCaller, form.siteId);
  await redrawView(turn, view, buildBindView({ sites: bindCaller.sites, stock }, form));
}
