import { CountersignError } from '../../errors.ts';

/** The one way a CRL of somebody else is refused: a stable id for tests and counters, a sentence for the person. */
export function refuseCrl(defect: string, userMessage: string, cause?: unknown): never {
  throw new CountersignError('crl_refused', { userMessage, details: { defect }, cause });
}
