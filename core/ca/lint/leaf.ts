/** The lint of client certificates: RFC 5280 as profiled for TLS clients. */
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode } from '../der/reader.ts';
import { latin1, oidOf } from '../der/values.ts';
import { findSanDefect, isSpiffeId, readGeneralNames } from '../general-name.ts';
import { type AuthorityFacts, MAX_LEAF_LIFETIME_MS } from '../profile.ts';
import { ISSUED_RULES, type Issued } from './issued-rules.ts';
import { applyRules, type Finding, find, type Rule } from './rule.ts';
import { lifetimeRule, onlyExtensions, SHARED_RULES } from './shared-rules.ts';

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

const RULES: readonly Rule<Issued>[] = [
  ...SHARED_RULES,
  ...onlyExtensions(EXTENSIONS, 'RFC 5280 4.2.1'),
  lifetimeRule(MAX_LEAF_LIFETIME_MS, 'DESIGN 5'),
  ...ISSUED_RULES,
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
