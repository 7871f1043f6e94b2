/** Signatures on what others have signed: which are strong enough, and whether they are right. */
import { constants, createPublicKey, verify } from 'node:crypto';
import { OID } from './der/oids.ts';
import { contentOf, type DerNode, expectTag } from './der/reader.ts';
import { oidOf } from './der/values.ts';
import type { PublicKey } from './public-key.ts';

type Hash = 'sha256' | 'sha384' | 'sha512';

/** How to verify; `hash` is undefined where the algorithm has its own. */
type Scheme = { kind: PublicKey['kind']; hash: Hash | undefined; saltLength?: number };

const PLAIN: Record<string, Scheme> = {
  [OID.sha256WithRSAEncryption]: { kind: 'rsa', hash: 'sha256' },
  [OID.sha384WithRSAEncryption]: { kind: 'rsa', hash: 'sha384' },
  [OID.sha512WithRSAEncryption]: { kind: 'rsa', hash: 'sha512' },
  [OID.ecdsaWithSHA256]: { kind: 'ec', hash: 'sha256' },
  [OID.ecdsaWithSHA384]: { kind: 'ec', hash: 'sha384' },
  [OID.ecdsaWithSHA512]: { kind: 'ec', hash: 'sha512' },
  [OID.ed25519]: { kind: 'ed25519', hash: undefined },
};

const PSS_HASHES: Record<string, { hash: Hash; octets: number }> = {
  [OID.sha256]: { hash: 'sha256', octets: 32 },
  [OID.sha384]: { hash: 'sha384', octets: 48 },
  [OID.sha512]: { hash: 'sha512', octets: 64 },
};

/** MD2, MD4, MD5, SHA-1 and SHA-224 in their RSA, DSA and ECDSA forms. */
const WEAK =
  /^(?:1\.2\.840\.113549\.1\.1\.(?:2|3|4|5|14)|1\.3\.14\.3\.2\.(?:27|29)|1\.2\.840\.10040\.4\.3|1\.2\.840\.10045\.4\.(?:1|3\.1)|2\.16\.840\.1\.101\.3\.4\.3\.1)$/;

/** Why a signature proves nothing. Weak is every hash below SHA-256. */
export type SignatureDefect =
  | 'signature_hash_weak'
  | 'signature_pss_hash_weak'
  | 'signature_wrong'
  | 'signature_algorithm_unknown'
  | 'signature_algorithm_of_another_key'
  | 'signature_parameters'
  | 'signature_pss_parameters';

/** What was signed, with which algorithm (the AlgorithmIdentifier), and by which key (SubjectPublicKeyInfo). */
export type Signed = { signed: Uint8Array; algorithm: DerNode; signature: Uint8Array; spki: Uint8Array };

/**
 * What is wrong with a signature of a request, a certificate or a CRL: weak, of another algorithm than its key, or not
 * by it; undefined for a good one.
 * @throws DerError when the algorithm's structure is malformed.
 */
export function findSignatureDefect(signed: Signed, key: PublicKey): SignatureDefect | undefined {
  const scheme = readScheme(signed.algorithm);
  if (typeof scheme === 'string') return scheme;
  if (scheme.kind !== key.kind) return 'signature_algorithm_of_another_key';
  return isGood(signed, scheme) ? undefined : 'signature_wrong';
}

/** The same for what is long: the work is done in the thread pool, and the event loop goes on meanwhile. */
export async function findLongSignatureDefect(signed: Signed, key: PublicKey): Promise<SignatureDefect | undefined> {
  const scheme = readScheme(signed.algorithm);
  if (typeof scheme === 'string') return scheme;
  if (scheme.kind !== key.kind) return 'signature_algorithm_of_another_key';
  const good = await new Promise<boolean>((resolve) => {
    try {
      const done = (error: Error | null, result: boolean) => resolve(error === null && result);
      verify(scheme.hash, signed.signed, verifyingKey(signed, scheme), signed.signature, done);
    } catch {
      resolve(false);
    }
  });
  return good ? undefined : 'signature_wrong';
}

function isGood(signed: Signed, scheme: Scheme): boolean {
  try {
    return verify(scheme.hash, signed.signed, verifyingKey(signed, scheme), signed.signature);
  } catch {
    // OpenSSL refuses some keys and signatures by throwing; neither proves anything.
    return false;
  }
}

function verifyingKey({ spki }: Signed, { saltLength }: Scheme) {
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  return saltLength === undefined ? { key } : { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

function readScheme(algorithm: DerNode): Scheme | SignatureDefect {
  const [type, parameters, ...more] = algorithm.children;
  const id = oidOf(expectTag(type, 0x06, 'the signature algorithm', algorithm));
  if (WEAK.test(id)) return 'signature_hash_weak';
  if (id === OID.rsassaPss) return readPss(parameters);
  const scheme = PLAIN[id];
  if (!scheme) return 'signature_algorithm_unknown';
  // RFC 4055 5: NULL for RSA, and verifiers accept its absence; RFC 5758 3.2 and RFC 8410 3: absent.
  const allowed = parameters === undefined || (scheme.kind === 'rsa' && parameters.tag === 0x05);
  return allowed && more.length === 0 ? scheme : 'signature_parameters';
}

/** RFC 4055 3.1: hash, MGF1 with the same hash, a salt as long as the hash; the trailer field only as its default. */
function readPss(parameters: DerNode | undefined): Scheme | SignatureDefect {
  const [hash, mask, salt, ...more] =
    parameters?.children.map((field, i) => (field.tag === 0xa0 + i ? field.children[0] : undefined)) ?? [];
  const digest = PSS_HASHES[hash?.children[0] ? oidOf(hash.children[0]) : ''];
  const mgf = mask?.children[0] ? oidOf(mask.children[0]) : '';
  const maskHash = mask?.children[1]?.children[0];
  const saltLength = salt?.tag === 0x02 && contentOf(salt).length === 1 ? contentOf(salt)[0] : undefined;
  if (!digest) return 'signature_pss_hash_weak';
  const right =
    mgf === OID.mgf1 &&
    maskHash &&
    PSS_HASHES[oidOf(maskHash)] === digest &&
    saltLength === digest.octets &&
    more.length === 0;
  return right ? { kind: 'rsa', hash: digest.hash, saltLength: digest.octets } : 'signature_pss_parameters';
}
