import { planRevocation } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, escapeText } from '../../core/slack/text.ts';
import { type Plan, update } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseState, requireApiCertificate, target } from './api-certificate.ts';
import { certificateFacts } from './api-revoke.ts';

/**
 * `DeleteClientCertificate`: the API shows it no more, and what the API has suspended is revoked for good. CRL, OCSP and
 * edges go on refusing it until after its end.
 */
export async function carryOutApiDelete(deps: JobDeps, request: RequestOf<'api_delete'>): Promise<void> {
  const { certificate, account, grants, unchanged } = await requireApiCertificate(deps, request, 'revoke');
  refuseUnlessRevoked(certificate);
  const gate = await passGate(deps, request, {
    // What somebody has revoked for good is only hidden.
    gate: certificate.state === 'held' ? 'revoke' : [],
    account,
    grants,
    targets: target(certificate),
    card: deleteCard(certificate),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `${bold(certificate.name)} for ${escapeText(certificate.siteName)} is deleted, and revoked for good.`;
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...planDeletion(certificate, request, at),
    endRequest(request, 'done', { code: 'deleted', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function planDeletion(certificate: Certificate, { id: requestId, actorId }: RequestOf<'api_delete'>, at: Date): Plan {
  // Somebody has revoked it for good: it is only hidden.
  if (certificate.state === 'revoked') return [update('certificates', certificate, { deletedAt: at })];
  const why = 'DeleteClientCertificate was called';
  const revocation = planRevocation(certificate, { actorId, at, requestId, reason: 'cessationOfOperation', why });
  const revoked = { id: certificate.id, version: certificate.version + 1 };
  return [...revocation, update('certificates', revoked, { deletedAt: at })];
}

function refuseUnlessRevoked({ state, holdOrigin }: Certificate): void {
  if (state === 'active') refuseState('This certificate is active. Revoke it before it is deleted.');
  if (state === 'held' && holdOrigin !== 'api') {
    refuseState('A person has suspended this certificate. A person releases or revokes it, in Slack.');
  }
}

function deleteCard(certificate: Certificate) {
  return {
    what: `Revoke ${bold(certificate.name)} for ${escapeText(certificate.siteName)} for good (DeleteClientCertificate)`,
    plain: `Revoke ${escapeText(certificate.name)} for ${escapeText(certificate.siteName)} for good`,
    facts: certificateFacts(certificate),
    because: '',
    evidence: null,
    risk: 'It cannot be undone: whoever still uses this certificate is shut out until they have a new one.',
  };
}
