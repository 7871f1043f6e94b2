import { parseAddress } from '../../core/waf/address.ts';
import { type CertificateFacts, type Facts, factsOf, type RawRequest } from '../../core/waf/facts.ts';

/** A client certificate that is right in every way. */
export const goodCertificate: CertificateFacts = {
  verified: true,
  revoked: false,
  fingerprintSha256: 'ab'.repeat(32),
  serial: '0123456789abcdef',
  subjectCommonName: 'device-1',
  issuerKeyId: 'cd'.repeat(20),
};

/** A request as an edge sees it; a plain GET of api.example.com where nothing else is said. */
export function requestFacts(
  given: Partial<Omit<RawRequest, 'headers' | 'client'>> & { headers?: Record<string, string[]>; client?: string } = {},
): Facts {
  const client = parseAddress(given.client ?? '192.0.2.7');
  if (!client) throw new Error('no address');
  return factsOf({
    host: 'api.example.com',
    method: 'GET',
    target: '/v1/users.json?id=7&tag=a&tag=b',
    scheme: 'https',
    version: 'HTTP/1.1',
    certificate: null,
    ...given,
    headers: new Map(Object.entries(given.headers ?? {})),
    client,
  });
}
