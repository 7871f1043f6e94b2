import { randomBytes, randomUUID } from 'node:crypto';
import * as events from '../core/audit/events.ts';
import { describeCertificate } from '../core/ca/certificate.ts';
import { planRevocation } from '../core/ca/revoke.ts';
import { CountersignError } from '../core/errors.ts';
import { LINK_LIFETIME_MS, linkTo, sealForLink } from '../core/reveal/link.ts';
import type { Revealed } from '../core/reveal/revealed.ts';
import { insert, type Plan, update, wakeMessage } from '../core/store/plan.ts';
import type { Certificate, Request, Reveal } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';

const AT_ONCE = 100;
const KEPT_MS = 7 * 24 * 60 * 60_000;

/**
 * Puts a certificate and its private key behind a link that can be opened once. What is stored can be read with the
 * link alone, and the link is stored nowhere.
 * @returns the link, for the answer to whoever asked.
 * @throws CountersignError `precondition` where the installation has no public address.
 */
export async function putBehindLink(
  deps: JobDeps,
  show: Request,
  certificate: Certificate,
  privateKeyPem: string,
): Promise<{ url: string; expiresAt: Date }> {
  const publicUrl = requirePublicUrl(deps);
  const authority = await deps.store.authority(certificate.authorityId);
  if (!authority || !certificate.certificate) throw new CountersignError('internal');
  const content: Revealed = {
    name: certificate.name,
    site: certificate.siteName,
    certificatePem: describeCertificate(certificate.certificate).pem,
    authorityPem: describeCertificate(authority.certificate).pem,
    privateKeyPem,
  };
  const id = randomUUID();
  const { key, sealed } = sealForLink(id, content, randomBytes);
  const createdAt = deps.clock.now();
  const expiresAt = new Date(createdAt.getTime() + LINK_LIFETIME_MS);
  const row: Reveal = {
    id,
    accountId: show.accountId,
    requestId: show.id,
    certificateId: certificate.id,
    sealed,
    expiresAt,
    openedAt: null,
    createdAt,
    version: 1,
  };
  await deps.store.commit([insert('reveals', row)]);
  return { url: linkTo(publicUrl, id, key), expiresAt };
}

/** @throws CountersignError `invalid_configuration` naming the variable that is missing. */
export function requirePublicUrl({ publicUrl }: JobDeps): string {
  if (publicUrl !== undefined) return publicUrl;
  throw new CountersignError('invalid_configuration', {
    userMessage:
      'Keys are delivered by a link here, and this installation has no public address for links (`PUBLIC_URL`). Ask whoever runs Countersign, or an administrator to change the key delivery with `/mtls settings`.',
  });
}

/** Nothing behind the links of a showing that came to nothing, or was replaced, can be opened any more. */
export async function planWithoutLinks(deps: JobDeps, showId: string | undefined): Promise<Plan> {
  const reveals = showId === undefined ? [] : await deps.store.revealsOf(showId);
  return reveals.filter(({ sealed }) => sealed !== null).map((reveal) => update('reveals', reveal, { sealed: null }));
}

/**
 * Follows what happened to the links: what was opened is erased and told, and the certificate of one that was not
 * opened in time is revoked, since its key is lost.
 */
export async function settleReveals(deps: JobDeps): Promise<void> {
  const now = deps.clock.now();
  for (const { reveal, openedAt } of await deps.store.liveReveals(AT_ONCE)) {
    if (openedAt === null && reveal.expiresAt > now) continue;
    const certificate = await deps.store.certificate(reveal.certificateId);
    const show = await deps.store.request(reveal.requestId);
    const issue = show?.parentId ? await deps.store.request(show.parentId) : undefined;
    const plan = certificate && issue ? planSettled(certificate, issue, openedAt, now) : [];
    await deps.store.commit([update('reveals', reveal, { sealed: null, openedAt }), ...plan]);
  }
  await deps.store.sweepReveals(new Date(now.getTime() - KEPT_MS));
}

function planSettled(certificate: Certificate, issue: Request, openedAt: Date | null, now: Date): Plan {
  const { accountId, actorId } = issue;
  const told = wakeMessage({ id: randomUUID(), accountId, subjectId: issue.id, place: 'requester', now });
  if (openedAt !== null) return [...events.certificateOpened({ accountId, actorId, at: openedAt }, certificate), told];
  if (certificate.state !== 'active' || certificate.shownAt === null) return [];
  const message =
    'The link to its private key was not opened within 15 minutes, so the certificate was revoked. Ask again with `/mtls issue`.';
  return [
    ...planRevocation(certificate, {
      actorId,
      at: now,
      requestId: null,
      reason: 'superseded',
      why: 'the link to its private key was not opened in time',
    }),
    update('requests', issue, { outcome: { code: 'link_not_opened', message } }),
    told,
  ];
}
