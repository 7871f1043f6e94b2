import { createHash, createHmac, hash, timingSafeEqual } from 'node:crypto';

/** ACS3-HMAC-SHA256, the vendor's signature of a call: what is signed, and whether it was signed with this secret. */
export const ALGORITHM = 'ACS3-HMAC-SHA256';

export type Authorization = {
  accessKeyId: string;
  /** Lower case, in the order of the header. */
  signedHeaders: readonly string[];
  /** Lower-case hex. */
  signature: string;
};

/** A call as it came over the wire. */
export type Signed = {
  method: string;
  /** Names and values, decoded. */
  query: readonly (readonly [name: string, value: string])[];
  /** By lower-case name; what came several times is joined already. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
};

/** Of each call: who is asked, what for, when, and of what. What is not among the signed headers could be changed. */
const ALWAYS_SIGNED = [
  'host',
  'x-acs-action',
  'x-acs-content-sha256',
  'x-acs-date',
  'x-acs-signature-nonce',
  'x-acs-version',
];

const FORM =
  /^ACS3-HMAC-SHA256 Credential=([^,\s]{1,128}),\s?SignedHeaders=([a-z0-9;_-]{1,2048}),\s?Signature=([0-9a-f]{64})$/;

/** Undefined for what is not a header of this algorithm. */
export function parseAuthorization(header: string): Authorization | undefined {
  const [, accessKeyId, signedHeaders, signature] = FORM.exec(header.trim()) ?? [];
  if (accessKeyId === undefined || signedHeaders === undefined || signature === undefined) return undefined;
  return { accessKeyId, signedHeaders: signedHeaders.split(';'), signature };
}

/**
 * What has to be signed and is not among the signed headers: what each call has, and every `x-acs-` header and the
 * content type where they are sent.
 */
export function findUnsigned(signedHeaders: readonly string[], headers: Signed['headers']): string[] {
  const sent = Object.keys(headers).filter((name) => name.startsWith('x-acs-') || name === 'content-type');
  return [...new Set([...ALWAYS_SIGNED, ...sent])].filter((name) => !signedHeaders.includes(name));
}

/** Lower-case hex. The hash of the body is made here: what the client says of it is compared, never believed. */
export function bodyHash(body: Uint8Array): string {
  return hash('sha256', body);
}

export function canonicalRequest(call: Signed, signedHeaders: readonly string[]): string {
  const query = [...call.query]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  const names = [...signedHeaders].sort();
  const headers = names.map((name) => `${name}:${headerOf(call, name).trim()}\n`).join('');
  return [call.method, '/', query, headers, names.join(';'), bodyHash(call.body)].join('\n');
}

/** Names come from whoever calls: `constructor` is none that was sent. */
function headerOf({ headers }: Signed, name: string): string {
  return (Object.hasOwn(headers, name) ? headers[name] : undefined) ?? '';
}

/** Lower-case hex. */
export function sign(secret: string | Uint8Array, canonical: string): string {
  const hashed = createHash('sha256').update(canonical, 'utf8').digest('hex');
  return createHmac('sha256', secret).update(`${ALGORITHM}\n${hashed}`).digest('hex');
}

/** Takes as long for a wrong signature as for a right one. */
export function isSignedWith(secret: string | Uint8Array, call: Signed, authorization: Authorization): boolean {
  const expected = sign(secret, canonicalRequest(call, authorization.signedHeaders));
  return timingSafeEqual(Buffer.from(expected), Buffer.from(authorization.signature));
}

/**
 * RFC 3986: the SDK leaves `! ( ) * ~` as they are in the address and signs them encoded, so what arrives is decoded and
 * encoded again.
 * @throws URIError for half a surrogate pair.
 */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
