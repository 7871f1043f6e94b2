/**
 * Public keys as they stand in a SubjectPublicKeyInfo (RFC 3279 2.3, RFC 5480, RFC 8410): what it is, or which rule it
 * breaks. Pure arithmetic, so that a defect has a name instead of a library's "invalid key".
 */
import { OID } from './der/oids.ts';
import { contentOf, DerError, type DerNode, expectTag, readDer } from './der/reader.ts';
import { bitOctetsOf, oidOf } from './der/values.ts';

export type CurveName = 'P-256' | 'P-384' | 'P-521';

export type PublicKey =
  | { kind: 'rsa'; modulus: bigint; bits: number; label: string }
  | { kind: 'ec'; curve: CurveName; label: string }
  | { kind: 'ed25519'; label: string };

/** `defect` is stable, `sentence` tells a person what to do instead. */
export type KeyDefect = { defect: string; sentence: string };

const INSTEAD = 'Make a new key, for example with `openssl ecparam -name prime256v1 -genkey`.';

type Curve = { name: CurveName; octets: number; p: bigint; b: bigint };

/** FIPS 186-5 / SEC 2: y^2 = x^3 - 3x + b over p. The cofactor is 1, so a point on the curve is in the group. */
const CURVES: Record<string, Curve> = {
  [OID.prime256v1]: {
    name: 'P-256',
    octets: 32,
    p: 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n,
    b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  },
  [OID.secp384r1]: {
    name: 'P-384',
    octets: 48,
    p: 2n ** 384n - 2n ** 128n - 2n ** 96n + 2n ** 32n - 1n,
    b: 0xb3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aefn,
  },
  [OID.secp521r1]: {
    name: 'P-521',
    octets: 66,
    p: 2n ** 521n - 1n,
    b: 0x051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00n,
  },
};

/** Keys that people do send and that cannot be certified, each with its reason. */
const UNUSABLE: Record<string, KeyDefect> = {
  [OID.rsassaPss]: {
    defect: 'key_rsa_pss_only',
    sentence: `This key is marked for RSA-PSS only, which many clients cannot use. ${INSTEAD}`,
  },
  [OID.x25519]: {
    defect: 'key_x25519',
    sentence: `X25519 keys cannot sign, so nobody can prove to hold one. ${INSTEAD}`,
  },
  [OID.x448]: { defect: 'key_x448', sentence: `X448 keys cannot sign, so nobody can prove to hold one. ${INSTEAD}` },
  [OID.ed448]: {
    defect: 'key_ed448',
    sentence: `Ed448 keys are not accepted, hardly any client supports them. ${INSTEAD}`,
  },
  [OID.dsa]: { defect: 'key_dsa', sentence: `DSA keys are no longer accepted. ${INSTEAD}` },
};

/** Throws DerError when the structure is not a SubjectPublicKeyInfo; what it holds is the answer. */
export function readPublicKey(spki: Uint8Array): PublicKey | KeyDefect {
  const [algorithm, bits, ...more] = expectTag(readDer(spki), 0x30, 'a public key').children;
  if (more.length > 0) throw new DerError('a public key has more than an algorithm and a value', 0);
  const [type, parameters, ...extra] = expectTag(algorithm, 0x30, 'the algorithm of a key').children;
  if (!type || extra.length > 0) throw new DerError('the algorithm of a key is malformed', 0);
  const key = bitOctetsOf(expectTag(bits, 0x03, 'the value of a key'));
  const id = oidOf(type);
  if (id === OID.rsaEncryption) return readRsa(parameters, key);
  if (id === OID.ecPublicKey) return readEc(parameters, key);
  if (id === OID.ed25519) return readEd25519(parameters, key);
  return UNUSABLE[id] ?? { defect: 'key_unknown', sentence: `This kind of key (${id}) is not accepted. ${INSTEAD}` };
}

/** The contents of the subjectPublicKey BIT STRING without the unused-bits octet: what key identifiers are hashed from. */
export function subjectPublicKeyOf(spki: Uint8Array): Uint8Array {
  return bitOctetsOf(expectTag(readDer(spki).children[1], 0x03, 'the value of a key'));
}

/** RSA 2048 to 8192 in whole octets, 65537 <= e < 2^256 and odd (CA/B Baseline Requirements 6.1.6, FIPS 186-5). */
function readRsa(parameters: DerNode | undefined, key: Uint8Array): PublicKey | KeyDefect {
  if (parameters?.tag !== 0x05) {
    return { defect: 'key_parameters', sentence: `The parameters of this RSA key are not NULL. ${INSTEAD}` };
  }
  const [n, e, ...more] = expectTag(readDer(key), 0x30, 'an RSA key').children;
  if (more.length > 0) throw new DerError('an RSA key has more than a modulus and an exponent', 0);
  const modulusOctets = contentOf(expectTag(n, 0x02, 'the modulus'));
  const exponentOctets = contentOf(expectTag(e, 0x02, 'the exponent'));
  if (((modulusOctets[0] ?? 0) | (exponentOctets[0] ?? 0)) >= 0x80) {
    return { defect: 'rsa_negative', sentence: `The modulus or the exponent of this RSA key is negative. ${INSTEAD}` };
  }
  const modulus = toBigInt(modulusOctets);
  const exponent = toBigInt(exponentOctets);
  const bits = modulus === 0n ? 0 : modulus.toString(2).length;
  if (bits < 2048) {
    return { defect: 'rsa_too_short', sentence: `This RSA key has ${bits} bits. Use one of 2048, 3072 or 4096.` };
  }
  if (bits > 8192) {
    return { defect: 'rsa_too_long', sentence: `This RSA key has ${bits} bits. Use one of 2048, 3072 or 4096.` };
  }
  if (bits % 8 !== 0) {
    return {
      defect: 'rsa_odd_length',
      sentence: `This RSA key has ${bits} bits, not whole octets. Use one of 2048, 3072 or 4096.`,
    };
  }
  if (modulus % 2n === 0n)
    return { defect: 'rsa_modulus_even', sentence: `The modulus of this RSA key is even. ${INSTEAD}` };
  if (exponent % 2n === 0n)
    return { defect: 'rsa_exponent_even', sentence: `The exponent of this RSA key is even. ${INSTEAD}` };
  if (exponent < 65537n) {
    return {
      defect: 'rsa_exponent_small',
      sentence: `The exponent of this RSA key is ${exponent}. Make a new key with 65537.`,
    };
  }
  if (exponent >= 1n << 256n) {
    return {
      defect: 'rsa_exponent_large',
      sentence: 'The exponent of this RSA key is too large. Make a new key with 65537.',
    };
  }
  return { kind: 'rsa', modulus, bits, label: `RSA ${bits}` };
}

/** Named curve, uncompressed point, on the curve (RFC 5480 2.1.1 and 2.2). */
function readEc(parameters: DerNode | undefined, key: Uint8Array): PublicKey | KeyDefect {
  if (parameters?.tag === 0x30) {
    return {
      defect: 'ec_explicit_curve',
      sentence:
        'This key spells its curve out instead of naming it. Make a new key with `-pkeyopt ec_param_enc:named_curve`.',
    };
  }
  if (parameters?.tag !== 0x06) return { defect: 'key_parameters', sentence: `This key names no curve. ${INSTEAD}` };
  const id = oidOf(parameters);
  const curve = CURVES[id];
  if (!curve) {
    const named = id === OID.secp256k1 ? 'secp256k1' : id;
    return { defect: 'ec_curve', sentence: `The curve ${named} is not accepted. Use P-256, P-384 or P-521.` };
  }
  if (key.length === 1 && key[0] === 0) {
    return {
      defect: 'ec_point_at_infinity',
      sentence: `This key is the point at infinity, which is no key. ${INSTEAD}`,
    };
  }
  if (key[0] === 2 || key[0] === 3) {
    return {
      defect: 'ec_point_compressed',
      sentence:
        'The point of this key is compressed. Make the request again with `-pkeyopt ec_param_enc:named_curve` and without compression.',
    };
  }
  if (key[0] !== 4 || key.length !== 1 + 2 * curve.octets) {
    return { defect: 'ec_point_malformed', sentence: `The point of this key is malformed. ${INSTEAD}` };
  }
  const x = toBigInt(key.subarray(1, 1 + curve.octets));
  const y = toBigInt(key.subarray(1 + curve.octets));
  const { p, b } = curve;
  if (x >= p || y >= p || (y * y - (x * x - 3n) * x - b) % p !== 0n) {
    return { defect: 'ec_point_off_curve', sentence: `The point of this key is not on ${curve.name}. ${INSTEAD}` };
  }
  return { kind: 'ec', curve: curve.name, label: `ECDSA ${curve.name}` };
}

/** Parameters absent, 32 octets (RFC 8410 3 and 4). */
function readEd25519(parameters: DerNode | undefined, key: Uint8Array): PublicKey | KeyDefect {
  if (parameters)
    return { defect: 'key_parameters', sentence: `This Ed25519 key has parameters, which are not allowed. ${INSTEAD}` };
  if (key.length !== 32)
    return { defect: 'ed25519_length', sentence: `This Ed25519 key is not 32 octets long. ${INSTEAD}` };
  return { kind: 'ed25519', label: 'Ed25519' };
}

export function toBigInt(octets: Uint8Array): bigint {
  let hex = '0';
  for (const octet of octets) hex += octet < 16 ? `0${octet.toString(16)}` : octet.toString(16);
  return BigInt(`0x${hex}`);
}
