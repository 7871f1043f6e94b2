import { createHash, createHmac, randomBytes } from 'node:crypto';

/** A call of the OpenAPI made by hand, for what the SDK never does. Written from the vendor's text, not from our code. */
export type RawCall = {
  accessKeyId: string;
  secret: string;
  action: string;
  method?: string;
  /** As it is sent; without the question mark. */
  query?: string;
  body?: string;
  headers?: Record<string, string | undefined>;
  date?: Date;
  nonce?: string;
};

export type RawRequest = { method: string; path: string; headers: Record<string, string>; body: string };

export function signCall(host: string, call: RawCall): RawRequest {
  const { method = 'GET', query = '', body = '' } = call;
  const given: Record<string, string | undefined> = {
    host,
    'x-acs-action': call.action,
    'x-acs-version': '2024-09-10',
    'x-acs-date': `${(call.date ?? new Date()).toISOString().slice(0, 19)}Z`,
    'x-acs-signature-nonce': call.nonce ?? randomBytes(32).toString('hex'),
    'x-acs-content-sha256': createHash('sha256').update(body).digest('hex'),
    ...(body === '' ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    ...call.headers,
  };
  const headers = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
  const names = Object.keys(headers).sort();
  const canonical = [
    method,
    '/',
    query
      .split('&')
      .filter((pair) => pair !== '')
      .sort((a, b) => ((a.split('=')[0] ?? '') < (b.split('=')[0] ?? '') ? -1 : 1))
      .join('&'),
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const text = `ACS3-HMAC-SHA256\n${createHash('sha256').update(canonical).digest('hex')}`;
  const signature = createHmac('sha256', call.secret).update(text).digest('hex');
  headers['authorization'] =
    `ACS3-HMAC-SHA256 Credential=${call.accessKeyId},SignedHeaders=${names.join(';')},Signature=${signature}`;
  return { method, path: query === '' ? '/' : `/?${query}`, headers, body };
}

export type RawAnswer = { status: number; headers: Headers; body: Record<string, unknown> };

/** Sends it as it is; what is answered must be JSON in every case. */
export async function send(url: string, { method, path, headers, body }: RawRequest): Promise<RawAnswer> {
  const { host: _, ...rest } = headers;
  const response = await fetch(`${url}${path}`, { method, headers: rest, ...(body === '' ? {} : { body }) });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}
