import { OID } from './der/oids.ts';
import { expectTag, readDer } from './der/reader.ts';
import { oidOf } from './der/values.ts';
import { readCertificate } from './fields.ts';
import { readGeneralNames } from './general-name.ts';
import { readName, valuesOf } from './name.ts';

/** What a list says of a certificate, in the words of Go's x509 package, which the vendor's answers are in. */
export type GoDescription = {
  /** Empty where the subject has none. */
  commonName: string;
  /** The issuer's common name, else its organisation. */
  issuer: string;
  /** Joined by commas; empty where there are none. */
  san: string;
  /** `ECDSA-SHA256`, `SHA256-RSA`; the identifier in digits for what Go does not know. */
  signatureAlgorithm: string;
  /** `RSA`, `ECDSA`, `Ed25519`. */
  publicKeyAlgorithm: string;
};

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  [OID.sha256WithRSAEncryption]: 'SHA256-RSA',
  [OID.sha384WithRSAEncryption]: 'SHA384-RSA',
  [OID.sha512WithRSAEncryption]: 'SHA512-RSA',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  [OID.ecdsaWithSHA256]: 'ECDSA-SHA256',
  [OID.ecdsaWithSHA384]: 'ECDSA-SHA384',
  [OID.ecdsaWithSHA512]: 'ECDSA-SHA512',
  [OID.ed25519]: 'Ed25519',
};

/** RSASSA-PSS by the digest in its parameters. */
const PSS: Readonly<Record<string, string>> = {
  [OID.sha256]: 'SHA256-RSAPSS',
  [OID.sha384]: 'SHA384-RSAPSS',
  [OID.sha512]: 'SHA512-RSAPSS',
};

const KEYS: Readonly<Record<string, string>> = {
  [OID.rsaEncryption]: 'RSA',
  [OID.rsassaPss]: 'RSA',
  [OID.dsa]: 'DSA',
  [OID.ecPublicKey]: 'ECDSA',
  [OID.ed25519]: 'Ed25519',
};

/** Throws DerError when the octets are not a certificate in strict DER. */
export function describeAsGo(der: Uint8Array): GoDescription {
  const fields = readCertificate(der);
  const subject = readName(fields.subject);
  const issuer = readName(fields.issuer);
  const first = (name: typeof subject, type: string) => valuesOf(name, type)[0]?.text;
  const alternatives = fields.extensions.find(({ oid }) => oid === OID.subjectAltName);
  const names = alternatives === undefined ? [] : readGeneralNames(readDer(alternatives.value));
  return {
    commonName: first(subject, OID.commonName) ?? '',
    issuer: first(issuer, OID.commonName) ?? first(issuer, OID.organizationName) ?? '',
    san: names.flatMap((name) => ('value' in name ? [name.value] : [])).join(','),
    signatureAlgorithm: signatureOf(fields.signatureAlgorithm),
    publicKeyAlgorithm: keyOf(fields.spki),
  };
}

function signatureOf(identifier: Uint8Array): string {
  const [type, parameters] = readDer(identifier).children;
  const id = oidOf(expectTag(type, 0x06, 'the signature algorithm'));
  if (id !== OID.rsassaPss) return SIGNATURES[id] ?? id;
  const digest = parameters?.children.find(({ tag }) => tag === 0xa0)?.children[0]?.children[0];
  return (digest?.tag === 0x06 ? PSS[oidOf(digest)] : undefined) ?? id;
}

function keyOf(spki: Uint8Array): string {
  const id = oidOf(expectTag(readDer(spki).children[0]?.children[0], 0x06, 'the type of a key'));
  return KEYS[id] ?? id;
}
