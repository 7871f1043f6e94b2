import { STATUS_CODES } from 'node:http';
import { asCountersignError, CountersignError, type ErrorKind } from '../core/errors.ts';

/** The only place in the api that turns an error into HTTP: `application/problem+json` (RFC 9457). */
export type Problem = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: {
    /** `about:blank`: the title says what the status says, and `code` says more (RFC 9457 4.2.1). */
    type: 'about:blank';
    title: string;
    status: number;
    code: string;
    detail: string;
    /** Names the log line of a failure of ours. */
    incident?: string;
  };
  /** To be logged with the incident; undefined for everything that is a plain answer. */
  failure: CountersignError | undefined;
};

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

const STATUS: Readonly<Record<ErrorKind, number>> = {
  invalid_input: 400,
  not_authorized: 403,
  not_found: 404,
  conflict: 409,
  precondition: 422,
  rate_limited: 429,
  upstream: 503,
  internal: 500,
};

/** What only HTTP can be wrong about, by status: in our words, since a framework's may repeat what was sent. */
const HTTP_DETAILS: Readonly<Record<number, string>> = {
  400: 'This is not a well-formed HTTP request.',
  401: 'This is for whoever has its token.',
  404: 'There is nothing at this address.',
  405: 'This address does not take this method.',
  408: 'The request took too long to arrive.',
  411: 'Say how long the body is (Content-Length).',
  413: 'The body is larger than anything that is expected here.',
  414: 'The address is longer than anything that is expected here.',
  415: 'This address does not take a body of this type.',
  431: 'The headers are larger than anything that is expected here.',
  503: 'This server is about to stop. Ask again.',
};

/** A request that is wrong as HTTP, whatever it was about. */
export class HttpError extends Error {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(statusCode: number, headers: Record<string, string> = {}) {
    super(STATUS_CODES[statusCode] ?? 'HTTP error');
    this.name = 'HttpError';
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

/** When to ask again after something that passes by itself. */
const RETRY_SECONDS = 5;

/** @param incident makes the name of an incident; used only where one is told. */
export function describeProblem(thrown: unknown, incident: () => string): Problem {
  const http = httpStatusOf(thrown);
  if (http !== undefined) {
    const headers = thrown instanceof HttpError ? thrown.headers : {};
    const detail = HTTP_DETAILS[http] ?? 'This request cannot be answered.';
    return problem(http, `http_${http}`, detail, headers);
  }
  const error = asCountersignError(thrown);
  const status = STATUS[error.kind];
  if (error.kind === 'internal') {
    const name = incident();
    const detail = `Something went wrong on our side. Tell whoever runs Countersign about incident ${name}.`;
    const told = problem(status, error.code, detail);
    return { ...told, body: { ...told.body, incident: name }, failure: error };
  }
  const passing = error.kind === 'upstream' || error.kind === 'rate_limited';
  const retryAfter = String(error.details['retryAfterSeconds'] ?? RETRY_SECONDS);
  // Its own words speak of a request that was to be recorded.
  const detail = error.code === 'busy' ? 'The database is busy, so nothing was done. Ask again.' : error.userMessage;
  return problem(status, error.code, detail, passing ? { 'retry-after': retryAfter } : {});
}

function problem(status: number, code: string, detail: string, headers: Record<string, string> = {}): Problem {
  const body = { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, code, detail } as const;
  return { status, headers, body, failure: undefined };
}

/** The status of a refusal by the framework or of ours; undefined for everything else, also the framework's own faults. */
function httpStatusOf(thrown: unknown): number | undefined {
  if (thrown instanceof CountersignError || typeof thrown !== 'object' || thrown === null) return undefined;
  const { statusCode, code } = thrown as { statusCode?: unknown; code?: unknown };
  const refused = thrown instanceof HttpError || (typeof code === 'string' && code.startsWith('FST_'));
  return refused && typeof statusCode === 'number' && (statusCode < 500 || statusCode === 503) ? statusCode : undefined;
}
