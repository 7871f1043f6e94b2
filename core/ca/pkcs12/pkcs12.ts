/**
 * PKCS #12 files (RFC 7292): a key, its certificate and the authority's, for import into key stores. Works with Web
 * Crypto alone, so that a browser can make one from a key that no server sees.
 */
import {
  element,
  explicit,
  implicit,
  NULL,
  octetString,
  oid,
  sequence,
  setOf,
  smallInteger,
  unsignedInteger,
} from '../der/writer.ts';
import { bmpString, concat, deriveOctets, PURPOSE } from './kdf.ts';

export type Pkcs12Content = {
  /** Shown by key stores. */
  friendlyName: string;
  /** PKCS #8 in DER. */
  privateKey: Uint8Array;
  /** DER, the leaf first. */
  certificates: readonly Uint8Array[];
};

/**
 * `modern`: AES-256 and SHA-256 (PBES2), for everything current. `compatible`: 3DES and SHA-1, which older Apple key
 * chains, Android and Windows understand and which is weaker.
 */
export type Pkcs12Strength = 'modern' | 'compatible';

/** Encrypts with 3DES-CBC and PKCS #7 padding, which Web Crypto cannot. */
export type TripleDes = (key: Uint8Array, iv: Uint8Array, plain: Uint8Array) => Uint8Array;

/** Makes guessing a password that much more expensive; importers give up above some millions. */
const ITERATIONS = { modern: 100_000, compatible: 2_048 } as const;
/** The MAC's derivation hashes one by one and is slow in a browser; the encryption is what protects the key. */
const MAC_ITERATIONS = 2_048;

const PKCS7 = '1.2.840.113549.1.7';
const PKCS9 = '1.2.840.113549.1.9';
const BAGS = '1.2.840.113549.1.12.10.1';
const HASHES = {
  modern: { name: 'SHA-256', oid: '2.16.840.1.101.3.4.2.1', octets: 32 },
  compatible: { name: 'SHA-1', oid: '1.3.14.3.2.26', octets: 20 },
} as const;

/** Why this password cannot be used, as a sentence; undefined for one that every importer reads the same way. */
export function findPasswordDefect(password: string): string | undefined {
  if (password.length < 8) return 'Choose a password of at least 8 characters.';
  if (password.length > 128) return 'Choose a password of at most 128 characters.';
  return /^[\x20-\x7e]+$/.test(password)
    ? undefined
    : 'Use letters without accents, digits and plain signs only: programs disagree about all others.';
}

/**
 * @param random a cryptographic source.
 * @throws RangeError for a password that `findPasswordDefect` refuses.
 */
export async function buildPkcs12(
  content: Pkcs12Content,
  password: string,
  strength: Pkcs12Strength,
  means: { random: (octets: number) => Uint8Array<ArrayBuffer>; tripleDes: TripleDes },
): Promise<Uint8Array> {
  const defect = findPasswordDefect(password);
  if (defect !== undefined) throw new RangeError(defect);
  const [leaf] = content.certificates;
  if (leaf === undefined) throw new RangeError('a file without a certificate');
  const localKeyId = new Uint8Array(await crypto.subtle.digest('SHA-1', Uint8Array.from(leaf)));
  const attributes = bagAttributes(content.friendlyName, localKeyId);
  const encrypt = strength === 'modern' ? encryptModern : encryptCompatible;

  const key = await encrypt(content.privateKey, password, means);
  const keyBag = sequence(oid(`${BAGS}.2`), explicit(0, sequence(key.algorithm, octetString(key.octets))), attributes);
  const certificateBags = content.certificates.map((certificate, i) =>
    certificateBag(certificate, i === 0 ? attributes : undefined),
  );
  const certificates = await encrypt(sequence(...certificateBags), password, means);
  const authSafe = sequence(encryptedData(certificates), data(sequence(keyBag)));
  return sequence(smallInteger(3), data(authSafe), await macData(authSafe, password, strength, means.random));
}

type Encrypted = { algorithm: Uint8Array; octets: Uint8Array };
type Means = Parameters<typeof buildPkcs12>[3];

/** PBES2 with PBKDF2-HMAC-SHA-256 and AES-256-CBC (RFC 8018 6.2). The password is UTF-8. */
async function encryptModern(plain: Uint8Array, password: string, { random }: Means): Promise<Encrypted> {
  const salt = random(16);
  const iv = random(16);
  const iterations = ITERATIONS.modern;
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(password), 'PBKDF2', false, [
    'deriveKey',
  ]);
  const how = { name: 'PBKDF2', hash: 'SHA-256', salt, iterations };
  const key = await crypto.subtle.deriveKey(how, secret, { name: 'AES-CBC', length: 256 }, false, ['encrypt']);
  const octets = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-CBC', iv }, key, Uint8Array.from(plain)));
  const hmacWithSha256 = sequence(oid('1.2.840.113549.2.9'), NULL);
  const pbkdf2 = sequence(
    oid('1.2.840.113549.1.5.12'),
    sequence(octetString(salt), integer(iterations), hmacWithSha256),
  );
  const aes256 = sequence(oid('2.16.840.1.101.3.4.1.42'), octetString(iv));
  return { algorithm: sequence(oid('1.2.840.113549.1.5.13'), sequence(pbkdf2, aes256)), octets };
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C). */
async function encryptCompatible(
  plain: Uint8Array,
  password: string,
  { random, tripleDes }: Means,
): Promise<Encrypted> {
  const salt = random(8);
  const iterations = ITERATIONS.compatible;
  const from = { hash: 'SHA-1' as const, password: bmpString(password), salt, iterations };
  const key = await deriveOctets({ ...from, purpose: PURPOSE.key, size: 24 });
  const iv = await deriveOctets({ ...from, purpose: PURPOSE.iv, size: 8 });
  const parameters = sequence(octetString(salt), integer(iterations));
  return { algorithm: sequence(oid('1.2.840.113549.1.12.1.3'), parameters), octets: tripleDes(key, iv, plain) };
}

async function macData(
  authSafe: Uint8Array,
  password: string,
  strength: Pkcs12Strength,
  random: Means['random'],
): Promise<Uint8Array> {
  const { name: hash, oid: hashOid, octets: size } = HASHES[strength];
  const salt = random(16);
  const secret = await deriveOctets({
    hash,
    purpose: PURPOSE.mac,
    password: bmpString(password),
    salt,
    iterations: MAC_ITERATIONS,
    size,
  });
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash }, false, ['sign']);
  const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, concat(authSafe)));
  const digestInfo = sequence(sequence(oid(hashOid), NULL), octetString(mac));
  return sequence(digestInfo, octetString(salt), integer(MAC_ITERATIONS));
}

/** Up to 2^32 - 1. */
function integer(value: number): Uint8Array {
  return unsignedInteger(Uint8Array.of(value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff));
}

const data = (content: Uint8Array) => sequence(oid(`${PKCS7}.1`), explicit(0, octetString(content)));

function encryptedData({ algorithm, octets }: Encrypted): Uint8Array {
  const info = sequence(oid(`${PKCS7}.1`), algorithm, implicit(0, octets));
  return sequence(oid(`${PKCS7}.6`), explicit(0, sequence(smallInteger(0), info)));
}

function certificateBag(certificate: Uint8Array, attributes: Uint8Array | undefined): Uint8Array {
  const x509 = sequence(oid(`${PKCS9}.22.1`), explicit(0, octetString(certificate)));
  return sequence(oid(`${BAGS}.3`), explicit(0, x509), ...(attributes ? [attributes] : []));
}

function bagAttributes(friendlyName: string, localKeyId: Uint8Array): Uint8Array {
  // BMPString, without the zeros that a password has at its end.
  const name = element(0x1e, bmpString(friendlyName).subarray(0, -2));
  return setOf(sequence(oid(`${PKCS9}.20`), setOf(name)), sequence(oid(`${PKCS9}.21`), setOf(octetString(localKeyId))));
}
