/**
 * The one error type. `code` is stable and machine-readable, `kind` decides what happens to the request
 * (HTTP status, retry or not), `userMessage` is safe to show and says what to do next.
 * Only `bot/reply.ts`, `api/problem.ts` and `worker/processor.ts` turn an error into words or a status.
 */
export type ErrorKind =
  | 'invalid_input'
  | 'not_authorized'
  | 'not_found'
  | 'conflict'
  | 'precondition'
  | 'rate_limited'
  | 'upstream'
  | 'internal';

/** Code to kind and default wording; the default is used where the place that throws knows nothing better. */
const CODES = {
  invalid_input: ['invalid_input', 'Something in this request is not valid. Check the fields and try again.'],
  invalid_configuration: ['precondition', 'The configuration is not valid.'],
  csr_refused: ['invalid_input', 'This certificate request cannot be signed.'],
  ca_refused: ['invalid_input', 'This certificate cannot be a custom CA.'],
  ca_not_valid_now: ['precondition', 'This CA certificate is not valid at present.'],
  ca_quota: ['precondition', 'There are as many custom CAs as this account may have. Delete one first.'],
  ca_bound: ['precondition', 'This CA is still bound to hostnames. Unbind them first.'],
  crl_refused: ['invalid_input', 'This CRL cannot be used.'],
  crl_not_fetched: ['precondition', 'The CRL could not be fetched from its address.'],
  name_refused: ['invalid_input', 'This name cannot be used in a certificate.'],
  domain_refused: ['invalid_input', 'This is not a domain that can be a site.'],
  rule_refused: ['invalid_input', 'This is not a rule that can be kept.'],
  lint_failed: ['internal', 'The certificate broke a rule and was not signed.'],
  not_authorized: ['not_authorized', 'You do not have the role for this. Ask an administrator.'],
  not_found: ['not_found', 'There is no such thing here.'],
  already_exists: ['conflict', 'This exists already.'],
  four_eyes: ['precondition', 'This needs a second person, and there is nobody who could decide.'],
  over_quota: ['precondition', 'There are as many of these as there can be.'],
  wrong_state: ['conflict', 'In the state that this is in, it cannot be done.'],
  stale: ['conflict', 'This has changed in the meantime. Look at it again and repeat what you wanted.'],
  overtaken: ['upstream', 'Somebody else changed this at the same moment. It is tried again.'],
  too_late: ['precondition', 'The time for this has passed.'],
  no_site: ['precondition', 'There is no site yet. An administrator adds one with `/mtls site add example.com`.'],
  rate_limited: ['rate_limited', 'Too much at once. Try again in a moment.'],
  slack_unavailable: ['upstream', 'Slack does not answer at the moment.'],
  slack_refused: ['precondition', 'Slack refused this.'],
  busy: ['upstream', 'This was not recorded because the database is busy. Try again in a moment.'],
  crl_stale: ['upstream', 'This list is past its time, and a new one is being made. Ask again in a minute.'],
  sealed_value_unreadable: ['internal', 'A sealed value cannot be opened with the keys of this installation.'],
  internal: ['internal', 'Something went wrong on our side. Nothing was changed.'],
} as const satisfies Record<string, readonly [ErrorKind, string]>;

export type ErrorCode = keyof typeof CODES;

export class CountersignError extends Error {
  readonly code: ErrorCode;
  readonly kind: ErrorKind;
  readonly userMessage: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    options: {
      userMessage?: string;
      details?: Record<string, string | number | boolean>;
      cause?: unknown;
    } = {},
  ) {
    const [kind, wording] = CODES[code];
    super(options.userMessage ?? wording, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CountersignError';
    this.code = code;
    this.kind = kind;
    this.userMessage = options.userMessage ?? wording;
    this.details = options.details ?? {};
  }
}

/** Anything thrown, as the one type; what is not ours becomes `internal` and keeps its cause. */
export function asCountersignError(error: unknown): CountersignError {
  return error instanceof CountersignError ? error : new CountersignError('internal', { cause: error });
}
