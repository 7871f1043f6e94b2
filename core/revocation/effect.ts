import { moment } from '../slack/text.ts';
import type { Certificate } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

/**
 * How far the world knows of what has changed about a certificate, as sentences; empty while nothing has changed.
 * OCSP answers from the row itself; the CRL of the certificate's shard follows a moment later.
 */
export async function effectText(
  { store }: { store: Pick<Store, 'statusInEffect'> },
  certificate: Pick<Certificate, 'id'> | undefined,
): Promise<string> {
  const status = certificate && (await store.statusInEffect(certificate.id));
  if (!status) return '';
  const ocsp = `OCSP says so since ${moment(status.changedAt)}.`;
  if (!status.effective || !status.crl) return `*Pending:* the CRL that says so is being made. ${ocsp}`;
  return `*In effect:* the CRL of ${moment(status.crl.thisUpdate)} says so. ${ocsp}`;
}
