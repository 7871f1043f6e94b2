import { moment } from '../../core/slack/text.ts';
import type { Certificate } from '../../core/store/rows.ts';
import type { DrawDeps } from './draw.ts';

/**
 * How far the world knows of what a request has changed about a certificate, as sentences; empty while it has changed
 * nothing. OCSP answers from the row itself; the CRL of the certificate's shard follows a moment later.
 */
export async function effectText(deps: Pick<DrawDeps, 'store'>, certificate: Certificate | undefined): Promise<string> {
  const status = certificate && (await deps.store.statusInEffect(certificate.id));
  if (!status) return '';
  const ocsp = `OCSP says so since ${moment(status.changedAt)}.`;
  if (!status.effective || !status.crl) return `*Pending:* the CRL that says so is being made. ${ocsp}`;
  return `*In effect:* the CRL of ${moment(status.crl.thisUpdate)} says so. ${ocsp}`;
}
