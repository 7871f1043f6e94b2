import type { Card } from '../../core/approvals/card.ts';
import * as events from '../../core/audit/events.ts';
import { nextLookAt, refreshText } from '../../core/ca/read-crl/schedule.ts';
import { parseCrlUrl } from '../../core/ca/read-crl/url.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Payload, RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, code, escapeText, moment, quantity } from '../../core/slack/text.ts';
import { expect, insert, type Plan, update } from '../../core/store/plan.ts';
import type { UploadedAuthority, UploadedCrl } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { type Candidate, prepareTaking, readCandidate } from '../uploaded-crl/take.ts';
import { refuseWhileSameAsked } from './policy.ts';
import { requireRevoking } from './uploaded-authority.ts';

/** Whoever asked waits for it, and so does the lease of the request. */
const FETCHING_MS = 10_000;

/**
 * Changes where the CRL of a custom CA comes from. A list is taken at once, from its address as well, so that a source
 * never takes the place of another before it has given a good one.
 *
 * Somebody else decides (gate `ca_unblock`) where certificates that were revoked for good would be let in again, and
 * where nothing is fetched any more, because then nobody is kept out from now on. Everything else only takes access away.
 */
export async function carryOutCaCrl(deps: JobDeps, request: RequestOf<'ca_crl'>): Promise<void> {
  const { authorityId, source } = request.payload;
  const { authority, ca, unchanged, account, grants } = await requireRevoking(deps, request, authorityId);
  await refuseWhileSameAsked(deps, request, ({ payload }) => payload['authorityId'] === authorityId);
  const row = await deps.store.uploadedCrl(authority.id);
  const url = source.kind === 'url' ? parseCrlUrl(source.url).href : null;
  const candidate = await candidateFrom(deps, authority, row, source, url);
  const change: Change = { ca, row, url, candidate };
  const gate = await passGate(deps, request, {
    gate: endsFetching(change) || (candidate?.letIn ?? 0) > 0 ? 'ca_unblock' : [],
    account,
    grants,
    targets: [{ table: 'uploadedAuthorities', id: authority.id, version: authority.version }],
    card: crlCard(change),
  });
  if (!gate.passed) return;

  const taking = candidate ? await prepareTaking(deps, row, candidate) : { set: {}, plan: [] };
  const at = deps.clock.now();
  const next = { ...(row ?? newRow(authority, at)), ...taking.set, url, attempts: 0, problem: null, leaseUntil: null };
  next.nextFetchAt = nextLookAt(next, 0, at);
  const { id, version, ...set } = next;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...taking.plan,
    expect('uploadedAuthorities', authority),
    row ? update('uploadedCrls', row, set) : insert('uploadedCrls', next),
    ...planEvents({ accountId: request.accountId, actorId: request.actorId, at }, change),
    endRequest(request, 'done', { code: 'crl_set', message: doneText(change, next), authorityId: id, version }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

type Change = {
  ca: events.CustomCa;
  /** What there was. */
  row: UploadedCrl | undefined;
  /** From where it is fetched from now on. */
  url: string | null;
  /** The list that is taken; undefined where nothing is to be fetched any more, and that is all. */
  candidate: Candidate | undefined;
};

const endsFetching = ({ row, url }: Change) => url === null && (row?.url ?? null) !== null;

async function candidateFrom(
  deps: JobDeps,
  authority: UploadedAuthority,
  row: UploadedCrl | undefined,
  source: Payload<'ca_crl'>['source'],
  url: string | null,
): Promise<Candidate | undefined> {
  if (source.kind === 'none') {
    if (row && row.url !== null) return undefined;
    throw new CountersignError('already_exists', {
      userMessage: 'Nothing is fetched for this CA, so there is nothing to stop.',
    });
  }
  if (url === null && source.kind === 'paste') {
    return readCandidate(deps, authority, row, Buffer.from(source.crl, 'base64'));
  }
  const fetched = await deps.fetchCrl(url ?? '', { timeoutMs: Math.min(FETCHING_MS, deps.leaseMs / 2) });
  if (!fetched.changed) throw new CountersignError('crl_not_fetched');
  return readCandidate(deps, authority, row, fetched.octets);
}

function newRow(authority: UploadedAuthority, now: Date): UploadedCrl {
  return {
    id: authority.id,
    accountId: authority.accountId,
    url: null,
    contentId: null,
    number: null,
    thisUpdate: null,
    nextUpdate: null,
    sha256: null,
    entries: 0,
    octets: 0,
    takenAt: null,
    nextFetchAt: null,
    attempts: 0,
    problem: null,
    alarmedAt: null,
    leaseUntil: null,
    createdAt: now,
    version: 1,
  };
}

function planEvents(who: { accountId: string; actorId: string; at: Date }, change: Change): Plan {
  const { ca, row, url, candidate } = change;
  const source = url ?? (candidate ? 'pasted' : 'nothing');
  const taken = candidate && !candidate.same ? candidate : undefined;
  return [
    ...(row === undefined || row.url !== url ? events.uploadedCrlSource(who, ca, source) : []),
    ...(taken
      ? events.uploadedCrlTaken(who, ca, {
          revoked: taken.crl.entries,
          added: taken.added,
          removed: taken.removed,
          number: taken.crl.number,
          goodUntil: taken.crl.nextUpdate,
        })
      : []),
    ...(candidate && row?.alarmedAt ? events.uploadedCrlRecovered(who, ca, candidate.crl.nextUpdate) : []),
  ];
}

function doneText({ ca, row, url, candidate }: Change, next: UploadedCrl): string {
  const whose = `${bold(ca.name)} for ${escapeText(ca.site)}`;
  if (!candidate) {
    const kept = quantity(row?.entries ?? 0, 'certificate');
    return `Nothing is fetched any more for ${whose}. What its last CRL revokes (${kept}) stays refused.`;
  }
  const { crl, same } = candidate;
  const changes = same ? 'the same as before' : `${candidate.added} new, ${candidate.removed} not listed any more`;
  const number = crl.number === null ? '' : `, number ${crl.number}`;
  const list = `The CRL of ${whose} is taken: it revokes ${quantity(crl.entries, 'certificate')} (${changes})${number}, good until ${moment(crl.nextUpdate)}.`;
  const then =
    url === null
      ? 'Nobody fetches the next one: give it here before then.'
      : `It is fetched again every ${refreshText(next)} or so from ${code(url)}.`;
  return [list, then, ...crl.notices].join(' ');
}

function crlCard(change: Change): Card {
  const { ca, row, url, candidate } = change;
  const whose = (name: string) => `${name} for ${escapeText(ca.site)}`;
  const verb = candidate ? 'Take another CRL of' : 'Stop fetching the CRL of';
  const from = url === null ? (candidate ? 'given here' : 'nowhere') : code(url);
  const letIn = candidate?.letIn ?? 0;
  return {
    what: `${verb} ${whose(bold(ca.name))}`,
    plain: `${verb} ${whose(escapeText(ca.name))}`,
    facts: [
      ['Comes from', from],
      ['So far', row?.url ? code(row.url) : 'given here'],
      ['Revoked so far', quantity(row?.entries ?? 0, 'certificate')],
      ...(candidate
        ? ([
            ['Revoked then', quantity(candidate.crl.entries, 'certificate')],
            ['Let in again', letIn === 0 ? 'none' : `*${quantity(letIn, 'certificate')}*`],
            ['Good until', moment(candidate.crl.nextUpdate)],
          ] as const)
        : []),
    ],
    because: '',
    evidence: null,
    risk: [
      ...(letIn > 0
        ? [
            'Certificates that were revoked are accepted again. A CA takes those off its CRL that have ended; these may have.',
          ]
        : []),
      ...(endsFetching(change)
        ? ['What the CA revokes from now on is not known here until somebody gives its CRL.']
        : []),
    ].join(' '),
  };
}
