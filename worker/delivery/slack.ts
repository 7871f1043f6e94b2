import { LogLevel, WebAPIPlatformError, WebAPIRateLimitedError, WebClient } from '@slack/web-api';

/** A call to Slack waits this long for its answer. */
export const SLACK_TIMEOUT_MS = 10_000;

/**
 * The Web API as the worker uses it: one try, no queueing behind a rate limit. Retries are rows with a time in the
 * database, which survive the process and do not hold a job.
 */
export function makeSlackClient(token: string, apiUrl: string, timeout: number = SLACK_TIMEOUT_MS): WebClient {
  return new WebClient(token, {
    slackApiUrl: apiUrl,
    timeout,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logLevel: LogLevel.ERROR,
  });
}

/**
 * What a failed call means. `refused`: Slack has understood and said no. `limited`: not done, ask again later.
 * `unclear`: it may or may not have been done.
 */
export type SlackFailure =
  | { kind: 'refused'; code: string }
  | { kind: 'limited'; retryAfterMs: number }
  | { kind: 'unclear'; code: string };

/** Errors of Slack's that mean "not now" rather than "no". */
const PASSING = /^(internal_error|fatal_error|service_unavailable|request_timeout|team_added_to_org)$/;
/** The connection was never made, so nothing can have been done. */
const NOT_CONNECTED = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

export function slackFailure(error: unknown): SlackFailure {
  if (error instanceof WebAPIRateLimitedError) return { kind: 'limited', retryAfterMs: error.retryAfter * 1000 };
  if (error instanceof WebAPIPlatformError) {
    const code = error.data.error;
    return PASSING.test(code) ? { kind: 'unclear', code } : { kind: 'refused', code };
  }
  return { kind: 'unclear', code: systemCode(error) };
}

/** The operating system's or undici's code, however deep it is wrapped. */
function systemCode(error: unknown): string {
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause ?? originalOf(inner)) {
    const code = (inner as { code?: unknown }).code;
    if (typeof code === 'string' && !code.startsWith('slack_webapi')) return code;
    const many = (inner as { errors?: unknown }).errors;
    if (Array.isArray(many) && many[0] !== undefined) return systemCode(many[0]);
  }
  return 'unknown';
}

const originalOf = (error: Error) => (error as { original?: unknown }).original;

export function isNotConnected(error: unknown): boolean {
  return NOT_CONNECTED.test(systemCode(error));
}
