/** Proof of possession: the request is signed with the key it asks a certificate for (RFC 2986 3). */
import type { PublicKey } from '../public-key.ts';
import { findSignatureDefect, type SignatureDefect, type Signed } from '../signature.ts';
import { refuse } from './refusal.ts';

const STRONGER = 'Make the request again with `-sha256`.';

const SENTENCES: Readonly<Record<SignatureDefect, string>> = {
  signature_hash_weak: `This request is signed with an outdated hash (MD5 or SHA-1). ${STRONGER}`,
  signature_pss_hash_weak: `This request is signed by RSA-PSS without SHA-256, SHA-384 or SHA-512. ${STRONGER}`,
  signature_wrong:
    'The signature of this request is not by the key in it, or the request was changed. Make the request again with `openssl req -new -key your.key`.',
  signature_algorithm_unknown: `The algorithm of the signature is not accepted. ${STRONGER}`,
  signature_algorithm_of_another_key:
    'The signature of this request is of another kind than its key. Make the request again.',
  signature_parameters: `The signature algorithm has parameters that it must not have. ${STRONGER}`,
  signature_pss_parameters:
    'The RSA-PSS parameters of this request do not belong together. Use `-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest`.',
};

/**
 * Refuses a request whose signature is weak, of another algorithm than its key, or wrong.
 * @throws CountersignError `csr_refused`; DerError when the algorithm's structure is malformed.
 */
export function checkPossession(request: Signed, key: PublicKey): void {
  const defect = findSignatureDefect(request, key);
  if (defect) refuse(defect.replace('_pss_', '_'), SENTENCES[defect]);
}
