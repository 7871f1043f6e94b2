/** The lint of client certificates: RFC 5280 as profiled for TLS clients. */
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode, encodedOf } from '../der/reader.ts';
import { latin1, namedBitsOf, oidOf } from '../der/values.ts';
import { findSanDefect, isSpiffeId, readGeneralNames } from '../general-name.ts';
import { type AuthorityFacts, MAX_LEAF_LIFETIME_MS } from '../profile.ts';
import { applyRules, type Finding, find, type Rule, type Subject } from './rule.ts';
import { lifetimeRule, onlyExtensions, SHARED_RULES, sameOctets } from './shared-rules.ts';

type Leaf = Subject & { issuer: AuthorityFacts };

/** The extensions a leaf may have, and whether they are critical there. */
const EXTENSIONS: Record<string, boolean> = {
  [OID.basicConstraints]: true,
  [OID.keyUsage]: true,
  [OID.extKeyUsage]: false,
  [OID.subjectKeyIdentifier]: false,
  [OID.authorityKeyIdentifier]: false,
  [OID.subjectAltName]: false,
  [OID.cRLDistributionPoints]: false,
  [OID.authorityInfoAccess]: false,
  [OID.noRevAvail]: false,
};

const RULES: readonly Rule<Leaf>[] = [
  ...SHARED_RULES,
  ...onlyExtensions(EXTENSIONS, 'RFC 5280 4.2.1'),
  lifetimeRule(MAX_LEAF_LIFETIME_MS, 'DESIGN 5'),
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
    check: (leaf) => {
      const value = find(leaf, OID.basicConstraints)?.value;
      return value === undefined || (value.tag === 0x30 && value.children.length === 0) ? undefined : 'it is not empty';
    },
  },
  {
    id: 'key_usage',
    source: 'RFC 5280 4.2.1.3, RFC 8813 3, RFC 9295 3',
    check: (leaf) => {
      const value = find(leaf, OID.keyUsage)?.value;
      const bits = value?.tag === 0x03 && hasNoTrailingZeroBits(value) ? namedBitsOf(value).join() : undefined;
      return bits === '0' ? undefined : 'it is not digitalSignature alone';
    },
  },
  {
    id: 'extended_key_usage',
    source: 'RFC 5280 4.2.1.12',
    check: (leaf) => {
      const value = find(leaf, OID.extKeyUsage)?.value;
      return value?.tag === 0x30 && value.children.map(oidOf).join() === OID.clientAuth
        ? undefined
        : 'it is not clientAuth alone';
    },
  },
  {
    id: 'authority_key_identifier',
    source: 'RFC 5280 4.2.1.1',
    check: (leaf) => {
      const value = find(leaf, OID.authorityKeyIdentifier)?.value;
      const [identifier, ...more] = value?.tag === 0x30 ? value.children : [];
      if (identifier?.tag !== 0x80 || more.length > 0) return 'it is not a key identifier alone';
      return sameOctets(contentOf(identifier), leaf.issuer.subjectKeyIdentifier)
        ? undefined
        : 'it is not the subject key identifier of the authority';
    },
  },
  {
    id: 'subject_alt_name',
    source: 'RFC 5280 4.2.1.6',
    check: (leaf) => {
      const value = find(leaf, OID.subjectAltName)?.value;
      if (!value) return undefined;
      const names = readGeneralNames(value);
      if (names.length === 0) return 'it is empty';
      if (new Set(names.map((name) => JSON.stringify(name))).size < names.length) return 'a name is there twice';
      for (const name of names) {
        if ('unknown' in name) return `it has a name of the kind ${name.unknown}`;
        const defect = findSanDefect(name);
        if (defect !== undefined) return `${JSON.stringify(name.value)} ${defect}`;
      }
      return undefined;
    },
  },
  {
    id: 'spiffe_id_alone',
    source: 'SPIFFE X.509-SVID 2',
    check: (leaf) => {
      const value = find(leaf, OID.subjectAltName)?.value;
      const uris = (value ? readGeneralNames(value) : []).flatMap((n) => ('type' in n && n.type === 'uri' ? [n] : []));
      return uris.some(isSpiffeId) && uris.length > 1 ? 'a SPIFFE id is not the only URI' : undefined;
    },
  },
  {
    id: 'crl_distribution_points',
    source: 'RFC 5280 4.2.1.13 and 8',
    check: (leaf) => {
      const value = find(leaf, OID.cRLDistributionPoints)?.value;
      if (!value) return undefined;
      const points = value.tag === 0x30 ? value.children : [];
      return points.length > 0 && points.every(isHttpPoint)
        ? undefined
        : 'a point is not full names with http URIs alone';
    },
  },
  {
    id: 'authority_info_access',
    source: 'RFC 5280 4.2.2.1',
    check: (leaf) => {
      const value = find(leaf, OID.authorityInfoAccess)?.value;
      if (!value) return undefined;
      const descriptions = value.tag === 0x30 ? value.children : [];
      return descriptions.length > 0 && descriptions.every(isHttpAccess)
        ? undefined
        : 'it is not OCSP and issuer locations with http URIs alone';
    },
  },
  {
    id: 'no_rev_avail',
    source: 'RFC 9608 2 and 3',
    check: (leaf) => {
      const extension = find(leaf, OID.noRevAvail);
      if (!extension) return undefined;
      if (extension.value.tag !== 0x05) return 'it is not NULL';
      const access = find(leaf, OID.authorityInfoAccess)?.value.children ?? [];
      return find(leaf, OID.cRLDistributionPoints) ||
        access.some((a) => a.children[0] && oidOf(a.children[0]) === OID.ocsp)
        ? 'it says there is no revocation information, beside the place of some'
        : undefined;
    },
  },
];

/**
 * Every fault of a leaf's TBSCertificate, read from its octets; an empty list means it may be signed.
 * `issuer` is the authority from its own certificate, `sha256` the hash that the key identifier is checked with.
 */
export function lintLeaf(
  tbs: Uint8Array,
  issuer: AuthorityFacts,
  sha256: (octets: Uint8Array) => Uint8Array,
): Finding[] {
  return applyRules(tbs, sha256, (subject) => ({ ...subject, issuer }), RULES);
}

/** DER wants named bits without zero bits at the end (X.690 11.2.2). */
export function hasNoTrailingZeroBits(bits: DerNode): boolean {
  const unused = bits.source[bits.contentStart] ?? 0;
  const last = bits.source[bits.end - 1] ?? 0;
  return bits.end - bits.contentStart > 1 && ((last >> unused) & 1) === 1;
}

function isHttpUri(node: DerNode): boolean {
  return (
    node.tag === 0x86 && /^http:\/\/[\w.-]+(?::\d+)?(?:\/[\w\-.~:/?#[\]@!$&'()*+,;=%]*)?$/.test(latin1(contentOf(node)))
  );
}

function isHttpPoint(point: DerNode): boolean {
  const [name, ...otherFields] = point.children;
  const [fullName, ...otherForms] = name?.tag === 0xa0 ? name.children : [];
  if (point.tag !== 0x30 || otherFields.length > 0 || otherForms.length > 0 || fullName?.tag !== 0xa0) return false;
  return fullName.children.length > 0 && fullName.children.every(isHttpUri);
}

function isHttpAccess(description: DerNode): boolean {
  const [method, location, ...more] = description.tag === 0x30 ? description.children : [];
  if (!method || !location || more.length > 0) return false;
  const id = oidOf(method);
  return (id === OID.ocsp || id === OID.caIssuers) && isHttpUri(location);
}
