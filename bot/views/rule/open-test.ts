import { CountersignError } from '../../../core/errors.ts';
import type { BotDeps } from '../../deps.ts';
import type { ActionHandler, SubmittedView, Turn } from '../../turn.ts';
import { findSite } from '../bind/load.ts';
import { openView, redrawView } from '../open-view.ts';
import { loadRuleSites } from './load.ts';
import { readTestMetadata, type TestFields } from './test-form.ts';
import { buildTestView } from './test-view.ts';

/** `/mtls waf test [hostname]`: one made-up request. */
export async function openRuleTest(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  typed: string,
): Promise<void> {
  const { sites } = await loadRuleSites(deps, turn.person);
  const isOurs = findSite(sites, typed) !== undefined && /^[a-z0-9.-]{1,253}$/i.test(typed.trim());
  const hostname = isOurs ? typed.trim().toLowerCase() : (sites[0]?.name ?? '');
  const fields: TestFields = {
    method: 'GET',
    url: `https://${hostname}/`,
    headers: '',
    client: '192.0.2.7',
    certificate: 'none',
    name: '',
    serial: '',
  };
  await openView(turn, buildTestView(fields));
}

export const clickRuleTest: ActionHandler = (deps, turn) => openRuleTest(deps, turn, turn.value);

/** From the answer back to the request, as it was filled in. */
export const clickRuleTestBack: ActionHandler = async (deps, turn) => {
  const { view } = turn;
  const fields = view && readTestMetadata(view.privateMetadata);
  if (!view || !fields) throw new CountersignError('invalid_input');
  await loadRuleSites(deps, turn.person);
  await redrawView(turn, view, buildTestView(fields));
};
