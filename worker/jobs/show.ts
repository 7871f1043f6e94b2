import * as events from '../../core/audit/events.ts';
import { describeCertificate } from '../../core/ca/certificate.ts';
import { issueLeaf } from '../../core/ca/issue.ts';
import { planRevocation, planWithoutCertificate } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import { parseRequest, type RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { decideShow, WAITING_MS } from '../../core/requests/showing.ts';
import { expect, type Plan, update } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { keyMessage } from '../delivery/messages/key.ts';
import { linkMessage } from '../delivery/messages/link.ts';
import type { JobDeps } from '../deps.ts';
import { responseUrlOf } from '../response-address.ts';
import { planWithoutLinks, putBehindLink, requirePublicUrl } from '../reveals.ts';
import { planTold } from '../told.ts';
import { requireIssueDecided } from './issue-beyond.ts';
import { requireIssuer } from './policy.ts';

/** Said when a showing came to nothing; the request goes on waiting and its button works again. */
export const NOT_SHOWN = {
  not_shown: 'Slack did not take the message with your key. That certificate was revoked. Press *Show once* again.',
  unclear:
    'It is not certain that Slack displayed your key, so that certificate was revoked. If you saw a key, discard it. Press *Show once* again.',
} as const;

/**
 * Shows a private key once: makes it, has the certificate signed, and answers the click with both, in one go and in
 * this process alone. The key is never written anywhere. If anything between the signature and Slack's answer goes
 * wrong, the certificate is revoked and the person is told to press again.
 */
export async function carryOutShow(deps: JobDeps, show: RequestOf<'show'>): Promise<void> {
  // 1. What there is, and whether an earlier run of this job left something behind.
  const { issue, certificates, shows } = await loadShowing(deps, show);
  const now = deps.clock.now();
  const earlier = certificates.filter(({ madeBy }) => madeBy === show.id);
  if (earlier.some(({ state }) => state === 'active')) {
    await endNotShown(deps, show, issue, 'unclear');
    return;
  }
  // An earlier run that got as far as reserving has revoked what was to be replaced: the request waits again.
  const replaces = earlier.length === 0 ? show.payload.replaces : undefined;

  // 2. Policy, again.
  const decision = decideShow(
    { issue, shows, certificates },
    { actorId: show.actorId, now, replaces, ignoring: show.id },
  );
  if (!decision.allowed) throw new CountersignError('too_late', { userMessage: decision.because });
  if (issue.payload.method !== 'system') throw new CountersignError('internal', { details: { reason: 'own key' } });
  const issuer = await requireIssuer(deps, show.actorId, issue);
  if (replaces === undefined) await requireIssueDecided(deps, issue, issuer);
  const { site, unchanged } = issuer;

  const byLink = issuer.account.keyDelivery === 'link';
  if (byLink) requirePublicUrl(deps);

  // 3. The key, in memory only. 4. The certificate; what it replaces is revoked with its reservation.
  const keyPair = await deps.makeKeyPair(issue.payload.keyType);
  const waitingIssue = { ...issue, version: issue.version + 1 };
  const certificate = await issueLeaf(deps, await deps.authorities.current(issue.accountId), {
    issue,
    madeBy: show,
    site,
    name: issue.payload.name,
    spki: keyPair.spki,
    san: [],
    validityDays: issue.payload.validityDays,
    notAfter: certificates.find(({ certificate }) => certificate !== null)?.notAfter,
    renewsId: issue.payload.renewsId,
    reserving: [
      ...unchanged,
      ...planWithoutCertificate(certificates, show, now),
      ...planReplacement(certificates, replaces, show.actorId, now),
      ...(await planWithoutLinks(deps, certificates.find(({ id }) => id === replaces)?.madeBy)),
      // The request waits (again) for as long as this showing takes, so that no deadline overtakes it.
      update('requests', issue, {
        state: 'waiting',
        outcome: null,
        endedAt: null,
        deadlineAt: replaces ? new Date(now.getTime() + WAITING_MS) : later(issue.deadlineAt, show.deadlineAt),
      }),
    ],
    storing: () => [expect('requests', show)],
  });

  deps.meters.add('issued', { key: 'slack' });

  // 5. Show it, or the link to it.
  const named = { issueId: issue.id, name: certificate.name, site: certificate.siteName };
  const responseUrl = responseUrlOf(deps, show);
  const message = byLink
    ? linkMessage({ ...named, ...(await putBehindLink(deps, show, certificate, keyPair.privateKeyPkcs8Pem)) })
    : keyMessage({
        ...named,
        certificatePem: describeCertificate(certificate.certificate as Buffer).pem,
        privateKeyPem: keyPair.privateKeyPkcs8Pem,
      });
  const answered = await deps.answerThrough(responseUrl, message);

  // 6. Record what came of it.
  if (answered.result !== 'shown') {
    deps.logger.warn({ id: show.id, result: answered.result, code: answered.code }, 'key not shown');
    await endNotShown(deps, show, waitingIssue, answered.result);
    return;
  }
  await endShown(deps, show, waitingIssue, certificate);
}

async function endShown(
  deps: JobDeps,
  show: RequestOf<'show'>,
  issue: RequestOf<'issue'>,
  certificate: Certificate,
): Promise<void> {
  const at = deps.clock.now();
  const outcome = { code: 'shown', message: 'The certificate and its key were shown.', certificateId: certificate.id };
  const committed = await deps.store.commit([
    update('certificates', certificate, { shownAt: at }),
    endRequest(show, 'done', outcome, at),
    endRequest(issue, 'done', outcome, at),
    ...events.certificateShown({ accountId: show.accountId, actorId: show.actorId, at }, certificate),
    ...planTold(issue, at),
  ]);
  // Shown, but not on record: the next run finds an unshown certificate, revokes it and says so.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** Nothing this showing made stays usable; the person can press again. */
async function endNotShown(
  deps: JobDeps,
  show: RequestOf<'show'>,
  issue: RequestOf<'issue'>,
  result: keyof typeof NOT_SHOWN,
): Promise<void> {
  const at = deps.clock.now();
  const certificates = await deps.store.certificatesOfRequest(issue.id);
  const committed = await deps.store.commit([
    ...planWithoutCertificate(certificates, show, at),
    ...(await planWithoutLinks(deps, show.id)),
    endRequest(show, 'failed', { code: result, message: NOT_SHOWN[result] }, at),
    update('requests', issue, { deadlineAt: later(issue.deadlineAt, new Date(at.getTime() + WAITING_MS)) }),
    ...planTold(issue, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function planReplacement(
  certificates: readonly Certificate[],
  replaces: string | undefined,
  actorId: string,
  at: Date,
): Plan {
  const replaced = certificates.find(({ id }) => id === replaces);
  if (!replaced) return [];
  return planRevocation(replaced, {
    actorId,
    at,
    requestId: null,
    reason: 'superseded',
    why: 'the requester did not get its private key',
  });
}

async function loadShowing(deps: JobDeps, show: RequestOf<'show'>) {
  const parent = await deps.store.request(show.payload.issueId);
  if (parent?.kind !== 'issue' || parent.accountId !== show.accountId) {
    throw new CountersignError('not_found');
  }
  const issue = parseRequest('issue', parent);
  const certificates = await deps.store.certificatesOfRequest(issue.id);
  return { issue, certificates, shows: await deps.store.requestsOf(issue.id) };
}

const later = (a: Date, b: Date) => (a > b ? a : b);
