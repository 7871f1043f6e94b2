import { planRelease } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, escapeText } from '../../core/slack/text.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseState, requireApiCertificate, target } from './api-certificate.ts';
import { certificateFacts } from './api-revoke.ts';

/** `ActivateClientCertificate`: takes back what the API has suspended, and never what a person has. */
export async function carryOutApiActivate(deps: JobDeps, request: RequestOf<'api_activate'>): Promise<void> {
  const { certificate, account, grants, unchanged } = await requireApiCertificate(deps, request, 'release');
  refuseUnlessOurs(certificate, deps.clock.now());
  const gate = await passGate(deps, request, {
    gate: 'release',
    account,
    grants,
    targets: target(certificate),
    card: activateCard(certificate),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `${bold(certificate.name)} for ${escapeText(certificate.siteName)} is valid again.`;
  const because = 'ActivateClientCertificate was called';
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...planRelease(certificate, { actorId: request.actorId, at, requestId: request.id, because }),
    endRequest(request, 'done', { code: 'activated', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function refuseUnlessOurs(certificate: Certificate, now: Date): void {
  if (certificate.state === 'active') refuseState('This certificate is active.');
  if (certificate.state === 'revoked') refuseState('This certificate was revoked for good, which cannot be undone.');
  if (certificate.holdOrigin !== 'api') {
    refuseState('A person has suspended this certificate. A person releases it, in Slack.');
  }
  if (certificate.notAfter <= now) refuseState('This certificate has ended.');
}

function activateCard(certificate: Certificate) {
  return {
    what: `Release the suspended certificate ${bold(certificate.name)} for ${escapeText(certificate.siteName)} (ActivateClientCertificate)`,
    plain: `Release the suspended certificate ${escapeText(certificate.name)} for ${escapeText(certificate.siteName)}`,
    facts: certificateFacts(certificate),
    because: '',
    evidence: null,
    risk: 'Whoever holds its private key is let in again. If the key may have leaked, deny and have it revoked.',
  };
}
