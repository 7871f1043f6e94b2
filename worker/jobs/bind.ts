import { isPerson } from '../../core/access/actor.ts';
import type { Card } from '../../core/approvals/card.ts';
import type { Target } from '../../core/approvals/content.ts';
import * as events from '../../core/audit/events.ts';
import { authoritiesFor } from '../../core/bindings/lookup.ts';
import { bindingId } from '../../core/bindings/verbs.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { CountersignError } from '../../core/errors.ts';
import { type DecidedBinding, decideBinding, nothingChangedText } from '../../core/hostnames/decide.ts';
import type { HostnameStock } from '../../core/hostnames/stock.ts';
import { hostnameEvidenceText } from '../../core/inventory/hostname-use.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { countNames, effectFacts, namesText } from '../../core/slack/bindings.ts';
import { bold, code, escapeText } from '../../core/slack/text.ts';
import { expect } from '../../core/store/plan.ts';
import type { Binding } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import { loadRows, planRow } from '../bindings/rows.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseWhileSameAsked, requireSiteActor } from './policy.ts';

type BindRequest = RequestOf<'bind'>;

/**
 * Changes the hostnames of one authority in one site, all of it or nothing. What takes a hostname away from an authority,
 * and what binds one to an uploaded authority, waits for a second person.
 */
export async function carryOutBind(deps: JobDeps, request: BindRequest): Promise<void> {
  const { accountId, actorId, payload } = request;
  // 1. Who asks, and for which site.
  const { account, grants, site, unchanged } = await requireSiteActor(deps, request, 'bind', payload.siteId);

  // 2. What it makes of the lists as they are now.
  const stock = await loadRows(deps, site);
  const decided = decideBinding(stock, payload, deps.clock.now());
  const target = rowOf(stock, decided.authorityId);
  const approved = (await deps.store.approvalOfRequest(request.id)) !== undefined;
  if (decided.changesNothing && !approved) return endUnchanged(deps, request, stock, decided, target);
  requireSaidTwice(request);
  await refuseWhileAsked(deps, request);

  // 3. Whether somebody else has to agree.
  const { gained, lost } = decided.change;
  const evidence = await hostnameEvidenceText(deps.store, site, [...gained, ...lost], deps.clock.now());
  const gate = await passGate(deps, request, {
    gate: decided.gates,
    account,
    grants,
    targets: targetsOf(stock, decided, target),
    card: bindCard(request, stock, decided, evidence),
  });
  if (!gate.passed) return;

  // 4. One transaction; it fails when any list in which one of the names can stand has changed.
  const at = deps.clock.now();
  const authority = stock.nameOf(decided.authorityId);
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...(decided.uploaded ? [expect('uploadedAuthorities', decided.uploaded)] : []),
    ...planRow(stock.bindings, target, decided.change.hostnames, at),
    ...events.bindingChanged({ accountId, actorId, at }, target, {
      site: site.name,
      authority,
      added: gained,
      removed: lost,
    }),
    endRequest(request, 'done', { code: 'bound', message: doneText(stock, decided), siteId: site.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** A list in another order is kept as it was given, so that it is read as it was written; nobody is told of it. */
async function endUnchanged(
  deps: JobDeps,
  request: BindRequest,
  stock: HostnameStock,
  decided: DecidedBinding,
  target: Binding,
): Promise<void> {
  const at = deps.clock.now();
  const { hostnames } = decided.change;
  const reordered = hostnames.some((name, place) => target.hostnames[place] !== name);
  const message = nothingChangedText(stock, { ...decided, verb: request.payload.verb });
  const committed = await deps.store.commit([
    ...(reordered ? planRow(stock.bindings, target, hostnames, at) : []),
    endRequest(request, 'done', { code: 'unchanged', message, siteId: stock.site.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function rowOf(stock: HostnameStock, authorityId: string): Binding {
  const row = stock.bindings.find(({ id }) => id === bindingId(stock.site.id, authorityId));
  // The row of an uploaded authority is made with it, and that of the managed one by whoever loads them.
  if (!row) throw new CountersignError('internal', { details: { reason: 'an authority without its list' } });
  return row;
}

/** A person has to say twice that a list becomes empty. A program says it by the call itself (`Set` with `[]`). */
function requireSaidTwice({ actorId, payload }: BindRequest): void {
  if (!isPerson(actorId) || payload.verb !== 'replace' || payload.hostnames.length > 0 || payload.emptyConfirmed)
    return;
  throw new CountersignError('invalid_input', {
    userMessage:
      'An empty list takes all hostnames away from the authority. Say so by ticking the box. Nothing was changed.',
  });
}

/** One question is asked once, so that nobody fills the approval channel by asking the same again. */
function refuseWhileAsked(deps: JobDeps, request: BindRequest): Promise<void> {
  const asked = sameQuestion(request.payload);
  return refuseWhileSameAsked(deps, request, ({ payload }) => sameQuestion(payload) === asked);
}

const sameQuestion = ({ siteId, authorityId, verb, hostnames }: Readonly<Record<string, unknown>>) =>
  canonicalJson([siteId, authorityId, verb, hostnames]);

/**
 * What an approval is about: the list, its authority, and every other list on which it depends whether mTLS stays on or
 * who is accepted. Other lists of the site may change while somebody decides.
 */
function targetsOf(stock: HostnameStock, { change, uploaded }: DecidedBinding, target: Binding): Target[] {
  const names = [...change.gained, ...change.lost];
  const matters = (row: Binding) =>
    row.id === target.id || names.some((name) => authoritiesFor(name, [row]).length > 0);
  return [
    ...stock.bindings.filter(matters).map(({ id, version }): Target => ({ table: 'bindings', id, version })),
    ...(uploaded ? [{ table: 'uploadedAuthorities' as const, id: uploaded.id, version: uploaded.version }] : []),
  ];
}

function bindCard(request: BindRequest, stock: HostnameStock, decided: DecidedBinding, evidence: string): Card {
  const { effect, authorityId, uploaded } = decided;
  const { gained, lost, off } = effect;
  const authority = stock.nameOf(authorityId);
  const site = stock.site.name;
  const does = [
    gained.length === 0 ? '' : `bind ${countNames(gained.length)} to`,
    lost.length === 0 ? '' : `take ${countNames(lost.length)} away from`,
  ];
  const verb = sentence(does.filter((part) => part !== '').join(' and '));
  return {
    what: `${verb} ${bold(authority)} for ${escapeText(site)}${off.length > 0 ? ', *which switches mTLS off there*' : ''}`,
    plain: `${verb} ${authority} for ${site}${off.length > 0 ? ', which switches mTLS off there' : ''}`,
    facts: [
      ['Site', code(site)],
      ['Authority', uploaded ? `${bold(authority)} (uploaded CA)` : bold(authority)],
      ...effectFacts(effect, authority, stock.nameOf),
    ],
    because: escapeText(request.payload.because),
    evidence,
    risk: riskText(effect),
  };
}

function riskText({ gained, lost, off, displaced }: DecidedBinding['effect']): string {
  return [
    off.length === 0 ? '' : `Nobody needs a certificate any more at ${countNames(off.length)}.`,
    lost.length > off.length || displaced.length > 0
      ? 'Clients whose certificates are of an authority that is taken away are not verified there any more.'
      : '',
    gained.length === 0 ? '' : 'Whoever has a certificate of this authority is verified at what it gains.',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

function doneText(stock: HostnameStock, { authorityId, effect, change }: DecidedBinding): string {
  const { gained, lost, off } = effect;
  const now = change.hostnames.length;
  return [
    `${bold(stock.nameOf(authorityId))} has ${now === 0 ? 'no hostname' : countNames(now)} of ${code(stock.site.name)} now.`,
    gained.length === 0 ? '' : `Gained: ${namesText(gained, 1_000)}.`,
    lost.length === 0 ? '' : `Lost: ${namesText(lost, 1_000)}.`,
    off.length === 0 ? '' : `mTLS is off at ${namesText(off, 600)}.`,
    change.needless.length === 0 ? '' : `Nothing to do for ${namesText(change.needless, 400)}.`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}
