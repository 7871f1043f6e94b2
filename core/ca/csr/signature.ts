/** Proof of possession: the request is signed with the key it asks a certificate for (RFC 2986 3). */
import { constants, createPublicKey, verify } from 'node:crypto';
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode, expectTag } from '../der/reader.ts';
import { oidOf } from '../der/values.ts';
import type { PublicKey } from '../public-key.ts';
import { refuse } from './refusal.ts';

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

const STRONGER = 'Make the request again with `-sha256`.';

/**
 * Refuses a request whose signature is weak, of another algorithm than its key, or wrong.
 * @throws CountersignError `csr_refused`; DerError when the algorithm's structure is malformed.
 */
export function checkPossession(
  request: { signed: Uint8Array; algorithm: DerNode; signature: Uint8Array; spki: Uint8Array },
  key: PublicKey,
): void {
  const scheme = readScheme(request.algorithm);
  if (scheme.kind !== key.kind) {
    refuse(
      'signature_algorithm_of_another_key',
      'The signature of this request is of another kind than its key. Make the request again.',
    );
  }
  if (!isGood(request, scheme)) {
    refuse(
      'signature_wrong',
      'The signature of this request is not by the key in it, or the request was changed. Make the request again with `openssl req -new -key your.key`.',
    );
  }
}

function isGood(request: { signed: Uint8Array; signature: Uint8Array; spki: Uint8Array }, scheme: Scheme): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(request.spki), format: 'der', type: 'spki' });
    const padding =
      scheme.saltLength === undefined
        ? {}
        : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: scheme.saltLength };
    return verify(scheme.hash, request.signed, { key, ...padding }, request.signature);
  } catch {
    // OpenSSL refuses some keys and signatures by throwing; neither proves anything.
    return false;
  }
}

function readScheme(algorithm: DerNode): Scheme {
  const [type, parameters, ...more] = algorithm.children;
  const id = oidOf(expectTag(type, 0x06, 'the signature algorithm', algorithm));
  if (WEAK.test(id))
    refuse('signature_hash_weak', `This request is signed with an outdated hash (MD5 or SHA-1). ${STRONGER}`);
  if (id === OID.rsassaPss) return readPss(parameters);
  const scheme = PLAIN[id];
  if (!scheme) refuse('signature_algorithm_unknown', `The signature algorithm ${id} is not accepted. ${STRONGER}`);
  // RFC 4055 5: NULL for RSA, and verifiers accept its absence; RFC 5758 3.2 and RFC 8410 3: absent.
  const allowed = parameters === undefined || (scheme.kind === 'rsa' && parameters.tag === 0x05);
  if (!allowed || more.length > 0)
    refuse('signature_parameters', `The signature algorithm has parameters that it must not have. ${STRONGER}`);
  return scheme;
}

/** RFC 4055 3.1: hash, MGF1 with the same hash, a salt as long as the hash; the trailer field only as its default. */
function readPss(parameters: DerNode | undefined): Scheme {
  const [hash, mask, salt, ...more] =
    parameters?.children.map((field, i) => (field.tag === 0xa0 + i ? field.children[0] : undefined)) ?? [];
  const digest = PSS_HASHES[hash?.children[0] ? oidOf(hash.children[0]) : ''];
  const mgf = mask?.children[0] ? oidOf(mask.children[0]) : '';
  const maskHash = mask?.children[1]?.children[0];
  const saltLength = salt?.tag === 0x02 && contentOf(salt).length === 1 ? contentOf(salt)[0] : undefined;
  if (!digest)
    refuse('signature_hash_weak', `This request is signed by RSA-PSS without SHA-256, SHA-384 or SHA-512. ${STRONGER}`);
  const right =
    mgf === OID.mgf1 &&
    maskHash &&
    PSS_HASHES[oidOf(maskHash)] === digest &&
    saltLength === digest.octets &&
    more.length === 0;
  if (!right) {
    refuse(
      'signature_parameters',
      'The RSA-PSS parameters of this request do not belong together. Use `-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest`.',
    );
  }
  return { kind: 'rsa', hash: digest.hash, saltLength: digest.octets };
}
