import type { CountersignError, ErrorCode } from '../../core/errors.ts';
import { outcomeOf } from '../../core/requests/end.ts';
import type { Request } from '../../core/store/rows.ts';
import { type EsaCode, EsaError } from './error.ts';
import { plainWords } from './plain-words.ts';

/** What an operation calls a refusal of the worker, where that is not what it is usually called. */
export type Refusals = Partial<Record<ErrorCode, EsaCode>>;

/** What the worker's refusals are usually called. */
const REFUSED: Refusals = {
  invalid_input: 'InvalidParameter',
  csr_refused: 'InvalidParameter',
  ca_refused: 'InvalidParameter',
  ca_not_valid_now: 'Certificate.StatusError',
  ca_quota: 'ClientCaCertificate.OverQuota',
  ca_bound: 'Certificate.StatusError',
  rule_refused: 'InvalidParameter',
  over_quota: 'QuotaCheckFailed.Function',
  name_refused: 'InvalidParameter',
  domain_refused: 'InvalidParameter',
  already_exists: 'InvalidParameter',
  not_authorized: 'NoPermission',
  not_found: 'Certificate.NotFound',
  no_site: 'InvalidParameter.SiteId',
  wrong_state: 'Certificate.StatusError',
  four_eyes: 'Approval.Required',
  too_late: 'InternalException',
  stale: 'InternalException',
};

/** What is refused before anything was recorded, by the same table; undefined for what is no refusal. */
export function refusalOf(error: CountersignError): EsaError | undefined {
  const code = REFUSED[error.code];
  return code && new EsaError(code, plainWords(error.userMessage));
}

/** Why a request that has ended is not done, as the error that the client gets. */
export function errorOf(request: Request, refusals: Refusals = {}): EsaError {
  const code = String(request.outcome?.['code'] ?? '') as ErrorCode;
  const message = plainWords(outcomeOf(request));
  switch (request.state) {
    case 'refused':
      return new EsaError(refusals[code] ?? REFUSED[code] ?? 'InternalException', message);
    case 'denied':
      return new EsaError('Approval.Denied', message);
    case 'expired':
      return new EsaError(
        'ServiceUnavailable',
        'This was not carried out in time, and nothing was changed. Ask again.',
      );
    default:
      return new EsaError('InternalError', message);
  }
}
