/**
 * Certificate requests that people make themselves (PKCS#10, RFC 2986). A request is trusted for nothing but its key,
 * and for that only after its signature has proved that the sender holds it.
 */
import { hash } from 'node:crypto';
import { CountersignError } from '../../errors.ts';
import { OID } from '../der/oids.ts';
import { kindOf } from '../der/outline.ts';
import { contentOf, DerError, type DerNode, encodedOf, expectTag, readDer } from '../der/reader.ts';
import { bitOctetsOf } from '../der/values.ts';
import type { SubjectAltName } from '../general-name.ts';
import { type Name, readName, valuesOf } from '../name.ts';
import { checkCommonName } from '../profile.ts';
import { readPublicKey } from '../public-key.ts';
import { findWeakness } from '../weak-rsa.ts';
import { readAttributes } from './attributes.ts';
import { CERTIFICATE_PASTED, PUBLIC_KEY_PASTED, readRequestPaste } from './paste.ts';
import { checkPossession } from './possession.ts';
import { PRIVATE_KEY_SEEN, refuse } from './refusal.ts';

export type ParsedCsr = {
  der: Uint8Array;
  spki: Uint8Array;
  /** Lower-case hex: the name under which a key is known, blocked, or found again. */
  spkiSha256: string;
  /** For people: `ECDSA P-256`, `RSA 3072`, `Ed25519`. */
  keyAlgorithm: string;
  /** `commonName` only when it can be used as it is, see `checkCommonName`. */
  subject: { commonName?: string };
  /** Valid and normalised, not yet permitted: see `filterSan`. */
  san: SubjectAltName[];
  /** Sentences about what was repaired or left out. */
  notices: string[];
};

/**
 * A request as it was pasted, PEM or DER.
 * @throws CountersignError `csr_refused` whose message names the defect and the fix, `details.defect` a stable id.
 */
export function parseCsr(input: string | Uint8Array): ParsedCsr {
  const { der, notices } = readRequestPaste(input);
  try {
    return parseDer(der, notices);
  } catch (error) {
    if (error instanceof DerError) refuseMalformed(error);
    throw error;
  }
}

function parseDer(der: Uint8Array, notices: string[]): ParsedCsr {
  // 1. The three parts, and nothing else.
  const root = readDer(der);
  refuseOtherThings(root);
  const [info, algorithm, signature, ...more] = expectTag(root, 0x30, 'the request').children;
  const [version, subject, publicKey, attributes, ...extra] = expectTag(info, 0x30, 'its signed part', root).children;
  if (more.length > 0 || extra.length > 0 || (attributes && attributes.tag !== 0xa0)) {
    throw new DerError('it has parts that do not belong there', root.start);
  }
  if (contentOf(expectTag(version, 0x02, 'the version', root)).join() !== '0') {
    refuse(
      'version',
      'The version of this request is not 1 (encoded as 0), the only one there is. Make the request again.',
    );
  }

  // 2. A key that may be certified.
  const spki = encodedOf(expectTag(publicKey, 0x30, 'the public key', root)).slice();
  const key = readPublicKey(spki);
  if ('defect' in key) refuse(key.defect, key.sentence);
  const weakness = key.kind === 'rsa' ? findWeakness(key.modulus) : undefined;
  if (weakness) refuse(weakness.defect, weakness.sentence);

  // 3. Proof that the sender holds it.
  checkPossession(
    {
      signed: encodedOf(expectTag(info, 0x30, 'its signed part', root)),
      algorithm: expectTag(algorithm, 0x30, 'the signature algorithm', root),
      signature: bitOctetsOf(expectTag(signature, 0x03, 'the signature', root)),
      spki,
    },
    key,
  );

  // 4. What it asks for.
  const commonName = readCommonName(readName(expectTag(subject, 0x30, 'the subject', root)), notices);
  const san = readAttributes(attributes, notices);
  return {
    der,
    spki,
    spkiSha256: hash('sha256', spki),
    keyAlgorithm: key.label,
    subject: commonName === undefined ? {} : { commonName },
    san,
    notices,
  };
}

/** Things that people send by mistake, told apart from damaged requests. */
function refuseOtherThings(root: DerNode): void {
  const kind = kindOf(root);
  if (kind === 'private_key') refuse('private_key_pasted', PRIVATE_KEY_SEEN);
  if (kind === 'public_key') refuse('public_key_pasted', PUBLIC_KEY_PASTED);
  if (kind === 'certificate') refuse('certificate_pasted', CERTIFICATE_PASTED);
  if (kind === 'pkcs12') {
    refuse(
      'pkcs12_pasted',
      'This is a PKCS#12 file, which usually holds a private key. Send the certificate request alone.',
    );
  }
}

function readCommonName(subject: Name, notices: string[]): string | undefined {
  const [first, ...more] = valuesOf(subject, OID.commonName);
  if (more.length > 0)
    refuse('subject_several_names', 'The subject of this request has several common names. Make it again with one.');
  if (!first) return undefined;
  try {
    return checkCommonName(first.text ?? '\uffff');
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    notices.push(`The common name in the request cannot be used. ${error.userMessage}`);
    return undefined;
  }
}

function refuseMalformed(error: DerError): never {
  if (error.reason === 'cut_off') {
    refuse('cut_off', 'A part of the request is missing. Copy all of it again.', error);
  }
  if (error.reason === 'trailing_data') {
    refuse('trailing_data', 'There is something behind the end of the request. Send the request alone.', error);
  }
  refuse(
    'not_der',
    `This is not a well-formed certificate request: ${error.message}. Make it again, for example with \`openssl req -new\`.`,
    error,
  );
}
