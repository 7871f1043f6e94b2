/** Rules for everything that a managed authority signs: clients and OCSP responders. */
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode, encodedOf } from '../der/reader.ts';
import { namedBitsOf } from '../der/values.ts';
import type { AuthorityFacts } from '../profile.ts';
import { find, type Rule, type Subject } from './rule.ts';
import { sameOctets } from './shared-rules.ts';

export type Issued = Subject & { issuer: AuthorityFacts };

export const ISSUED_RULES: readonly Rule<Issued>[] = [
  {
    id: 'signature_algorithm',
    source: 'RFC 5280 4.1.2.3, RFC 5758 3.2, RFC 4055 5',
    check: ({ fields, issuer }) =>
      sameOctets(fields.signatureAlgorithm, SIGNATURE_ALGORITHMS[issuer.signatureAlgorithm].identifier)
        ? undefined
        : 'the algorithm is not the one of the issuing key',
  },
  {
    id: 'issuer_octets',
    source: 'RFC 5280 4.1.2.4 and 7.1',
    check: ({ fields, issuer }) =>
      sameOctets(encodedOf(fields.issuer), issuer.subjectDer)
        ? undefined
        : 'the issuer is not the subject of the authority, octet for octet',
  },
  {
    id: 'validity_within_issuer',
    source: 'RFC 5280 6.1.3',
    check: ({ notBefore, notAfter, issuer }) =>
      notBefore && notAfter && (notBefore < issuer.notBefore || notAfter > issuer.notAfter)
        ? 'it begins before or ends after its authority'
        : undefined,
  },
  {
    id: 'basic_constraints',
    source: 'RFC 5280 4.2.1.9',
    check: (issued) => {
      const value = find(issued, OID.basicConstraints)?.value;
      return value === undefined || (value.tag === 0x30 && value.children.length === 0) ? undefined : 'it is not empty';
    },
  },
  {
    id: 'key_usage',
    source: 'RFC 5280 4.2.1.3, RFC 8813 3, RFC 9295 3',
    check: (issued) => {
      const value = find(issued, OID.keyUsage)?.value;
      const bits = value?.tag === 0x03 && hasNoTrailingZeroBits(value) ? namedBitsOf(value).join() : undefined;
      return bits === '0' ? undefined : 'it is not digitalSignature alone';
    },
  },
  {
    id: 'authority_key_identifier',
    source: 'RFC 5280 4.2.1.1',
    check: (issued) => {
      const value = find(issued, OID.authorityKeyIdentifier)?.value;
      const [identifier, ...more] = value?.tag === 0x30 ? value.children : [];
      if (identifier?.tag !== 0x80 || more.length > 0) return 'it is not a key identifier alone';
      return sameOctets(contentOf(identifier), issued.issuer.subjectKeyIdentifier)
        ? undefined
        : 'it is not the subject key identifier of the authority';
    },
  },
];

/** DER wants named bits without zero bits at the end (X.690 11.2.2). */
export function hasNoTrailingZeroBits(bits: DerNode): boolean {
  const unused = bits.source[bits.contentStart] ?? 0;
  const last = bits.source[bits.end - 1] ?? 0;
  return bits.end - bits.contentStart > 1 && ((last >> unused) & 1) === 1;
}
