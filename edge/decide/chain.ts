import { OID } from '../../core/ca/der/oids.ts';
import { type ChainCertificate, sameOctets } from './certificate.ts';
import { isPermitted } from './name-constraints.ts';

/** An authority of the policy: where chains end. */
export type Anchor = { id: string; certificate: ChainCertificate };

/** Why a chain is not accepted, whatever the time and whoever is revoked. */
export type ChainDefect =
  | 'critical_extension'
  | 'weak'
  | 'not_client_auth'
  | 'not_an_authority'
  | 'name_constraint'
  | 'too_deep';

/** Leaf first, anchor last; every signature in it is right. */
export type Chain = {
  certificates: readonly ChainCertificate[];
  anchor: Anchor;
  defect: ChainDefect | undefined;
};

/** Intermediate certificates between leaf and authority, as `ssl_verify_depth 4` counts them. */
export const MAX_INTERMEDIATES = 4;
/** So far it is looked, to tell a chain that is too long from one that leads nowhere. */
const LOOKED_AT = 8;
/** Signatures that are checked for one client at most: of many authorities with one name, each has to be tried. */
const MAX_SIGNATURES = 32;
const CLIENT_AUTH = OID.clientAuth;
const DIGITAL_SIGNATURE = 0;
const KEY_AGREEMENT = 4;
const KEY_CERT_SIGN = 5;

/**
 * Every chain from the first of the presented certificates to one of the anchors, good ones first. The order in which
 * the others were sent does not matter. This is the expensive part of verifying (a signature for each link), and what
 * it finds stays true: time and revocation are judged elsewhere, for each request.
 */
export function findChains(presented: readonly ChainCertificate[], anchors: readonly Anchor[]): Chain[] {
  const [leaf, ...others] = presented;
  if (!leaf) return [];
  const found: Chain[] = [];
  let signatures = 0;
  const isSignedBy = (certificate: ChainCertificate, issuer: ChainCertificate) => {
    // Names as OpenSSL compares them, key identifiers, and the issuer's key usage.
    if (signatures >= MAX_SIGNATURES || !certificate.x509.checkIssued(issuer.x509)) return false;
    signatures += 1;
    return certificate.x509.verify(issuer.x509.publicKey);
  };
  const follow = (path: readonly ChainCertificate[]) => {
    const last = path.at(-1) as ChainCertificate;
    for (const anchor of anchors) {
      if (!isSignedBy(last, anchor.certificate)) continue;
      const certificates = [...path, anchor.certificate];
      found.push({ certificates, anchor, defect: defectOf(certificates) });
    }
    if (path.length > LOOKED_AT) return;
    for (const issuer of others) {
      if (!path.includes(issuer) && isSignedBy(last, issuer)) follow([...path, issuer]);
    }
  };
  follow([leaf]);
  return found.sort((a, b) => Number(a.defect !== undefined) - Number(b.defect !== undefined));
}

/** RFC 5280 6.1.4 and 6.1.5, without time and policies. */
function defectOf(certificates: readonly ChainCertificate[]): ChainDefect | undefined {
  const [leaf, ...issuers] = certificates as readonly [ChainCertificate, ...ChainCertificate[]];
  const own = certificates.find(({ defect }) => defect !== undefined)?.defect;
  if (own) return own;
  if (issuers.length > MAX_INTERMEDIATES + 1) return 'too_deep';
  for (const [index, issuer] of issuers.entries()) {
    const isSigner = issuer.isCa && (issuer.keyUsage?.includes(KEY_CERT_SIGN) ?? true);
    // Certificates between this one and the leaf, those of its own name not counted (6.1.4 l).
    const below = issuers.slice(0, index).filter(({ isSelfIssued }) => !isSelfIssued).length;
    if (!isSigner || below > (issuer.pathLength ?? Number.POSITIVE_INFINITY)) return 'not_an_authority';
    // An extended key usage of an authority restricts what is below it, as every browser and OpenSSL have it.
    if (!allowsClient(issuer)) return 'not_client_auth';
    const constraints = issuer.nameConstraints;
    const subjects = certificates.slice(0, index + 1).filter((one) => one === leaf || !one.isSelfIssued);
    const within = ({ subject, alternativeNames, subjectCommonName }: ChainCertificate, isLeaf: boolean) =>
      !constraints ||
      isPermitted(constraints, { subject, alternativeNames, commonName: isLeaf ? subjectCommonName : '' });
    if (!subjects.every((one) => within(one, one === leaf))) return 'name_constraint';
  }
  const signs = leaf.keyUsage?.some((bit) => bit === DIGITAL_SIGNATURE || bit === KEY_AGREEMENT) ?? true;
  return signs && allowsClient(leaf) ? undefined : 'not_client_auth';
}

/** No extended key usage allows everything; one without clientAuth does not allow it, anyExtendedKeyUsage included. */
function allowsClient({ extKeyUsage }: ChainCertificate): boolean {
  return extKeyUsage === undefined || extKeyUsage.includes(CLIENT_AUTH);
}

/**
 * One authority under two certificates (an anchor and a cross-signed twin) is one issuer. The key alone says so: a name
 * may be spelt in several ways that chains do not tell apart.
 */
export function isSameIssuer(a: ChainCertificate, b: ChainCertificate): boolean {
  return a === b || sameOctets(a.spki, b.spki);
}
