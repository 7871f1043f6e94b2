import { isPerson } from '../../core/access/actor.ts';
import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { parseSiteName } from '../../core/sites/name.ts';
import { countNames, namesText } from '../../core/slack/bindings.ts';
import { code, truncate } from '../../core/slack/text.ts';
import { expect, update } from '../../core/store/plan.ts';
import type { Binding, Rule, Site } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import { loadRows } from '../bindings/rows.ts';
import type { JobDeps } from '../deps.ts';
import { expectRulesets, loadRules } from '../rules/load.ts';
import { protectingIn } from '../rules/ruleset.ts';
import { planTold } from '../told.ts';
import { requireActor, requireSiteActor } from './policy.ts';

/** Removes a site: nothing more is issued for it. What was issued stays valid until it ends or is revoked. */
export async function carryOutSiteRemove(deps: JobDeps, request: RequestOf<'site_remove'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const name = parseSiteName(payload.name);
  const named = await deps.store.siteByName(name);
  const site = payload.siteId === undefined || payload.siteId === named?.id ? named : undefined;
  const { unchanged, account, grants } = await requireRemover(deps, request, site);
  if (!site || site.accountId !== accountId) {
    throw new CountersignError('not_found', {
      userMessage: `There is no site \`${name}\` here. \`/mtls site list\` shows those there are.`,
    });
  }
  const { bindings } = await loadRows(deps, site);
  const rows = bindings.filter((row) => row.siteId === site.id);
  refuseWhileBound(name, rows);
  const stock = await loadRules(deps, site.id);
  const denying = stock.rulesets.flatMap((ruleset) => protectingIn(stock, ruleset));
  refuseWhileDenying(name, denying);
  const gate = await passGate(deps, request, {
    // Removed and added again it would be a site without a guard. One without is removed by its administrator alone.
    gate: site.guarded ? 'four_eyes' : [],
    account,
    grants,
    targets: [{ table: 'sites', id: site.id, version: site.version }],
    card: removeCard(site),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `\`${name}\` is removed: no more certificates are issued for it. Those already issued stay valid until they end or are revoked.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...rows.map((row) => expect('bindings', row)),
    ...expectRulesets(stock, []),
    ...stock.rules.map((rule) => expect('rules', rule)),
    update('sites', site, { state: 'removed' }),
    ...events.siteRemoved({ accountId, actorId, at }, site),
    endRequest(request, 'done', { code: 'site_removed', message, siteId: site.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** Removing it would take protection away without anybody having said so. */
function refuseWhileBound(name: string, rows: readonly Binding[]): void {
  const bound = [...new Set(rows.flatMap(({ hostnames }) => hostnames))];
  if (bound.length === 0) return;
  throw new CountersignError('wrong_state', {
    userMessage: `${code(name)} has ${countNames(bound.length)} with mTLS: ${namesText(bound, 1_500)}. Removing the site would switch it off there. Unbind ${bound.length === 1 ? 'it' : 'them'} first with \`/mtls bind ${name}\`.`,
  });
}

/** The same of rules that are on: the site's end would be theirs. */
function refuseWhileDenying(name: string, denying: readonly Rule[]): void {
  if (denying.length === 0) return;
  const names = denying.map((rule) => code(rule.name)).join(', ');
  throw new CountersignError('already_exists', {
    userMessage: `${code(name)} has ${denying.length === 1 ? 'a rule that denies' : `${denying.length} rules that deny`} requests: ${truncate(names, 1_500)}. Switch ${denying.length === 1 ? 'it' : 'them'} off or delete ${denying.length === 1 ? 'it' : 'them'} first.`,
  });
}

/** A person with the role; an API key that is for this site, where it is there to be removed. */
async function requireRemover(deps: JobDeps, request: RequestOf<'site_remove'>, site: Site | undefined) {
  const { accountId, actorId } = request;
  if (isPerson(actorId)) return requireActor(deps, accountId, actorId, 'site_remove');
  const own = site?.accountId === accountId && site.state === 'active';
  return own
    ? requireSiteActor(deps, request, 'site_remove', site.id)
    : requireSiteActor(deps, request, 'site_remove', null);
}

function removeCard({ name, guarded }: Site): Card {
  const what = guarded ? 'Remove the guarded site' : 'Remove the site';
  return {
    what: `${what} ${code(name)}`,
    plain: `${what} ${name}`,
    facts: [],
    because: '',
    evidence: null,
    risk: `Nothing more is issued for it.${guarded ? ' Added again, it is a site without a guard.' : ''}`,
  };
}
