/** The one place where an authority's key is used on a CRL. */
import { createHash, createVerify } from 'node:crypto';
import type { Breathe } from '../../breathe.ts';
import { CountersignError } from '../../errors.ts';
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { bitString, compareOctets, elementStart } from '../der/writer.ts';
import { publicKeyOf, type Signer } from '../sign.ts';
import { type LintedCrl, redeemCrl } from './prepare.ts';
import { octetsIn } from './tbs.ts';

/** So much is hashed in a fraction of a millisecond; also the size in which a CRL is stored. */
export const PIECE_OCTETS = 256 * 1024;

/** A finished CRL, in DER, in parts that follow each other. */
export type SignedCrl = { parts: readonly Uint8Array[]; octets: number; sha256: string };

/**
 * Signs, hashing piece by piece. The token is used up, also when this throws.
 * @throws CountersignError `lint_failed` for a token that was not made by prepareCrl or is used already; `internal` when
 *   the signer is not the issuer, or the signature does not verify with the issuer's key.
 */
export async function signLintedCrl(token: LintedCrl, signer: Signer, breathe: Breathe): Promise<SignedCrl> {
  const { tbs, issuer } = redeemCrl(token);
  if (signer.algorithm !== issuer.signatureAlgorithm || compareOctets(signer.publicKeySpki, issuer.spki) !== 0) {
    throw new CountersignError('internal', { details: { reason: 'signer_is_not_the_issuer' } });
  }
  const { identifier, hash } = SIGNATURE_ALGORITHMS[signer.algorithm];
  const signing = signer.startSigning();
  const verifying = createVerify(hash);
  for (const piece of piecesOf([tbs])) {
    signing.update(piece);
    verifying.update(piece);
    await breathe();
  }
  const signature = signing.end();
  if (!verifying.verify(publicKeyOf(signer), signature)) {
    throw new CountersignError('internal', { details: { reason: 'signature_does_not_verify' } });
  }
  const rest = [tbs, identifier, bitString(signature)];
  const parts = [elementStart(0x30, octetsIn(rest)), ...rest];
  const sha256 = createHash('sha256');
  for (const piece of piecesOf(parts)) {
    sha256.update(piece);
    await breathe();
  }
  return { parts, octets: octetsIn(parts), sha256: sha256.digest('hex') };
}

/** The same octets in pieces of `PIECE_OCTETS`, the last one shorter. */
export function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  let piece = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, octetsIn(parts)));
  let filled = 0;
  let left = octetsIn(parts);
  for (const part of parts) {
    for (let offset = 0; offset < part.length; ) {
      const taken = part.subarray(offset, offset + piece.length - filled);
      piece.set(taken, filled);
      filled += taken.length;
      offset += taken.length;
      left -= taken.length;
      if (filled < piece.length) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, left));
      filled = 0;
    }
  }
}
