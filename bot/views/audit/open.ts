import type { ModalView } from '@slack/types';
import { mayDo, requireRole } from '../../../core/access/access.ts';
import { searchAudit } from '../../../core/audit/search.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { EventWalk } from '../../../core/store/questions/audit.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import type { ActionHandler, SubmissionHandler, SubmittedView, Turn } from '../../turn.ts';
import { openView, redrawView } from '../open-view.ts';
import {
  AUDIT_ROWS,
  type AuditState,
  auditBlock,
  FROM_THE_NEWEST,
  NOT_SEARCHED,
  readAuditForm,
  readAuditState,
  readWalk,
} from './form.ts';
import { buildAuditView } from './view.ts';
import { readAuditWords } from './words.ts';

/** `/mtls audit [words]`: opens the search with what the words mean. */
export async function openAudit(
  deps: BotDeps,
  turn: Turn & { view?: SubmittedView | undefined },
  words: string,
): Promise<void> {
  const caller = await loadAuditor(deps, turn.person);
  await openView(turn, await drawAudit(deps, caller, { filter: readAuditWords(words), round: 0 }, FROM_THE_NEWEST));
}

/** *Search*: shows what is asked for, newest first. */
export const submitAudit: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadAuditor(deps, person);
  const { round } = readShownAudit(view);
  const filter = readAuditForm(view);
  if ('fault' in filter) {
    return { response_action: 'errors', errors: { [auditBlock(filter.field, { round })]: filter.fault } };
  }
  const state = { filter, round: round + 1 };
  return { response_action: 'update', view: await drawAudit(deps, caller, state, FROM_THE_NEWEST) };
};

/** *Next*, *Previous*: another page of what was searched for, whatever has been typed since. */
export const clickOlderEvents: ActionHandler = (deps, turn) => turnPage(deps, turn, readWalk('older', turn.value));
export const clickNewerEvents: ActionHandler = (deps, turn) => turnPage(deps, turn, readWalk('newer', turn.value));

/** *Clear the search*: empty fields, and the newest events. */
export const clickClearAudit: ActionHandler = async (deps, turn) => {
  if (!turn.view) return;
  const caller = await loadAuditor(deps, turn.person);
  const state = { ...NOT_SEARCHED, round: readShownAudit(turn.view).round + 1 };
  await redrawView(turn, turn.view, await drawAudit(deps, caller, state, FROM_THE_NEWEST));
};

async function turnPage(deps: BotDeps, turn: Parameters<ActionHandler>[1], walk: EventWalk): Promise<void> {
  if (!turn.view) return;
  const caller = await loadAuditor(deps, turn.person);
  await redrawView(turn, turn.view, await drawAudit(deps, caller, readShownAudit(turn.view), walk));
}

async function drawAudit(deps: BotDeps, caller: Caller, state: AuditState, walk: EventWalk): Promise<ModalView> {
  const { accountId, roles } = caller;
  const { store, clock } = deps;
  const search = { accountId, filter: state.filter, limit: AUDIT_ROWS, now: clock.now() };
  let page = await reading(searchAudit(store, { ...search, walk }));
  // Back at the newest: a whole page of them rather than what was left over.
  if (walk.towards === 'newer' && page.newer === undefined) {
    page = await reading(searchAudit(store, { ...search, walk: FROM_THE_NEWEST }));
  }
  const checkpoint = await reading(store.newestAuditCheckpoint(accountId));
  return buildAuditView({ state, page, checkpoint, mayExport: mayDo(roles, 'audit_export') });
}

/** @throws CountersignError `not_authorized` for whoever may not read the audit. */
async function loadAuditor(deps: BotDeps, person: Person): Promise<Caller> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'audit_search', caller.administrators);
  return caller;
}

/** @throws CountersignError when the metadata is not what was written there. */
export function readShownAudit(view: SubmittedView): AuditState {
  const state = readAuditState(view.privateMetadata);
  if (state) return state;
  throw new CountersignError('invalid_input', {
    userMessage: 'This search cannot go on from here. Open it again with `/mtls audit`.',
  });
}
