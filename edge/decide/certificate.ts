import { X509Certificate } from 'node:crypto';
import { OID } from '../../core/ca/der/oids.ts';
import { contentOf, DerError, type DerNode, expectTag, readDer } from '../../core/ca/der/reader.ts';
import { namedBitsOf, oidOf, timeOf } from '../../core/ca/der/values.ts';
import { compareOctets } from '../../core/ca/der/writer.ts';
import { type CertificateFields, readCertificate } from '../../core/ca/fields.ts';
import { readName, valuesOf } from '../../core/ca/name.ts';
import { serialOf } from '../../core/ca/serial.ts';
import { type NameConstraints, readNameConstraints } from './name-constraints.ts';

/** A certificate, read once into what chains are built and judged by (RFC 5280 6.1). */
export type ChainCertificate = {
  x509: X509Certificate;
  /** Lower-case hex. */
  fingerprintSha256: string;
  /** Canonical, see core/ca/serial.ts. */
  serial: string;
  /** The first common name; empty where there is none. */
  subjectCommonName: string;
  /** The whole subject in DER. */
  subject: DerNode;
  spki: Uint8Array;
  /** Epoch milliseconds, both inclusive to the second. */
  notBefore: number;
  notAfter: number;
  isCa: boolean;
  pathLength: number | undefined;
  /** Bit numbers; undefined: no such extension, everything is allowed. */
  keyUsage: readonly number[] | undefined;
  extKeyUsage: readonly string[] | undefined;
  /** Lower-case hex; empty where there is none. */
  subjectKeyId: string;
  alternativeNames: readonly DerNode[];
  nameConstraints: NameConstraints | undefined;
  isSelfIssued: boolean;
  /** A defect that no chain mends: it is never accepted. */
  defect: 'critical_extension' | 'weak' | undefined;
};

/** Read or harmless; certificate policies are not asked for, so they restrict nothing (RFC 5280 6.1.1 c). */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  OID.basicConstraints,
  OID.keyUsage,
  OID.extKeyUsage,
  OID.subjectAltName,
  OID.subjectKeyIdentifier,
  OID.authorityKeyIdentifier,
  '2.5.29.30',
  '2.5.29.32',
]);
/** SHA-2 and the Edwards curves: what OpenSSL accepts at its default security level as well. */
const SIGNATURES: ReadonlySet<string> = new Set([
  OID.sha256WithRSAEncryption,
  OID.sha384WithRSAEncryption,
  OID.sha512WithRSAEncryption,
  OID.ecdsaWithSHA256,
  OID.ecdsaWithSHA384,
  OID.ecdsaWithSHA512,
  OID.ed25519,
  OID.ed448,
]);
const PSS_HASHES: ReadonlySet<string> = new Set([OID.sha256, OID.sha384, OID.sha512]);

const MOST_KEY_BITS = 8_192;

/** Throws when the octets are not a certificate in strict DER, or one of its extensions is not what it must be. */
export function readChainCertificate(der: Uint8Array): ChainCertificate {
  const fields = readCertificate(der);
  const x509 = new X509Certificate(der);
  // Checking a signature with such a key takes a client nothing and this process a long time.
  if ((x509.publicKey.asymmetricKeyDetails?.modulusLength ?? 0) > MOST_KEY_BITS) {
    throw new DerError('a key is longer than anybody needs', 0);
  }
  const extensions = new Map(fields.extensions.map((extension) => [extension.oid, extension.value]));
  if (extensions.size !== fields.extensions.length) throw new DerError('an extension is there twice', 0);
  const extension = (oid: string) => {
    const value = extensions.get(oid);
    return value && readDer(value);
  };
  const basic = extension(OID.basicConstraints);
  const keyUsage = extension(OID.keyUsage);
  const extKeyUsage = extension(OID.extKeyUsage);
  const keyId = extension(OID.subjectKeyIdentifier);
  const names = extension(OID.subjectAltName);
  const constraints = extension('2.5.29.30');
  const critical = fields.extensions.some(({ oid, critical }) => critical && !UNDERSTOOD.has(oid));
  return {
    x509,
    fingerprintSha256: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
    serial: serialOf(fields.serial),
    subjectCommonName: commonNameOf(fields.subject),
    subject: fields.subject,
    spki: fields.spki,
    notBefore: instantOf(fields.notBefore),
    notAfter: instantOf(fields.notAfter),
    ...(basic ? readBasicConstraints(basic) : { isCa: false, pathLength: undefined }),
    keyUsage: keyUsage && namedBitsOf(expectTag(keyUsage, 0x03, 'the key usage')),
    extKeyUsage: extKeyUsage && expectTag(extKeyUsage, 0x30, 'the extended key usage').children.map(oidOf),
    subjectKeyId: keyId ? Buffer.from(contentOf(expectTag(keyId, 0x04, 'the key identifier'))).toString('hex') : '',
    alternativeNames: names ? expectTag(names, 0x30, 'the alternative names').children : [],
    nameConstraints: constraints && readNameConstraints(constraints),
    isSelfIssued: sameOctets(contentOf(fields.issuer), contentOf(fields.subject)),
    defect: critical ? 'critical_extension' : isWeak(fields, x509) ? 'weak' : undefined,
  };
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  return compareOctets(a, b) === 0;
}

function commonNameOf(subject: DerNode): string {
  try {
    return valuesOf(readName(subject), OID.commonName)[0]?.text ?? '';
  } catch {
    // A name of another form is no reason to refuse the certificate: nothing but this fact is taken from it.
    return '';
  }
}

function instantOf(node: DerNode): number {
  const at = timeOf(node);
  if (!at) throw new DerError('a time is malformed', node.start);
  return at.getTime();
}

function readBasicConstraints(node: DerNode): { isCa: boolean; pathLength: number | undefined } {
  const [first, ...rest] = expectTag(node, 0x30, 'the basic constraints').children;
  const isCa = first?.tag === 0x01 && contentOf(first)[0] !== 0;
  const length = isCa ? rest[0] : first;
  if (!length) return { isCa, pathLength: undefined };
  const octets = contentOf(expectTag(length, 0x02, 'the path length'));
  if (octets.length !== 1 || (octets[0] ?? 0) > 0x7f) throw new DerError('a path length is out of range', length.start);
  return { isCa, pathLength: octets[0] };
}

/** The signature's hash and the key's size; one algorithm inside and outside (RFC 5280 4.1.1.2). */
function isWeak(fields: CertificateFields, x509: X509Certificate): boolean {
  if (!sameOctets(fields.signatureAlgorithm, fields.outerAlgorithm)) return true;
  const [id, parameters] = readDer(fields.signatureAlgorithm).children;
  const algorithm = id ? oidOf(id) : '';
  if (algorithm === OID.rsassaPss) {
    const hash = parameters?.children.find(({ tag }) => tag === 0xa0)?.children[0]?.children[0];
    if (!hash || !PSS_HASHES.has(oidOf(hash))) return true;
  } else if (!SIGNATURES.has(algorithm)) return true;
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x509.publicKey;
  if (type === 'rsa' || type === 'rsa-pss') return (details?.modulusLength ?? 0) < 2048;
  if (type === 'ec') return !['prime256v1', 'secp384r1', 'secp521r1'].includes(details?.namedCurve ?? '');
  return type !== 'ed25519' && type !== 'ed448';
}
