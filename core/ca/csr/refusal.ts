import { CountersignError } from '../../errors.ts';

/** The one way a request for a certificate is refused: a stable id for tests and counters, a sentence for the person. */
export function refuse(defect: string, userMessage: string, cause?: unknown): never {
  throw new CountersignError('csr_refused', { userMessage, details: { defect }, cause });
}

export const PRIVATE_KEY_SEEN =
  'This contains a private key. It has now been seen here, so it must not be used any more: make a new key, and send only the request that is made with it.';
