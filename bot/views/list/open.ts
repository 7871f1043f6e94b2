import { filterSchema } from '../../../core/inventory/filter.ts';
import type { BotDeps } from '../../deps.ts';
import type { ActionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView } from '../open-view.ts';
import { firstPage } from './form.ts';
import { drawList, loadListCaller } from './load.ts';
import { askedFor, USUAL } from './words.ts';

type OpeningTurn = Turn & { view?: SubmittedView | undefined };

/** `/mtls list [words]`: opens the list with what the words mean; what they do not mean is said above it. */
export async function openList(deps: BotDeps, turn: OpeningTurn, words: string): Promise<void> {
  const listCaller = await loadListCaller(deps, turn.person);
  const { sites, caller } = listCaller;
  const asked = askedFor(words, USUAL, { userId: caller.userId, sites });
  const view = await drawList(deps, listCaller, firstPage(asked.filter, 0), { notices: asked.notUnderstood });
  await openView(turn, view);
}

/** *My certificates*, *Certificates*: the value is a filter as JSON, or empty for the usual one. */
export const clickOpenList: ActionHandler = async (deps, turn) => {
  const filter = readFilter(turn.value);
  if (filter === undefined) return openList(deps, turn, '');
  const listCaller = await loadListCaller(deps, turn.person);
  await openView(turn, await drawList(deps, listCaller, firstPage(filter, 0)));
};

function readFilter(value: string) {
  try {
    return filterSchema.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined;
  }
}
