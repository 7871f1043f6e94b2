import type { Address } from './address.ts';
import type { Facts } from './facts.ts';

/**
 * What an edge has to have for a field: the request line, headers and TLS of every request; its body, buffered; a
 * database of places. Edges supply the first; a rule on the others is refused where it is saved.
 */
export type Supply = 'request' | 'body' | 'geo';

type Common = { supplied: Supply; told: string };
type Field = Common &
  (
    | { type: 'text' /** ASCII letters. */; ignoresCase?: true; read(facts: Facts): string | undefined }
    /** A text by name; one name can have several. */
    | { type: 'map'; namesIgnoreCase?: true; read(facts: Facts, name: string): readonly string[] }
    | { type: 'number'; read(facts: Facts): number | undefined }
    | { type: 'address'; read(facts: Facts): Address }
    | { type: 'boolean'; read(facts: Facts): boolean }
  );
export type FieldType = Field['type'];

/**
 * The console's "Verified Client Certificate". The vendor does not publish its keyword; this is the name in the family
 * that its other fields belong to. It is written here alone.
 */
export const CERT_VERIFIED = 'tls_client_auth.cert_verified';

const NONE: readonly string[] = [];
const header = (facts: Facts, name: string) => facts.headers.get(name) ?? NONE;
/** The lines of a header as one (RFC 9110 5.3; cookies by RFC 9113 8.2.3); undefined where it was not sent. */
const joined = (facts: Facts, name: string, by = ', ') => facts.headers.get(name)?.join(by);
const fileName = (facts: Facts) => facts.path.slice(facts.path.lastIndexOf('/') + 1);

/** Behind the last dot of the last part of the path. */
function extension(facts: Facts): string {
  const name = fileName(facts);
  const dot = name.lastIndexOf('.');
  return dot === -1 ? '' : name.slice(dot + 1);
}

/** What no edge reads yet. */
const unread = () => undefined;
const unreadMap = () => NONE;

/** Every field of the language, in the order of its description. Paths and queries are as they were sent, not decoded. */
export const FIELDS = {
  'http.host': {
    type: 'text',
    ignoresCase: true,
    supplied: 'request',
    told: 'The requested hostname, lower case, without port',
    read: (facts) => facts.host,
  },
  'http.request.method': { type: 'text', supplied: 'request', told: 'GET, POST, ...', read: (facts) => facts.method },
  'http.request.scheme': {
    type: 'text',
    supplied: 'request',
    told: 'http or https, lower case',
    read: (facts) => facts.scheme,
  },
  'http.request.version': {
    type: 'text',
    supplied: 'request',
    told: 'HTTP/1.0, HTTP/1.1, HTTP/2',
    read: (facts) => facts.version,
  },
  'http.request.full_uri': {
    type: 'text',
    supplied: 'request',
    told: 'Scheme, hostname, path and query',
    read: (facts) => `${facts.scheme}://${facts.host}${facts.uri}`,
  },
  'http.request.uri': { type: 'text', supplied: 'request', told: 'Path and query', read: (facts) => facts.uri },
  'http.request.uri.path': { type: 'text', supplied: 'request', told: 'The path', read: (facts) => facts.path },
  'http.request.uri.path.file_name': {
    type: 'text',
    supplied: 'request',
    told: 'The last part of the path',
    read: fileName,
  },
  'http.request.uri.path.extension': {
    type: 'text',
    supplied: 'request',
    told: 'What is behind the last dot of the last part of the path',
    read: extension,
  },
  'http.request.uri.query': {
    type: 'text',
    supplied: 'request',
    told: 'The query, without the question mark',
    read: (facts) => facts.query,
  },
  'http.request.uri.args': {
    type: 'map',
    supplied: 'request',
    told: 'The arguments of the query, names and values as sent',
    read: (facts, name) => facts.arguments().get(name) ?? NONE,
  },
  'http.request.headers': {
    type: 'map',
    namesIgnoreCase: true,
    supplied: 'request',
    told: 'The header lines of a name',
    read: header,
  },
  'http.request.cookies': {
    type: 'map',
    supplied: 'request',
    told: 'The cookies of a name',
    read: (facts, name) => facts.cookies().get(name) ?? NONE,
  },
  'http.cookie': {
    type: 'text',
    supplied: 'request',
    told: 'The whole Cookie header',
    read: (facts) => joined(facts, 'cookie', '; '),
  },
  'http.referer': {
    type: 'text',
    ignoresCase: true,
    supplied: 'request',
    told: 'The Referer header',
    read: (facts) => joined(facts, 'referer'),
  },
  'http.user_agent': {
    type: 'text',
    supplied: 'request',
    told: 'The User-Agent header',
    read: (facts) => joined(facts, 'user-agent'),
  },
  'http.x_forwarded_for': {
    type: 'text',
    supplied: 'request',
    told: 'The X-Forwarded-For header as it came: the client can write it',
    read: (facts) => joined(facts, 'x-forwarded-for'),
  },
  'ip.src': { type: 'address', supplied: 'request', told: "The client's address", read: (facts) => facts.client },
  ssl: {
    type: 'boolean',
    supplied: 'request',
    told: 'The request came over TLS',
    read: (facts) => facts.scheme === 'https',
  },
  [CERT_VERIFIED]: {
    type: 'boolean',
    supplied: 'request',
    told: 'A client certificate was presented that is valid for this hostname and not revoked',
    read: (facts) => facts.certificate?.verified === true,
  },
  'tls_client_auth.cert_presented': {
    type: 'boolean',
    supplied: 'request',
    told: 'A client certificate was presented, valid or not',
    read: (facts) => facts.certificate !== null,
  },
  'tls_client_auth.cert_revoked': {
    type: 'boolean',
    supplied: 'request',
    told: 'The presented certificate is revoked, suspended or blocked',
    read: (facts) => facts.certificate?.revoked === true,
  },
  'tls_client_auth.cert_fingerprint_sha256': {
    type: 'text',
    ignoresCase: true,
    supplied: 'request',
    told: 'SHA-256 of the presented certificate, 64 hex digits',
    read: (facts) => facts.certificate?.fingerprintSha256,
  },
  'tls_client_auth.cert_serial': {
    type: 'text',
    ignoresCase: true,
    supplied: 'request',
    told: 'Its serial number, hex without separators',
    read: (facts) => facts.certificate?.serial,
  },
  'tls_client_auth.cert_subject_cn': {
    type: 'text',
    supplied: 'request',
    told: 'The common name of its subject',
    read: (facts) => facts.certificate?.subjectCommonName,
  },
  'tls_client_auth.cert_issuer_ski': {
    type: 'text',
    ignoresCase: true,
    supplied: 'request',
    told: 'The key identifier of its direct issuer, hex',
    read: (facts) => facts.certificate?.issuerKeyId,
  },
  'http.request.body.raw': { type: 'text', supplied: 'body', told: 'The body', read: unread },
  'http.request.body.mime': { type: 'text', supplied: 'body', told: 'The type of the body', read: unread },
  'http.request.body.size': { type: 'number', supplied: 'body', told: 'Octets of the body', read: unread },
  'http.request.body.form': { type: 'map', supplied: 'body', told: 'The fields of a form', read: unreadMap },
  'ip.geoip.country': { type: 'text', supplied: 'geo', told: 'Two letters', read: unread },
  'ip.geoip.continent': { type: 'text', supplied: 'geo', told: 'Two letters', read: unread },
  'ip.geoip.asnum': { type: 'number', supplied: 'geo', told: 'The number of the network', read: unread },
} as const satisfies Record<string, Field>;

type Fields = typeof FIELDS;
export type FieldName = keyof Fields;
export type FieldOf<T extends FieldType> = { [N in FieldName]: Fields[N]['type'] extends T ? N : never }[FieldName];

export const FIELD_NAMES = Object.keys(FIELDS) as readonly FieldName[];

/** Other spellings that are read, and told as the first. */
const ALIASES: Readonly<Record<string, FieldName>> = {
  'cf.tls_client_auth.cert_verified': CERT_VERIFIED,
  'ssl.client_cert_verified': CERT_VERIFIED,
};

export function fieldNamed(word: string): FieldName | undefined {
  if (Object.hasOwn(FIELDS, word)) return word as FieldName;
  return Object.hasOwn(ALIASES, word) ? ALIASES[word] : undefined;
}

export function fieldOf(name: FieldName): Field {
  return FIELDS[name];
}

/** Whether a request's answer depends on the client certificate. */
export function isCertificateField(name: FieldName): boolean {
  return name === CERT_VERIFIED || name.startsWith('tls_client_auth.');
}
