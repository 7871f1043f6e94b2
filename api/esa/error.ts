/**
 * What the ESA OpenAPI calls what went wrong. Clients key on the code; the message says what to change. The statuses are
 * those of the vendor's pages where they are documented.
 */
export const ESA_CODES = {
  MissingAuthorization: 400,
  MissingParameter: 400,
  'InvalidTimeStamp.Expired': 400,
  'InvalidTimeStamp.Format': 400,
  SignatureNonceUsed: 400,
  SignatureDoesNotMatch: 400,
  'InvalidAccessKeyId.NotFound': 404,
  'InvalidAccessKeyId.Inactive': 403,
  'InvalidAction.NotFound': 404,
  InvalidVersion: 400,
  UnsupportedHTTPMethod: 405,
  'Throttling.User': 429,
  /** Ours, for what is wrong before any operation has been looked for. */
  MalformedRequest: 400,
  RequestTimeout: 408,
  RequestTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  ServiceUnavailable: 503,
  MissingSiteId: 400,
  'InvalidParameter.SiteId': 400,
  InvalidParameter: 400,
  'Id.MissingParameter': 400,
  'QuotaCheckFailed.Function': 400,
  InternalException: 400,
  'Certificate.NotFound': 404,
  'Certificate.StatusError': 400,
  'ClientCaCertificate.OverQuota': 403,
  'WafRule.NotFound': 404,
  'WafRule.OverQuota': 403,
  'WafRuleset.NotFound': 404,
  'WafRuleset.OverQuota': 403,
  'Phase.NotSupport': 403,
  SpecifiedVersionReadOnly: 400,
  /** The key was not made for this. */
  NoPermission: 403,
  /** Ours: a person has to agree first. The same call succeeds when it is repeated after that. */
  'Approval.Pending': 409,
  /** Ours: a person has said no. */
  'Approval.Denied': 403,
  /** Ours: what a person alone can ask for. */
  'Approval.Required': 403,
  /** Ours: an answer with a private key would cross the network in the clear. */
  InsecureTransport: 403,
} as const satisfies Readonly<Record<string, number>>;

export type EsaCode = keyof typeof ESA_CODES;

export class EsaError extends Error {
  readonly code: EsaCode;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: EsaCode, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'EsaError';
    this.code = code;
    this.status = ESA_CODES[code];
    this.headers = headers;
  }
}
