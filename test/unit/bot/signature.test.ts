import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifySignature } from '../../../bot/receiver/signature.ts';

const SECRET = 'a-signing-secret';
const NOW = 1_770_000_000;

function signed(time: string, body: string, secret = SECRET): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`;
}

function verify(headers: Record<string, string | undefined>, body = 'payload=1'): string | undefined {
  return verifySignature({ secret: SECRET, headers, body: Buffer.from(body), now: new Date(NOW * 1000) });
}

function at(time: string, signature = signed(time, 'payload=1')) {
  return { 'x-slack-request-timestamp': time, 'x-slack-signature': signature };
}

describe('verifySignature', () => {
  it.each([0, -300, 300, -1])('lets in what Slack signed, %i seconds from now', (offset) => {
    const headers = at(String(NOW + offset));
    expect(verify(headers)).toBe(headers['x-slack-signature'].slice(3));
  });

  it.each([
    ['old', at(String(NOW - 301))],
    ['from the future', at(String(NOW + 301))],
    ['signed with another secret', at(String(NOW), signed(String(NOW), 'payload=1', 'other'))],
    ['signed for another body', at(String(NOW), signed(String(NOW), 'payload=2'))],
    ['signed for another time', at(String(NOW), signed(String(NOW - 1), 'payload=1'))],
    ['without a time', { 'x-slack-signature': signed(String(NOW), 'payload=1') }],
    ['without a signature', { 'x-slack-request-timestamp': String(NOW) }],
    ['with an empty signature', at(String(NOW), 'v0=')],
    ['with a short signature', at(String(NOW), signed(String(NOW), 'payload=1').slice(0, -2))],
    ['with a signature in capitals', at(String(NOW), signed(String(NOW), 'payload=1').toUpperCase())],
    ['with a time that is no number', at('NaN')],
    ['with a time in another notation', at('1.77e9')],
    ['with a negative time', at('-1')],
  ])('refuses what is %s', (_, headers) => {
    expect(verify(headers)).toBeUndefined();
  });
});
