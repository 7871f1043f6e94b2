/** The lint of managed authorities: self-signed, directly above leaves. */
import { algorithmFor, SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { OID } from '../der/oids.ts';
import { contentOf, encodedOf } from '../der/reader.ts';
import { namedBitsOf } from '../der/values.ts';
import { MAX_AUTHORITY_LIFETIME_MS } from '../profile.ts';
import { hasNoTrailingZeroBits } from './issued-rules.ts';
import { applyRules, type Finding, find, type Rule, type Subject } from './rule.ts';
import { lifetimeRule, onlyExtensions, SHARED_RULES, sameOctets } from './shared-rules.ts';

/** An EKU would restrict everything below, and a self-signed certificate needs no authority key identifier. */
const EXTENSIONS: Record<string, boolean> = {
  [OID.basicConstraints]: true,
  [OID.keyUsage]: true,
  [OID.subjectKeyIdentifier]: false,
};

const RULES: readonly Rule<Subject>[] = [
  ...SHARED_RULES,
  ...onlyExtensions(EXTENSIONS, 'RFC 5280 4.2.1'),
  lifetimeRule(MAX_AUTHORITY_LIFETIME_MS, 'DESIGN 5'),
  {
    id: 'signature_algorithm',
    source: 'RFC 5280 4.1.2.3, RFC 5758 3.2, RFC 4055 5',
    check: ({ fields, key }) => {
      const algorithm = 'defect' in key ? undefined : algorithmFor(key);
      return algorithm && sameOctets(fields.signatureAlgorithm, SIGNATURE_ALGORITHMS[algorithm].identifier)
        ? undefined
        : 'the algorithm is not the one of its own key';
    },
  },
  {
    id: 'issuer_octets',
    source: 'RFC 5280 3.2 and 4.1.2.4',
    check: ({ fields }) =>
      sameOctets(encodedOf(fields.issuer), encodedOf(fields.subject))
        ? undefined
        : 'it is not self-issued, octet for octet',
  },
  {
    id: 'basic_constraints',
    source: 'RFC 5280 4.2.1.9',
    check: (authority) => {
      const value = find(authority, OID.basicConstraints)?.value;
      const [isAuthority, pathLength, ...more] = value?.tag === 0x30 ? value.children : [];
      if (isAuthority?.tag !== 0x01 || contentOf(isAuthority)[0] !== 0xff) return 'cA is not TRUE';
      const zero = pathLength?.tag === 0x02 && sameOctets(contentOf(pathLength), Uint8Array.of(0));
      return zero && more.length === 0 ? undefined : 'the path length is not 0';
    },
  },
  {
    id: 'key_usage',
    source: 'RFC 5280 4.2.1.3',
    check: (authority) => {
      const value = find(authority, OID.keyUsage)?.value;
      const bits = value?.tag === 0x03 && hasNoTrailingZeroBits(value) ? namedBitsOf(value).join() : undefined;
      return bits === '5,6' ? undefined : 'it is not keyCertSign and cRLSign alone';
    },
  },
];

/** Every fault of a managed authority's TBSCertificate, read from its octets; an empty list means it may be signed. */
export function lintAuthority(tbs: Uint8Array, sha256: (octets: Uint8Array) => Uint8Array): Finding[] {
  return applyRules(tbs, sha256, (subject) => subject, RULES);
}
