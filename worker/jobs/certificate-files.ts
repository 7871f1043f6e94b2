import { requireRole } from '../../core/access/access.ts';
import { toPem } from '../../core/ca/certificate.ts';
import { CountersignError } from '../../core/errors.ts';
import { fileName } from '../../core/file-name.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, escapeText } from '../../core/slack/text.ts';
import type { Authority, Certificate } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { withLease } from '../lease.ts';
import { planTold } from '../told.ts';
import { type Actor, requirePerson } from './policy.ts';

type Files = RequestOf<'certificate_files'>;
type PublicFile = { name: string; title: string; content: Buffer };

/**
 * Sends the public part of a certificate as files into the direct messages of whoever asked: PEM, DER, and PEM with
 * its authority. How many have been sent stands in the row, so that a worker that takes over goes on with the next;
 * only one whose answer from Slack was lost may come twice.
 */
export function carryOutCertificateFiles(deps: JobDeps, claimed: Files): Promise<void> {
  return withLease(deps, claimed, async (lease) => {
    const actor = await requirePerson(deps, claimed.accountId, claimed.actorId);
    const certificate = await requireVisible(deps, claimed, actor);
    const authority = await deps.store.authority(certificate.authorityId);
    if (!authority) throw new CountersignError('internal', { details: { reason: 'no authority' } });

    const files = publicFiles(certificate, authority);
    const already = Number(claimed.outcome?.['sent'] ?? 0);
    for (const [n, file] of files.entries()) {
      if (n < already) continue;
      await deps.sendFile(claimed.actorId, file);
      const outcome = { code: 'sending', message: 'The files are being sent.', sent: n + 1 };
      await lease.commit([], { outcome });
    }
    const at = deps.clock.now();
    const name = `${bold(certificate.name)} for ${escapeText(certificate.siteName)}`;
    const message = `The files of ${name} are in our direct messages: ${files.length} of them, with nothing secret.`;
    const outcome = { code: 'files_sent', message, certificateId: certificate.id };
    const ended = await lease.commitLast([endRequest(lease.request, 'done', outcome, at), ...planTold(claimed, at)]);
    if (ended === 'stale') throw new CountersignError('overtaken', { details: { table: 'requests' } });
  });
}

/** Their own, or any of the account for who may see the inventory; what is not there and not theirs read alike. */
async function requireVisible(
  deps: JobDeps,
  request: Files,
  actor: Actor,
): Promise<Certificate & { certificate: Buffer }> {
  const row = await deps.store.certificate(request.payload.certificateId);
  const known = row?.accountId === request.accountId && row.certificate !== null && row.state !== 'abandoned';
  if (!known || row.ownerId !== request.actorId) requireRole(actor.roles, 'inventory', actor.administrators);
  if (!known) throw new CountersignError('not_found', { userMessage: 'There is no such certificate here.' });
  return row as Certificate & { certificate: Buffer };
}

function publicFiles(certificate: Certificate & { certificate: Buffer }, authority: Authority): PublicFile[] {
  const file = fileName(certificate.name);
  const title = `${certificate.name} for ${certificate.siteName}`;
  const pem = toPem(certificate.certificate, 'CERTIFICATE');
  const chain = `${pem}${toPem(authority.certificate, 'CERTIFICATE')}`;
  return [
    { name: `${file}.crt`, title: `${title} (PEM)`, content: Buffer.from(pem) },
    { name: `${file}.der`, title: `${title} (DER)`, content: certificate.certificate },
    { name: `${file}-chain.pem`, title: `${title}, with its authority (PEM)`, content: Buffer.from(chain) },
  ];
}
