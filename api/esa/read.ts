import type { IncomingHttpHeaders } from 'node:http';
import { EsaError } from './error.ts';
import type { Signed } from './signature.ts';

/** What is sent as the body of a call at most. A CA certificate in PEM is the largest thing there is. */
export const BODY_LIMIT = 128 * 1024;
/** More names than any operation has parameters. */
const MOST_PARAMETERS = 64;

/** By wire name, decoded; from the body or the query. */
export type RawParameters = ReadonlyMap<string, string>;

/** The query of an address, decoded. A plus sign is a plus sign: the SDK writes a space as `%20`. */
export function readQuery(url: string): [string, string][] {
  const at = url.indexOf('?');
  return at < 0 ? [] : readPairs(url.slice(at + 1), (text) => text, 'query');
}

/** The parameters of a form, decoded as forms are: a plus sign is a space. */
export function readForm(body: Uint8Array): [string, string][] {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8');
  return readPairs(text, (encoded) => encoded.replaceAll('+', ' '), 'body');
}

function readPairs(text: string, before: (encoded: string) => string, where: string): [string, string][] {
  const pairs = text.split('&', MOST_PARAMETERS + 1).filter((pair) => pair !== '');
  if (pairs.length > MOST_PARAMETERS) throw new EsaError('InvalidParameter', `The ${where} has too many parameters.`);
  try {
    return pairs.map((pair) => {
      const at = pair.indexOf('=');
      const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
      return [decodeURIComponent(before(name)), decodeURIComponent(before(value))];
    });
  } catch {
    throw new EsaError('InvalidParameter', `The ${where} is not percent-encoded UTF-8.`);
  }
}

/**
 * Every parameter of a call; clients of the vendor put them in the body or the query as they please.
 * @throws EsaError `InvalidParameter` for one that is there twice: whoever signed it and whoever reads it might not mean
 *   the same of the two.
 */
export function mergeParameters(body: readonly [string, string][], query: readonly [string, string][]): RawParameters {
  const merged = new Map<string, string>();
  for (const [name, value] of [...body, ...query]) {
    if (merged.has(name)) throw new EsaError('InvalidParameter', `The parameter ${shown(name)} is given twice.`);
    merged.set(name, value);
  }
  return merged;
}

/** Header values by name, each as one text. */
export function readHeaders(headers: IncomingHttpHeaders): Signed['headers'] {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? [...value].sort().join(',') : value?.trim(),
    ]),
  );
}

/** A name that somebody else made up, for a message. */
export function shown(name: string): string {
  return JSON.stringify(name.slice(0, 64)).slice(1, -1);
}
