import type { ModalView } from '@slack/types';
import { mayDo, requireRole } from '../../../core/access/access.ts';
import { type Evidence, evidenceOf, lastUseText } from '../../../core/inventory/evidence.ts';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import { maySeeAll, possibleWithEach } from '../../../core/inventory/may.ts';
import { searchCertificates } from '../../../core/inventory/search.ts';
import { describeFilter } from '../../../core/inventory/words.ts';
import type { Site } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { type ListForm, type ListState, ROWS } from './form.ts';
import { buildListView } from './view.ts';
import { formOf } from './words.ts';

const NOTHING = { renew: false, revoke: false, release: false };

/** A person and what of the inventory they see. */
export type ListCaller = { caller: Caller; seesAll: boolean; sites: readonly Site[] };

/**
 * Everybody with a role sees the inventory. Without one, people see the certificates they own, if they own any.
 * @throws CountersignError `not_authorized` for everybody else.
 */
export async function loadListCaller(deps: BotDeps, person: Person): Promise<ListCaller> {
  const caller = await loadCaller(deps, person);
  const seesAll = maySeeAll(caller.roles);
  if (!seesAll && !(await ownsAny(deps, caller))) requireRole(caller.roles, 'inventory', caller.administrators);
  return { caller, seesAll, sites: await reading(deps.store.sites(caller.accountId)) };
}

async function ownsAny(deps: BotDeps, { accountId, userId }: Caller): Promise<boolean> {
  const search = { accountId, filter: { owner: userId }, limit: 1, now: deps.clock.now() };
  return (await reading(searchCertificates(deps.store, search))).rows.length > 0;
}

/** What a person asks for, as far as they may see it: whoever sees only their own gets only those. */
export function permitted(filter: CertificateFilter, { caller, seesAll }: ListCaller): CertificateFilter {
  return seesAll ? filter : { ...filter, owner: caller.userId };
}

/**
 * The list as it is now.
 * @param form what the fields hold; without it, they are filled in from what is shown.
 */
export async function drawList(
  deps: BotDeps,
  listCaller: ListCaller,
  asked: ListState,
  { form, notices = [] }: { form?: ListForm; notices?: readonly string[] } = {},
): Promise<ModalView> {
  const { caller, seesAll, sites } = listCaller;
  const { accountId, userId } = caller;
  const now = deps.clock.now();
  const filter = permitted(asked.filter, listCaller);
  const state: ListState = { ...asked, filter };
  const search = { accountId, filter, after: state.after || undefined, limit: ROWS, now };
  const { rows, next, exhausted } = await reading(searchCertificates(deps.store, search));
  const ids = rows.map(({ id }) => id);
  const evidence = await reading(evidenceOf(deps.store, accountId, ids, now));
  const possible = await reading(possibleWithEach(deps.store, rows, caller, now));
  const siteName = (siteId: string) => sites.find(({ id }) => id === siteId)?.name;
  return buildListView({
    viewerId: userId,
    choices: { seesAll, sites },
    form: form ?? formOf(filter, userId),
    state,
    rows: rows.map((certificate) => ({
      certificate,
      possible: possible.get(certificate.id) ?? NOTHING,
      lastUse: lastUse(evidence.get(certificate.id)),
    })),
    next,
    exhausted,
    summary: describeFilter(filter, { viewerId: userId, siteName }),
    notices,
    mayRevokeAll: mayRevokeAll(filter, caller),
    now,
  });
}

/** While no edge has reported, the list says so once instead of in every row. */
function lastUse(evidence: Evidence | undefined): string {
  return evidence === undefined || evidence.kind === 'no_edge' ? '' : lastUseText(evidence);
}

function mayRevokeAll(filter: CertificateFilter, caller: Caller): boolean {
  const living = filter.state !== 'revoked' && filter.state !== 'expired';
  return living && (filter.owner === caller.userId || mayDo(caller.roles, 'revoke'));
}
