import { CountersignError } from '../../errors.ts';

/** The one way a certificate is refused as a custom CA: a stable id for tests and programs, a sentence for the person. */
export function refuse(defect: string, userMessage: string, cause?: unknown): never {
  throw new CountersignError('ca_refused', { userMessage, details: { defect }, cause });
}

/** It is outside its own validity: what was sent is right, and the time is not. */
export function refuseForNow(defect: 'expired' | 'not_yet_valid', userMessage: string): never {
  throw new CountersignError('ca_not_valid_now', { userMessage, details: { defect } });
}

export const ROOT_ALONE = 'Upload the certificate of the root CA alone, the one that is signed by itself.';

export const PRIVATE_KEY_SEEN =
  'This contains a private key, which nobody but the CA may have. It has now been seen here, so it may be known to others: replace that key, and the CA if it is its own. Only the certificate is ever needed here.';

export const PKCS12_SEEN = `This is a PKCS#12 file, which usually holds a private key, and that must not leave its CA. ${ROOT_ALONE}`;
