import { asCountersignError, type CountersignError } from '../../core/errors.ts';
import { HttpError } from '../problem.ts';
import { type EsaCode, EsaError } from './error.ts';
import { refusalOf } from './outcome.ts';

/** An error as the OpenAPI answers with it. */
export type EsaProblem = {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: { RequestId: string; Code: EsaCode; Message: string };
  /** To be logged with the incident; undefined for everything that is a plain answer. */
  failure: CountersignError | undefined;
};

/** What is wrong with a call as HTTP, by status. */
const HTTP: Readonly<Record<number, readonly [EsaCode, string]>> = {
  405: ['UnsupportedHTTPMethod', 'Operations are called with GET or POST.'],
  408: ['RequestTimeout', 'The call took too long to arrive.'],
  413: ['RequestTooLarge', 'The body is larger than any operation needs (128 KiB).'],
  415: ['UnsupportedMediaType', 'A body is application/x-www-form-urlencoded; without one there is no Content-Type.'],
  503: ['ServiceUnavailable', 'This server is about to stop. Ask again.'],
};

/**
 * The only place that turns an error of the OpenAPI into HTTP.
 * @param requestId of the call; its beginning names the line in our log.
 */
export function describeEsaProblem(thrown: unknown, requestId: string): EsaProblem {
  const told = (status: number, code: EsaCode, message: string, headers = {}, failure?: CountersignError) => ({
    status,
    headers,
    body: { RequestId: requestId, Code: code, Message: message },
    failure,
  });
  if (thrown instanceof EsaError) return told(thrown.status, thrown.code, thrown.message, thrown.headers);
  const http = refusedByHttp(thrown);
  if (http !== undefined) {
    const [code, message] = HTTP[http] ?? ['MalformedRequest', 'This is not a well-formed HTTP request.'];
    return told(http, code, message, thrown instanceof HttpError ? thrown.headers : {});
  }
  const error = asCountersignError(thrown);
  const refusal = refusalOf(error);
  if (refusal) return told(refusal.status, refusal.code, refusal.message);
  if (error.kind === 'upstream' || error.kind === 'rate_limited') {
    return told(503, 'ServiceUnavailable', 'The database is busy, so nothing was done. Ask again.', {
      'retry-after': '5',
    });
  }
  const message = `Something went wrong on our side. Tell whoever runs Countersign about incident ${requestId.slice(0, 8).toLowerCase()}.`;
  return told(500, 'InternalError', message, {}, error);
}

/** The status of a refusal by the framework or of ours; undefined for a fault. */
function refusedByHttp(thrown: unknown): number | undefined {
  if (thrown instanceof HttpError) return thrown.statusCode;
  const { statusCode, code } = (thrown ?? {}) as { statusCode?: unknown; code?: unknown };
  const byFramework = typeof code === 'string' && code.startsWith('FST_');
  return byFramework && typeof statusCode === 'number' && (statusCode < 500 || statusCode === 503)
    ? statusCode
    : undefined;
}
