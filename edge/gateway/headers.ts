import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { certificateHeaders } from '../decide/told.ts';
import type { Verification } from '../decide/verify.ts';
import type { HeaderLine, Incoming } from './incoming.ts';

/** Between two neighbours only (RFC 9110 7.6.1, RFC 9113 8.2.2). */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Said by this edge and by nobody else, or made anew. */
const OURS: ReadonlySet<string> = new Set([
  ...['client-cert', 'client-cert-chain', 'forwarded', 'x-real-ip', 'x-request-id'],
  ...['host', 'content-length', 'expect', 'cookie', 'via'],
]);
const VIA = 'countersign';

/** An underscore is a hyphen to everything that hands headers on as variables (CGI, WSGI, Rack); to some, a dot too. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}

/** Whether a client must not be heard on it, however it spells it. */
function isReserved(name: string): boolean {
  return OURS.has(name) || name.startsWith('x-client-cert') || name.startsWith('x-forwarded-');
}

export type Forwarding = {
  verification: Verification | undefined;
  client: string;
  requestId: string;
};

/** Names and values, one after the other, as the origin gets them. */
export function headersForOrigin(incoming: Incoming, forwarding: Forwarding): string[] {
  const nominated = nominatedBy(incoming.headers.filter(([name]) => name.toLowerCase() === 'connection'));
  const all = (name: string) =>
    incoming.headers.filter(([own]) => own.toLowerCase() === name).map(([, value]) => value);
  const kept = incoming.headers.filter(([name]) => {
    const key = canonical(name);
    return !HOP_BY_HOP.has(key) && !isReserved(key) && !nominated.has(name.toLowerCase());
  });
  const set: HeaderLine[] = [['host', incoming.authority], ...kept];
  const cookies = all('cookie');
  // HTTP/2 may send each crumb by itself (RFC 9113 8.2.3).
  if (cookies.length > 0) set.push(['cookie', cookies.join('; ')]);
  const [length] = all('content-length');
  if (incoming.hasBody && length !== undefined) set.push(['content-length', length]);

  set.push(['via', [...all('via'), `${incoming.version} ${VIA}`].join(', ')]);
  set.push(['x-request-id', forwarding.requestId]);
  set.push(
    ['x-forwarded-for', forwarding.client],
    ['x-forwarded-proto', 'https'],
    ['x-forwarded-host', incoming.authority],
  );
  set.push(...certificateHeaders(forwarding.verification));
  return set.flat();
}

/** Of an answer: what is for the client. */
export function headersForClient(headers: IncomingHttpHeaders, requestId: string): OutgoingHttpHeaders {
  const connection = [headers.connection ?? []].flat().map((value) => ['connection', value] as const);
  const nominated = nominatedBy(connection);
  const kept = Object.entries(headers).filter(([name]) => !HOP_BY_HOP.has(name) && !nominated.has(name));
  const via = [...[headers.via ?? []].flat(), `1.1 ${VIA}`].join(', ');
  return { ...Object.fromEntries(kept), via, 'x-request-id': requestId };
}

/** `Connection: x-a, x-b` makes those two hop-by-hop. */
function nominatedBy(lines: readonly HeaderLine[]): ReadonlySet<string> {
  return new Set(lines.flatMap(([, value]) => value.split(',').map((token) => token.trim().toLowerCase())));
}
