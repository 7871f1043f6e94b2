import { createHash } from 'node:crypto';
import { requireRole } from '../../../core/access/access.ts';
import { decideGate, type GateDecision } from '../../../core/approvals/policy.ts';
import { isWithin } from '../../../core/bindings/hostnames.ts';
import { canonicalJson } from '../../../core/canonical-json.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { DecidedBinding } from '../../../core/hostnames/decide.ts';
import { type HostnameStock, loadHostnames } from '../../../core/hostnames/stock.ts';
import { code, mention } from '../../../core/slack/text.ts';
import type { Site } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';

export type BindCaller = { caller: Caller; sites: readonly Site[] };

/** @throws CountersignError `not_authorized`; `no_site`, saying who can add one and how. */
export async function loadBindCaller(deps: BotDeps, person: Person): Promise<BindCaller> {
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'bind', caller.administrators);
  const sites = await loadActiveSites(deps, caller);
  return { caller, sites };
}

/** @throws CountersignError `no_site`. */
export async function loadActiveSites(deps: BotDeps, caller: Caller): Promise<Site[]> {
  const sites = (await reading(deps.store.sites(caller.accountId))).filter(({ state }) => state === 'active');
  if (sites.length > 0) return sites;
  const whom = caller.administrators.slice(0, 5).map(mention).join(', ') || 'An administrator';
  throw new CountersignError('no_site', {
    userMessage: `There is no active site yet, and hostnames belong to one. ${whom} can add it with \`/mtls site add example.com\`.`,
  });
}

/** The site that was typed, or the nearest one that a typed hostname is below; undefined when there is none. */
export function findSite<S extends Pick<Site, 'name'>>(sites: readonly S[], typed: string): S | undefined {
  const name = typed.trim().toLowerCase().replace(/\.$/, '').replace(/^\*\./, '');
  return sites.filter((site) => isWithin(name, site.name)).sort((a, b) => b.name.length - a.name.length)[0];
}

/** @throws CountersignError `no_site` when it is not among the active ones any more. */
export async function loadStock(deps: BotDeps, { sites }: BindCaller, siteId: string): Promise<HostnameStock> {
  const site = sites.find(({ id }) => id === siteId);
  if (!site) {
    throw new CountersignError('no_site', { userMessage: 'This site is not active any more. Choose another one.' });
  }
  return reading(loadHostnames(deps.store, site));
}

export const unknownSite = (typed: string) => `There is no active site ${code(typed.slice(0, 80))}.`;

/** Whether somebody else will be asked, as far as can be said before the worker decides. */
export async function gateOf(deps: BotDeps, { caller }: BindCaller, { gates }: DecidedBinding) {
  const account = await reading(deps.store.account(caller.accountId));
  return decideGate(gates, account ?? { fourEyes: true, openGates: [] }, caller);
}

/** Of what a preview shows: if it is another one when it is confirmed, the person has not seen what would happen. */
export function digestOf({ effect, gates }: DecidedBinding, { needed }: Pick<GateDecision, 'needed'>): string {
  return createHash('sha256').update(canonicalJson({ effect, gates, needed })).digest('hex').slice(0, 32);
}
