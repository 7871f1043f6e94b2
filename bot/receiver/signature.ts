import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** How far a request's time may be from ours, in either direction. */
export const WINDOW_SECONDS = 5 * 60;

/**
 * Slack's signature, version 0 (Slack: "Verifying requests from Slack"):
 * 1. The time is a number of seconds no further than five minutes from now, in the past and in the future.
 * 2. The signature is `v0=` and HMAC-SHA256 over `v0:TIME:BODY`, the body in its raw octets.
 * 3. Both are compared in constant time.
 * @returns the signature in hexadecimal, which names this delivery; undefined when the request is not from Slack.
 */
export function verifySignature(request: {
  secret: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  now: Date;
}): string | undefined {
  const { headers } = request;
  const time = headers['x-slack-request-timestamp'];
  const given = headers['x-slack-signature'];
  if (typeof time !== 'string' || !/^\d{1,12}$/.test(time)) return undefined;
  if (Math.abs(request.now.getTime() / 1000 - Number(time)) > WINDOW_SECONDS) return undefined;
  const signature = typeof given === 'string' ? /^v0=([0-9a-f]{64})$/.exec(given)?.[1] : undefined;
  if (signature === undefined) return undefined;
  const expected = createHmac('sha256', request.secret).update(`v0:${time}:`).update(request.body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex')) ? signature : undefined;
}
