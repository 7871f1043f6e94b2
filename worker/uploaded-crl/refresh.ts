import { SYSTEM } from '../../core/audit/event.ts';
import * as events from '../../core/audit/events.ts';
import { isStale, nextLookAt } from '../../core/ca/read-crl/schedule.ts';
import type { Clock } from '../../core/clock.ts';
import { asCountersignError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { insert, type Plan, update } from '../../core/store/plan.ts';
import type { UploadedAuthority, UploadedCrl } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import type { FetchCrl, Validators } from './fetch.ts';
import { prepareTaking, readCandidate } from './take.ts';

export type RefreshDeps = { store: Store; clock: Clock; logger: Logger; fetchCrl: FetchCrl };

const FETCHING_MS = 30_000;
/** Longer than fetching, reading and writing 16 MiB: another worker takes over only from one that is gone. */
const LEASE_MS = 120_000;
const LOOKED_AT = 16;
/** More authorities than this are asked for in full again. */
const MOST_REMEMBERED = 10_000;

export type Refresher = {
  /** Deals with one CRL that is due. @returns whether there was one. */
  refreshOne(signal?: AbortSignal): Promise<boolean>;
  /** Lets go of the octets of authorities that were deleted. */
  forgetDeleted(): Promise<void>;
};

/**
 * Keeps the CRLs of uploaded authorities as their issuers publish them. The row says what is due; a lease in it keeps two
 * workers from fetching the same, its version keeps them right. Whatever a server sends, the last good list stays in
 * force until a better one was read; when it ends, people are told, once.
 */
export function makeRefresher(deps: RefreshDeps): Refresher {
  const { store, clock } = deps;
  /** What servers said of the lists in force. Forgotten with the process: then a list is fetched once more. */
  const known = new Map<string, { url: string; sha256: string; validators: Validators }>();

  const validatorsFor = ({ id, url, sha256 }: UploadedCrl): Validators | undefined => {
    const said = known.get(id);
    return said?.url === url && said.sha256 === sha256 ? said.validators : undefined;
  };

  const fetchAndTake = async (row: UploadedCrl & { url: string }, ca: Ca, signal: AbortSignal | undefined) => {
    const fetched = await deps.fetchCrl(row.url, { timeoutMs: FETCHING_MS, validators: validatorsFor(row), signal });
    if (!fetched.changed) return stillGood(row, clock.now());
    const candidate = await readCandidate(deps, ca.authority, row, fetched.octets);
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(row.id, { url: row.url, sha256: candidate.sha256, validators: fetched.validators });
    const { set, plan } = await prepareTaking(deps, row, candidate);
    return { set, plan: [...plan, ...planTaken(ca, candidate, clock.now())] };
  };

  const lookAt = async (row: UploadedCrl, signal: AbortSignal | undefined) => {
    const ca = await caOf(store, row);
    if (!ca) return;
    const outcome = hasUrl(row) ? await attempt(deps, row, () => fetchAndTake(row, ca, signal)) : UNCHANGED;
    const now = clock.now();
    const next = { ...row, ...outcome.set };
    const stale = isStale(next, now) && row.alarmedAt === null;
    const recovered = row.alarmedAt !== null && !isStale(next, now);
    await store.commit([
      ...outcome.plan,
      update('uploadedCrls', row, {
        ...outcome.set,
        nextFetchAt: nextLookAt(next, next.attempts, now),
        alarmedAt: stale ? now : recovered ? null : row.alarmedAt,
        leaseUntil: null,
      }),
      ...(stale && next.nextUpdate
        ? events.uploadedCrlStale({ accountId: row.accountId, at: now }, ca, next.nextUpdate, next.problem)
        : []),
      ...(recovered && next.nextUpdate
        ? events.uploadedCrlRecovered({ accountId: row.accountId, at: now }, ca, next.nextUpdate)
        : []),
    ]);
  };

  return {
    async refreshOne(signal) {
      for (const seen of await store.uploadedCrlsDue(clock.now(), LOOKED_AT)) {
        const row = await claim(store, seen, clock.now());
        // Somebody else has it.
        if (!row) continue;
        try {
          await lookAt(row, signal);
        } catch (error) {
          // This worker ends: the next one need not wait for the lease.
          if (signal?.aborted) await store.commit([update('uploadedCrls', row, { leaseUntil: null })]);
          throw error;
        }
        return true;
      }
      return false;
    },

    async forgetDeleted() {
      const now = clock.now();
      for (const row of await store.uploadedCrlsToForget(LOOKED_AT)) {
        known.delete(row.id);
        await store.commit([
          update('uploadedCrls', row, { contentId: null, nextFetchAt: null, octets: 0 }),
          ...(row.contentId === null ? [] : [insert('crlLeftovers', { id: row.contentId, since: now })]),
        ]);
      }
    },
  };
}

type Outcome = { set: Partial<UploadedCrl>; plan: Plan };
const UNCHANGED: Outcome = { set: {}, plan: [] };

type Ca = events.CustomCa & { authority: UploadedAuthority };

async function caOf(store: Store, row: UploadedCrl): Promise<Ca | undefined> {
  const authority = await store.uploadedAuthority(row.id);
  if (!authority) return undefined;
  const site = await store.site(row.accountId, authority.siteId);
  return { id: authority.id, name: authority.name, site: site?.name ?? '', authority };
}

const hasUrl = (row: UploadedCrl): row is UploadedCrl & { url: string } => row.url !== null;

async function claim(store: Store, seen: UploadedCrl, now: Date): Promise<UploadedCrl | undefined> {
  const leaseUntil = new Date(now.getTime() + LEASE_MS);
  const committed = await store.commit([update('uploadedCrls', seen, { leaseUntil })]);
  return committed.ok ? { ...seen, leaseUntil, version: seen.version + 1 } : undefined;
}

/** What keeps a list from being taken is kept with the row, as a sentence, and tried again later. */
async function attempt(deps: RefreshDeps, row: UploadedCrl, take: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await take();
  } catch (thrown) {
    if ((thrown as { name?: unknown }).name === 'AbortError') throw thrown;
    const error = asCountersignError(thrown);
    if (error.kind === 'upstream') throw error;
    const ours = error.kind === 'internal';
    deps.logger[ours ? 'error' : 'info']({ authority: row.id, code: error.code, error }, 'a CRL was not taken');
    const problem = ours ? 'It could not be read, through a fault on our side.' : error.userMessage;
    return { set: { problem, attempts: row.attempts + 1 }, plan: [] };
  }
}

/** The server has nothing newer. That is good until the list ends. */
function stillGood(row: UploadedCrl, now: Date): Outcome {
  if (!isStale(row, now)) return { set: { problem: null, attempts: 0 }, plan: [] };
  return { set: { problem: 'Its server has no newer CRL.', attempts: row.attempts + 1 }, plan: [] };
}

function planTaken(ca: Ca, { crl, added, removed }: Awaited<ReturnType<typeof readCandidate>>, at: Date): Plan {
  if (added === 0 && removed === 0) return [];
  const facts = { revoked: crl.entries, added, removed, number: crl.number, goodUntil: crl.nextUpdate };
  return events.uploadedCrlTaken({ accountId: ca.authority.accountId, actorId: SYSTEM, at }, ca, facts);
}
