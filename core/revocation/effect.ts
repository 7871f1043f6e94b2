import { certificateAtEdges, type EffectStore } from '../edges/effect.ts';
import { moment } from '../slack/text.ts';
import type { Certificate } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

/** What the world is told; named, since a suspension may be in effect while a revocation waits to be decided. */
const STATES = { active: 'released', held: 'suspended', revoked: 'revoked for good' } as const;

/**
 * How far the world knows of what has changed about a certificate, as sentences; empty while nothing has changed.
 * Edges come first, since they are what keeps somebody out. OCSP answers from the row itself; the CRL of the certificate's shard follows a moment later.
 */
export async function effectText(
  { store }: { store: Pick<Store, 'statusInEffect'> & EffectStore },
  certificate: Pick<Certificate, 'id'> | undefined,
): Promise<string> {
  const status = certificate && (await store.statusInEffect(certificate.id));
  if (!status) return '';
  const state = STATES[status.state];
  const edges = await certificateAtEdges(store, certificate.id);
  const ocsp = `OCSP says so since ${moment(status.changedAt)}`;
  const crl =
    !status.effective || !status.crl
      ? `*Pending:* ${state}. ${ocsp}; the CRL that says it is being made.`
      : `*In effect:* ${state}. ${ocsp}, and the CRL of ${moment(status.crl.thisUpdate)}.`;
  return edges === '' ? crl : `${edges}\n${crl}`;
}
