import { planRelease } from '../../core/ca/revoke.ts';
import { formatSerial } from '../../core/ca/serial.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { refuseUnlessHeld } from '../../core/revocation/revocable.ts';
import { bold, code, escapeText, mention, moment } from '../../core/slack/text.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseWhileAsked, requireCertificate } from './policy.ts';

/** Makes a suspended certificate valid again, after somebody else has agreed. */
export async function carryOutRelease(deps: JobDeps, request: RequestOf<'release'>): Promise<void> {
  const { certificateId, because } = request.payload;
  const { certificate, unchanged, account, grants } = await requireCertificate(deps, request, certificateId, 'release');
  refuseUnlessHeld(certificate);
  await refuseWhileAsked(deps, request, certificateId);
  const gate = await passGate(deps, request, {
    gate: 'release',
    account,
    grants,
    targets: [{ table: 'certificates', id: certificate.id, version: certificate.version }],
    card: releaseCard(certificate, because),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `${bold(certificate.name)} for ${certificate.siteName} is valid again.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...planRelease(certificate, { actorId: request.actorId, at, requestId: request.id, because }),
    endRequest(request, 'done', { code: 'released', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function releaseCard(certificate: Certificate, because: string) {
  return {
    what: `Release the suspended certificate ${bold(certificate.name)} for ${escapeText(certificate.siteName)}`,
    plain: `Release the suspended certificate ${escapeText(certificate.name)} for ${escapeText(certificate.siteName)}`,
    facts: [
      ['Owner', mention(certificate.ownerId)],
      ['Suspended since', certificate.heldAt === null ? '' : moment(certificate.heldAt)],
      ['Valid until', moment(certificate.notAfter)],
      ['Serial', code(formatSerial(certificate.serial))],
    ] as const,
    because: escapeText(because),
    evidence: null,
    risk: 'Whoever holds its private key is let in again. If the key may have leaked, deny and have it revoked.',
  };
}
