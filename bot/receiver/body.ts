import type { IncomingMessage } from 'node:http';

/** Far above anything Slack sends (a view has at most 250 kB). */
export const BODY_LIMIT = 1024 * 1024;

/** The raw octets of a request, or `too_large` as soon as that is known. Fails when the sender goes away. */
export function readBody(request: IncomingMessage): Promise<Buffer | 'too_large'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = Number(request.headers['content-length'] ?? 0);
    // The rest flows on unread: a destroyed request would take its response with it.
    if (length > BODY_LIMIT) return void resolve(request.resume() && 'too_large');
    length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > BODY_LIMIT) resolve('too_large');
      else chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('aborted', () => reject(new Error('the sender went away')));
  });
}

/**
 * What a signed body holds, as Bolt will read it: a form (a slash command, or `payload` with JSON in it) or JSON.
 * @returns undefined when it is neither, which Bolt's receiver would not survive (a JSON `null`).
 */
export function parseBody(body: Buffer, contentType: string): Record<string, unknown> | undefined {
  const text = body.toString('utf8');
  try {
    if (contentType !== 'application/x-www-form-urlencoded') return asObject(JSON.parse(text));
    const form = new URLSearchParams(text);
    const payload = form.get('payload');
    return payload === null ? Object.fromEntries(form) : asObject(JSON.parse(payload));
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
