/**
 * Fetches a CRL from an address that somebody outside has given. What could be done with that to the network around us
 * is kept out here:
 * - Only public addresses are connected to, and the address that was checked is the one that is connected to: a name
 *   that leads elsewhere a moment later changes nothing. Whoever has CRLs inside allows it (`CRL_FETCH_PRIVATE`).
 * - Each of at most three redirections is checked in the same way.
 * - No proxy, no cookies, no credentials; not more octets and not more time than a CRL needs.
 * The list is signed, so plain http is as good as https.
 */
import { type LookupAddress, lookup } from 'node:dns';
import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { MOST_OCTETS } from '../../core/ca/read-crl/octets.ts';
import { parseCrlUrl } from '../../core/ca/read-crl/url.ts';
import { CountersignError } from '../../core/errors.ts';

/** What a server has said of a list, so that it need not send it again. */
export type Validators = { etag?: string | undefined; lastModified?: string | undefined };

export type Fetched = { changed: false } | { changed: true; octets: Uint8Array; validators: Validators };

/**
 * @param options `validators` of the list that is known; `signal` ends it early, with an AbortError.
 * @throws CountersignError `crl_not_fetched`, or `crl_refused` for an address that is none.
 */
export type FetchCrl = (
  url: string,
  options: { timeoutMs: number; validators?: Validators | undefined; signal?: AbortSignal | undefined },
) => Promise<Fetched>;

/** As `dns.lookup` with `all: true`. */
export type Resolve = (
  name: string,
  options: { all: true; family?: number; hints?: number },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const MOST_REDIRECTIONS = 3;
const REDIRECTIONS = new Set([301, 302, 303, 307, 308]);
const MOST_VALIDATOR = 500;

class PrivateAddressError extends Error {}

/** @param mayConnect of an IP address: `isPublicAddress`, or whatever the installation allows. */
export function makeFetchCrl(mayConnect: (address: string) => boolean, resolve: Resolve = lookup as Resolve): FetchCrl {
  const checked = checkedLookup(resolve, mayConnect);
  return async (text, { timeoutMs, validators = {}, signal }) => {
    const limit = AbortSignal.timeout(timeoutMs);
    const either = signal ? AbortSignal.any([signal, limit]) : limit;
    try {
      let url = parseCrlUrl(text);
      for (let redirections = 0; ; redirections++) {
        if (redirections > MOST_REDIRECTIONS) fail('redirections', 'Its address leads on to another one too often.');
        const answer = await ask(url, { lookup: checked, mayConnect, validators, signal: either });
        const next = redirectionOf(answer, url);
        if (next === undefined) return await readAnswer(answer, validators);
        url = next;
      }
    } catch (error) {
      signal?.throwIfAborted();
      throw inWords(error, limit, timeoutMs);
    }
  };
}

type Asking = {
  lookup: LookupFunction;
  mayConnect: (address: string) => boolean;
  validators: Validators;
  signal: AbortSignal;
};

/** One request; answered with the head of the response. */
function ask(url: URL, { lookup, mayConnect, validators, signal }: Asking): Promise<IncomingMessage> {
  // Node asks no resolver for what is an address already; URL has turned every spelling of one into this one.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayConnect(host)) throw new PrivateAddressError();
  return new Promise((resolve, reject) => {
    const request: ClientRequest = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
      agent: false,
      lookup,
      signal,
      headers: {
        accept: 'application/pkix-crl, application/octet-stream, */*',
        'accept-encoding': 'identity',
        'user-agent': 'Countersign',
        ...(validators.etag === undefined ? {} : { 'if-none-match': validators.etag }),
        ...(validators.lastModified === undefined ? {} : { 'if-modified-since': validators.lastModified }),
      },
    });
    request.on('response', resolve);
    request.on('error', reject);
    request.end();
  });
}

/** Resolves a name and hands on only addresses that may be connected to. */
function checkedLookup(resolve: Resolve, mayConnect: (address: string) => boolean): LookupFunction {
  return (name, { family, hints, all }, callback) => {
    const wanted = { all: true as const, family: Number(family ?? 0), hints: hints ?? 0 };
    resolve(name, wanted, (error, addresses) => {
      if (error) return callback(error, []);
      const allowed = addresses.filter(({ address }) => mayConnect(address));
      const [first] = allowed;
      if (!first) return callback(new PrivateAddressError() as NodeJS.ErrnoException, []);
      if (all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function redirectionOf(answer: IncomingMessage, from: URL): URL | undefined {
  if (!REDIRECTIONS.has(answer.statusCode ?? 0)) return undefined;
  answer.destroy();
  const { location = '' } = answer.headers;
  if (!URL.canParse(location, from.href)) fail('redirections', 'Its address leads on to nowhere.');
  return parseCrlUrl(new URL(location, from).href);
}

async function readAnswer(answer: IncomingMessage, known: Validators): Promise<Fetched> {
  const { statusCode: status, headers } = answer;
  const asked = known.etag !== undefined || known.lastModified !== undefined;
  if (status === 304 && asked) {
    answer.destroy();
    return { changed: false };
  }
  if (status !== 200) {
    answer.destroy();
    fail('status', `The server answers ${status} instead of the CRL.`);
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    answer.destroy();
    fail('encoding', 'The server compresses the CRL although it was asked not to.');
  }
  const chunks: Buffer[] = [];
  let octets = Number(headers['content-length'] ?? 0) > MOST_OCTETS ? Number.POSITIVE_INFINITY : 0;
  // Leaving the loop early ends the connection.
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    octets += chunk.length;
    if (octets > MOST_OCTETS) break;
    chunks.push(chunk);
  }
  if (octets > MOST_OCTETS) fail('too_long', 'The server sends more than 16 MiB, which is not taken.');
  const short = (value: string | undefined) =>
    value !== undefined && value.length <= MOST_VALIDATOR ? value : undefined;
  const validators = { etag: short(headers.etag), lastModified: short(headers['last-modified']) };
  return { changed: true, octets: Buffer.concat(chunks), validators };
}

function fail(reason: string, userMessage: string, cause?: unknown): never {
  throw new CountersignError('crl_not_fetched', { userMessage, details: { reason }, cause });
}

/** Everything that keeps a CRL from being fetched is an answer for whoever gave the address. */
function inWords(error: unknown, limit: AbortSignal, timeoutMs: number): CountersignError {
  const not = (reason: string, userMessage: string) =>
    new CountersignError('crl_not_fetched', { userMessage, details: { reason }, cause: error });
  if (error instanceof CountersignError) return error;
  if (limit.aborted) return not('timeout', `The server did not send the CRL within ${timeoutMs / 1_000} seconds.`);
  if (error instanceof PrivateAddressError) {
    return not(
      'private_address',
      'Its address is a private one, which is not connected to. Whoever runs Countersign can allow it (CRL_FETCH_PRIVATE).',
    );
  }
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (/^(ENOTFOUND|EAI_)/.test(code)) return not('name', 'The name in its address cannot be resolved.');
  if (/CERT|TLS|SSL|SIGNATURE/.test(code)) {
    return not(
      'tls',
      `The certificate of its server is not trusted (${code}). Plain http is as good here, because the CRL is signed.`,
    );
  }
  return not('connection', `Its server cannot be reached, or broke off (${code}).`);
}
