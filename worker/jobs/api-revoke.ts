import { planHold } from '../../core/ca/revoke.ts';
import { formatSerial } from '../../core/ca/serial.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { bold, code, escapeText, mention, moment } from '../../core/slack/text.ts';
import type { Certificate } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { refuseState, requireApiCertificate, target } from './api-certificate.ts';

/**
 * `RevokeClientCertificate`: reversible, as the vendor has it, so what is published is a hold. Nobody is let in with it
 * until it is activated again, or deleted, which makes it final.
 */
export async function carryOutApiRevoke(deps: JobDeps, request: RequestOf<'api_revoke'>): Promise<void> {
  const { certificate, account, grants, unchanged } = await requireApiCertificate(deps, request, 'suspend');
  if (certificate.state !== 'active') refuseState('This certificate is revoked already.');
  const gate = await passGate(deps, request, {
    // A person suspends alone; an access key may have to ask.
    gate: [],
    account,
    grants,
    targets: target(certificate),
    card: revokeCard(certificate),
  });
  if (!gate.passed) return;
  const at = deps.clock.now();
  const message = `${bold(certificate.name)} for ${escapeText(certificate.siteName)} is suspended.`;
  const because = 'RevokeClientCertificate was called';
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...planHold(certificate, { actorId: request.actorId, at, requestId: request.id, because, origin: 'api' }),
    endRequest(request, 'done', { code: 'revoked', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

function revokeCard(certificate: Certificate) {
  return {
    what: `Suspend ${bold(certificate.name)} for ${escapeText(certificate.siteName)} (RevokeClientCertificate)`,
    plain: `Suspend ${escapeText(certificate.name)} for ${escapeText(certificate.siteName)}`,
    facts: certificateFacts(certificate),
    because: '',
    evidence: null,
    risk: 'Nobody is let in with it from then on. It can be undone, by the API or by a person.',
  };
}

export function certificateFacts(certificate: Certificate) {
  return [
    ['Owner', mention(certificate.ownerId)],
    ['Valid until', moment(certificate.notAfter)],
    ['Serial', code(formatSerial(certificate.serial))],
  ] as const;
}
