/** The fields of a certificate, taken from its octets (RFC 5280 4.1). Strict: a DerError for every departure. */
import { contentOf, DerError, type DerNode, encodedOf, expectTag, readDer } from './der/reader.ts';
import { bitOctetsOf, oidOf } from './der/values.ts';

export type ExtensionField = { oid: string; critical: boolean; value: Uint8Array };

export type TbsFields = {
  /** As encoded: 2 is v3. */
  version: number;
  /** The contents of the INTEGER, sign octet included. */
  serial: Uint8Array;
  /** The whole AlgorithmIdentifier. */
  signatureAlgorithm: Uint8Array;
  issuer: DerNode;
  notBefore: DerNode;
  notAfter: DerNode;
  subject: DerNode;
  spki: Uint8Array;
  hasUniqueId: boolean;
  extensions: readonly ExtensionField[];
};

export type CertificateFields = TbsFields & {
  tbs: Uint8Array;
  /** The AlgorithmIdentifier outside, to be equal to the one inside. */
  outerAlgorithm: Uint8Array;
  signature: Uint8Array;
};

export function readCertificate(der: Uint8Array): CertificateFields {
  const [tbs, algorithm, signature, ...more] = expectTag(readDer(der), 0x30, 'a certificate').children;
  const inner = expectTag(tbs, 0x30, 'the signed part');
  if (more.length > 0) throw new DerError('a certificate has more than three parts', 0);
  return {
    ...fieldsOf(inner),
    tbs: encodedOf(inner),
    outerAlgorithm: encodedOf(expectTag(algorithm, 0x30, 'the signature algorithm')),
    signature: bitOctetsOf(expectTag(signature, 0x03, 'the signature')),
  };
}

export function readTbs(tbs: Uint8Array): TbsFields {
  return fieldsOf(expectTag(readDer(tbs), 0x30, 'the signed part'));
}

function fieldsOf(tbs: DerNode): TbsFields {
  const left = [...tbs.children];
  const take = (tag: number, what: string) => expectTag(left.shift(), tag, what, tbs);
  const takeIf = (tag: number) => (left[0]?.tag === tag ? left.shift() : undefined);

  const version = takeIf(0xa0);
  const serial = contentOf(take(0x02, 'the serial number'));
  const signatureAlgorithm = encodedOf(take(0x30, 'the signature algorithm'));
  const issuer = take(0x30, 'the issuer');
  const [notBefore, notAfter, ...moreTimes] = take(0x30, 'the validity').children;
  if (!notBefore || !notAfter || moreTimes.length > 0) throw new DerError('the validity is not two times', tbs.start);
  const subject = take(0x30, 'the subject');
  const spki = encodedOf(take(0x30, 'the public key'));
  const hasUniqueId = [takeIf(0x81), takeIf(0x82)].some(Boolean);
  const extensions = takeIf(0xa3);
  if (left[0]) throw new DerError('there is a field that does not belong here', left[0].start);
  return {
    version: version ? versionOf(version) : 0,
    serial,
    signatureAlgorithm,
    issuer,
    notBefore,
    notAfter,
    subject,
    spki,
    hasUniqueId,
    extensions: extensions ? extensionsIn(onlyChild(extensions, 'the extensions')) : [],
  };
}

/** `Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension`; also what a request's extensionRequest holds. */
export function extensionsIn(node: DerNode): ExtensionField[] {
  const entries = expectTag(node, 0x30, 'the list of extensions').children;
  if (entries.length === 0) throw new DerError('the list of extensions is empty', node.start);
  return entries.map((entry) => {
    const parts = [...expectTag(entry, 0x30, 'an extension').children];
    const id = oidOf(expectTag(parts.shift(), 0x06, 'the identifier of an extension', entry));
    const critical = parts[0]?.tag === 0x01 ? parts.shift() : undefined;
    if (critical && contentOf(critical)[0] === 0)
      throw new DerError('a FALSE that is the default is written out', critical.start);
    const value = contentOf(expectTag(parts.shift(), 0x04, 'the value of an extension', entry));
    if (parts.length > 0) throw new DerError('an extension has more than three parts', entry.start);
    return { oid: id, critical: critical !== undefined, value };
  });
}

function versionOf(node: DerNode): number {
  const octets = contentOf(expectTag(onlyChild(node, 'the version'), 0x02, 'the version'));
  if (octets.length === 1 && octets[0] === 0)
    throw new DerError('a version that is the default is written out', node.start);
  return octets.length === 1 ? (octets[0] ?? 0) : Number.NaN;
}

function onlyChild(node: DerNode, what: string): DerNode {
  const [child, ...more] = node.children;
  if (!child || more.length > 0) throw new DerError(`${what} is not one element`, node.start);
  return child;
}
