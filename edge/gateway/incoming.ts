import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { hostnameOfAuthority } from '../decide/hostname.ts';

/** HTTP/1.1 and HTTP/2 in one shape; Node's HTTP/2 server speaks the same interface. */
export type ServerRequest = IncomingMessage | Http2ServerRequest;
export type ServerAnswer = ServerResponse | Http2ServerResponse;

export type HeaderLine = readonly [name: string, value: string];

/** A request as it was sent, after what could mean two things to two readers has been refused. */
export type Incoming = {
  method: string;
  /** `/path?query`, not decoded. */
  target: string;
  /** As it was sent, with its port. */
  authority: string;
  hostname: string;
  version: '1.0' | '1.1' | '2.0';
  headers: readonly HeaderLine[];
  hasBody: boolean;
};

export type Refused = { status: 400 | 421 | 501; why: string };

/**
 * Reads the request line and headers. Node's parser has refused malformed ones already; here go those that are well
 * formed and ambiguous (RFC 9112 3.2, 6.1, 11.2; RFC 9113 8.3.1).
 * @param expected the hostname that TLS was made for
 */
export function readIncoming(request: ServerRequest, expected: string): Incoming | Refused {
  const isHttp2 = request.httpVersionMajor === 2;
  const headers = readLines(request.rawHeaders).filter(([name]) => !name.startsWith(':'));
  const all = (name: string) => headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);

  const hosts = all('host');
  const authorities = [...hosts];
  let target = request.url ?? '';
  if (isHttp2) {
    const { headers: pseudo } = request as Http2ServerRequest;
    if (pseudo[':scheme'] !== 'https') return { status: 400, why: 'the scheme is not https' };
    if (pseudo[':authority'] !== undefined) authorities.unshift(pseudo[':authority']);
  } else {
    if (hosts.length !== 1) return { status: 400, why: 'a request names one Host' };
    const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target);
    if (absolute) {
      // The absolute form overrides Host (RFC 9112 3.2.2); both have to agree, so that nobody downstream differs.
      authorities.unshift(absolute[1] ?? '');
      target = absolute[2]?.startsWith('/') ? absolute[2] : `/${absolute[2] ?? ''}`;
    }
    const encodings = all('transfer-encoding');
    const lengths = all('content-length');
    if (encodings.length > 0 && (lengths.length > 0 || request.httpVersion === '1.0')) {
      return { status: 400, why: 'the length of the body is said in two ways' };
    }
    if (encodings.length > 1 || (encodings[0] ?? 'chunked').toLowerCase() !== 'chunked') {
      return { status: 501, why: 'of transfer encodings, only chunked is understood' };
    }
    if (lengths.length > 1) return { status: 400, why: 'the length of the body is said twice' };
  }
  const [authority] = authorities;
  if (authority === undefined) return { status: 400, why: 'the request names no host' };
  for (const one of authorities) {
    if (hostnameOfAuthority(one) !== expected) {
      return { status: 421, why: 'the host of the request is not the one the connection was made for' };
    }
  }
  if (!/^\/[^#\s]*$/.test(target)) return { status: 400, why: 'the target is not a path' };
  return {
    method: request.method ?? '',
    target,
    authority,
    hostname: expected,
    version: isHttp2 ? '2.0' : request.httpVersion === '1.0' ? '1.0' : '1.1',
    headers,
    hasBody: isHttp2
      ? !(request as Http2ServerRequest).stream.endAfterHeaders
      : all('transfer-encoding').length > 0 || Number(all('content-length')[0] ?? 0) > 0,
  };
}

/** Node's flat list of names and values, in pairs. */
function readLines(raw: readonly string[]): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return lines;
}

/** For rules: by lower-case name, every line of it. */
export function headerMap(headers: readonly HeaderLine[]): ReadonlyMap<string, readonly string[]> {
  const map = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const others = map.get(key);
    if (others) others.push(value);
    else map.set(key, [value]);
  }
  return map;
}
