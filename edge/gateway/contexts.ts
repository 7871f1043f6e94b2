import { constants } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import { toPem } from '../../core/ca/certificate.ts';
import type { Anchor } from '../decide/chain.ts';
import type { ServerCertificate } from './server-certificates.ts';

/**
 * No session is ever resumed: one that was begun on host A with A's certificates and resumed on host B counts as
 * verified there (Node and HAProxy both do that, in TLS 1.2 and 1.3). And nothing is renegotiated, for the same reason.
 */
export const SECURE_OPTIONS =
  constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE;

export const TLS_VERSIONS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

export type Contexts = {
  plain(certificate: ServerCertificate): SecureContext;
  /** Names the authorities to the client, so that it chooses the right one of its certificates. */
  asking(certificate: ServerCertificate, anchors: readonly Anchor[]): SecureContext;
};

/** Made once for each server certificate and set of authorities. */
export function makeContexts(): Contexts {
  const made = new WeakMap<ServerCertificate, Map<string, SecureContext>>();
  const context = (certificate: ServerCertificate, key: string, anchors: readonly Anchor[]) => {
    let own = made.get(certificate);
    if (!own) {
      own = new Map();
      made.set(certificate, own);
    }
    const existing = own.get(key);
    if (existing) return existing;
    const ca = anchors.map((anchor) => toPem(anchor.certificate.x509.raw, 'CERTIFICATE'));
    const context = createSecureContext({
      cert: certificate.certificate,
      key: certificate.key,
      secureOptions: SECURE_OPTIONS,
      ...TLS_VERSIONS,
      ...(ca.length > 0 ? { ca } : {}),
    });
    // Authorities come and go with the policy; a context is cheap to make again.
    if (own.size >= 16) own.clear();
    own.set(key, context);
    return context;
  };
  return {
    plain: (certificate) => context(certificate, 'plain', []),
    asking: (certificate, anchors) => context(certificate, anchors.map(({ id }) => id).join(' ') || 'any', anchors),
  };
}
