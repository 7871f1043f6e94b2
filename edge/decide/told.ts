import type { CertificateFacts } from '../../core/waf/facts.ts';
import type { Verification } from './verify.ts';

/** What rules are told of a presented certificate. */
export function certificateFactsOf({ verified, revoked, leaf, issuer }: Verification): CertificateFacts {
  return {
    verified,
    revoked,
    fingerprintSha256: leaf?.fingerprintSha256 ?? '',
    serial: leaf?.serial ?? '',
    subjectCommonName: leaf?.subjectCommonName ?? '',
    issuerKeyId: issuer?.subjectKeyId ?? '',
  };
}

/**
 * What the origin is told: RFC 9440 for software, a readable set beside it. Only a verified certificate is handed on: an
 * origin that looks for `Client-Cert` alone must not take one for an identity that it is not.
 */
export function certificateHeaders(verification: Verification | undefined): (readonly [string, string])[] {
  if (!verification?.verified || !verification.leaf) return [['x-client-cert-verified', 'false']];
  const { leaf, intermediates } = verification;
  return [
    ['client-cert', octets(leaf.x509.raw)],
    ...(intermediates.length > 0
      ? [['client-cert-chain', intermediates.map(({ x509 }) => octets(x509.raw)).join(', ')] as const]
      : []),
    ['x-client-cert-verified', 'true'],
    ['x-client-cert-serial', leaf.serial],
    ['x-client-cert-fingerprint-sha256', leaf.fingerprintSha256],
    ['x-client-cert-subject-cn', percentEncode(leaf.subjectCommonName)],
  ];
}

/** A byte sequence (RFC 9651 3.3.5). */
function octets(der: Uint8Array): string {
  return `:${Buffer.from(der).toString('base64')}:`;
}

/** What is not printable ASCII, `%` itself and outer spaces, as UTF-8 in percent signs: no name can end the header. */
export function percentEncode(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]+|^ | $/gu, encodeURIComponent);
}
