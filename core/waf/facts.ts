import type { Address } from './address.ts';

/** What is known of a client's certificate. Times, issuer, hostname and revocation are judged for each request. */
export type CertificateFacts = {
  /** It chains to an authority bound to the requested hostname, is within its time, may be a client, and is not revoked. */
  verified: boolean;
  /** Revoked, suspended or blocked, whatever else is true of it. */
  revoked: boolean;
  /** SHA-256 of its DER, 64 lower-case hex digits. */
  fingerprintSha256: string;
  /** Lower-case hex without separators, as certificates are listed. */
  serial: string;
  subjectCommonName: string;
  /** The key identifier of its direct issuer, lower-case hex. */
  issuerKeyId: string;
};

/** A request as an edge has received it. Nothing in it is decoded or normalised unless it says so. */
export type RawRequest = {
  /** Of the Host header or `:authority`: lower case, without port and trailing dot. */
  host: string;
  method: string;
  /** The request target as it was sent: `/path?query`, or the absolute form. */
  target: string;
  scheme: 'http' | 'https';
  /** `HTTP/1.1`, `HTTP/2`. */
  version: string;
  /** By lower-case name; every line of a header that came more than once. */
  headers: ReadonlyMap<string, readonly string[]>;
  client: Address;
  /** Null: none was presented. */
  certificate: CertificateFacts | null;
};

type Entries = ReadonlyMap<string, readonly string[]>;

/** What rules ask of a request. What has to be taken apart first is, once, when it is first asked for. */
export type Facts = Omit<RawRequest, 'target'> & {
  /** Path and query. */
  uri: string;
  path: string;
  /** Without the question mark; empty where there is none. */
  query: string;
  /** Names and values as they were sent, not decoded. */
  arguments(): Entries;
  cookies(): Entries;
};

export function factsOf(request: RawRequest): Facts {
  const uri = originForm(request.target);
  const mark = uri.indexOf('?');
  const path = mark === -1 ? uri : uri.slice(0, mark);
  const query = mark === -1 ? '' : uri.slice(mark + 1);
  return {
    ...request,
    uri,
    path,
    query,
    arguments: once(() => entriesOf(query.split('&'))),
    cookies: once(() => entriesOf((request.headers.get('cookie') ?? []).flatMap((line) => line.split(/;\s*/)))),
  };
}

/** `http://host/path` of a proxy's request is `/path` (RFC 9112 3.2.2). */
function originForm(target: string): string {
  const absolute = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(target);
  if (!absolute) return target;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function entriesOf(pairs: readonly string[]): Entries {
  const entries = new Map<string, string[]>();
  for (const pair of pairs) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = (equals === -1 ? pair : pair.slice(0, equals)).trim();
    const value = equals === -1 ? '' : pair.slice(equals + 1);
    const others = entries.get(name);
    if (others) others.push(value);
    else entries.set(name, [value]);
  }
  return entries;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
