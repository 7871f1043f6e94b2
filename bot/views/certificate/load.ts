import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { requireRole } from '../../../core/access/access.ts';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { CountersignError } from '../../../core/errors.ts';
import { evidenceOf, evidenceText } from '../../../core/inventory/evidence.ts';
import { maySeeAll, possibleWith } from '../../../core/inventory/may.ts';
import { effectText } from '../../../core/revocation/effect.ts';
import type { HistoryPlace } from '../../../core/store/questions/history.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import { type Caller, loadCaller } from '../../middleware/caller.ts';
import type { Person } from '../../middleware/person.ts';
import { HISTORY_ROWS, type History } from './history.ts';
import { buildCertificateView } from './view.ts';

const stateSchema = z.strictObject({
  id: z.string().max(64),
  /** Where the page of the history begins. */
  before: z.tuple([z.number(), z.number()]).optional(),
});

/** Which certificate is shown, and how much of its history: the view's metadata. */
export type CertificateState = { id: string; before?: HistoryPlace | undefined };

export function readCertificateState(metadata: string): CertificateState | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

/**
 * A certificate of the account that this person may see: their own, or any with a role.
 * @throws CountersignError `not_authorized` or `not_found`; without a role, what is somebody else's and what is not
 *   there read alike, and so do those of other accounts and unknown ones.
 */
export async function loadVisible(
  deps: BotDeps,
  person: Person,
  id: string,
): Promise<{ caller: Caller; certificate: Certificate; der: Buffer }> {
  const caller = await loadCaller(deps, person);
  const certificate = await reading(deps.store.certificate(id));
  const known = certificate?.accountId === caller.accountId && certificate.state !== 'abandoned';
  const der = known ? certificate.certificate : null;
  if (certificate?.ownerId !== caller.userId || der === null) {
    if (!maySeeAll(caller.roles)) requireRole(caller.roles, 'inventory', caller.administrators);
  }
  if (!certificate || der === null) {
    throw new CountersignError('not_found', { userMessage: 'There is no such certificate here.' });
  }
  return { caller, certificate, der };
}

/** "Certificate" as things are now. */
export async function drawCertificate(deps: BotDeps, person: Person, state: CertificateState): Promise<ModalView> {
  const { caller, certificate, der } = await loadVisible(deps, person, state.id);
  const { store } = deps;
  const now = deps.clock.now();
  const { tbs: _, certificate: __, ...listed } = certificate;
  const [successor, evidence, renews, history, effect] = await reading(
    Promise.all([
      store.successorOf(certificate.id),
      evidenceOf(store, caller.accountId, [certificate.id], now),
      certificate.renewsId === null ? undefined : store.certificate(certificate.renewsId),
      loadHistory(store, certificate, state.before),
      effectText(deps, certificate),
    ]),
  );
  const { subject, pem } = describeCertificate(der);
  return buildCertificateView({
    certificate: listed,
    subject,
    pem,
    possible: possibleWith(listed, successor, caller, now),
    changedBy: history.changedBy,
    effect,
    evidence: evidenceText(evidence.get(certificate.id) ?? { kind: 'no_edge' }),
    renews: renews?.accountId === caller.accountId ? renews : undefined,
    renewedBy: successor,
    history: history.page,
    metadata: JSON.stringify({ id: certificate.id, ...(state.before ? { before: state.before } : {}) }),
    now,
  });
}

/** Requests that changed it, and what was decided on them, belong to its history. */
const REQUESTS = 20;
const CHANGED_BY: Readonly<Record<string, string>> = { held: 'certificate.suspended', revoked: 'certificate.revoked' };

async function loadHistory(
  store: Store,
  certificate: Certificate,
  before: HistoryPlace | undefined,
): Promise<{ page: History; changedBy: string | undefined }> {
  const requests = await store.statusRequestsOf(certificate.id, REQUESTS);
  const subjects = [certificate.id, certificate.requestId, ...requests];
  const found = await store.historyOf(subjects, before, HISTORY_ROWS + 1);
  const shown = found.slice(0, HISTORY_ROWS);
  const newest = before ? await store.historyOf([certificate.id], undefined, HISTORY_ROWS) : found;
  const action = CHANGED_BY[certificate.state];
  return {
    page: {
      events: shown.map(({ event }) => event).filter(({ accountId }) => accountId === certificate.accountId),
      older: found.length > HISTORY_ROWS ? shown.at(-1)?.place : undefined,
      isOlder: before !== undefined,
    },
    changedBy: newest.find(({ event }) => event.action === action)?.event.actorId,
  };
}
