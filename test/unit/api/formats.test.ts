import { describe, expect, it } from 'vitest';
import { esaId, managedCaId, spacedTime, uuidOf, validityDays, zuluTime } from '../../../api/esa/formats.ts';
import { plainWords } from '../../../api/esa/plain-words.ts';
import { takeFrom } from '../../../core/gcra.ts';
import { meterId, readMeterId } from '../../../core/meters.ts';
import { mention, moment } from '../../../core/slack/text.ts';

describe('formats of the OpenAPI', () => {
  it('write ids without dashes, and read them back', () => {
    const uuid = '8a57e99c-05b5-403b-94b0-738a0301a63d';
    expect(esaId(uuid)).toBe('8a57e99c05b5403b94b0738a0301a63d');
    expect(uuidOf(esaId(uuid))).toBe(uuid);
    for (const none of ['', uuid, esaId(uuid).toUpperCase(), `${esaId(uuid)}0`, 'x'.repeat(32)]) {
      expect(uuidOf(none)).toBeUndefined();
    }
  });

  it('name the managed CA by its account, whatever its generation', () => {
    expect(managedCaId('T0ACME')).toMatch(/^[0-9a-f]{32}$/);
    expect(managedCaId('T0ACME')).not.toBe(managedCaId('T0OTHER'));
  });

  it('write times in two ways, and days as text', () => {
    const at = new Date('2024-06-24T07:48:51.999Z');
    expect([zuluTime(at), spacedTime(at)]).toEqual(['2024-06-24T07:48:51Z', '2024-06-24 07:48:51']);
    expect(validityDays(at, new Date(at.getTime() + 300 * 86_400_000 + 60_000))).toBe('300');
  });
});

describe('what was written for Slack', () => {
  it.each([
    [
      `Decided by ${mention('U0BOB')}, ${moment(new Date('2026-03-01T12:00:00Z'))}.`,
      'Decided by U0BOB, 2026-03-01 12:00 UTC.',
    ],
    ['*alice-phone* for example.com is suspended.', 'alice-phone for example.com is suspended.'],
    ['a &lt;b&gt; &amp;amp; c', 'a <b> &amp; c'],
    ['Ask with `/mtls issue *.example.com`.', 'Ask with `/mtls issue *.example.com`.'],
    ['See <https://example.com|this>, <!subteam^S0OPS>.', 'See https://example.com, S0OPS.'],
  ])('reads without it: %s', (mrkdwn, plain) => {
    expect(plainWords(mrkdwn)).toBe(plain);
  });
});

describe('the limit of a key', () => {
  const limit = { intervalMs: 100, burst: 3 };

  it('lets a burst through, then one for each interval, and says how long to wait', () => {
    let bucket: { dueMs: number } | undefined;
    const take = (nowMs: number) => {
      const taken = takeFrom(bucket, nowMs, limit);
      if (taken.ok) bucket = taken.bucket;
      return taken.ok ? 'in' : taken.retryAfterMs;
    };
    expect([take(0), take(0), take(0), take(0)]).toEqual(['in', 'in', 'in', 100]);
    expect([take(99), take(100), take(100)]).toEqual([1, 'in', 100]);
    // A long rest is worth a burst, and no more.
    expect([take(10_000), take(10_000), take(10_000), take(10_000)]).toEqual(['in', 'in', 'in', 100]);
  });
});

describe('a counter of the workers', () => {
  it('is read as it was written, and one of another release is let be', () => {
    const id = meterId('jobs', { kind: 'issue', result: 'done' });
    expect(id).toBe('countersign_jobs_total{kind="issue",result="done"}');
    expect(readMeterId(id)).toEqual({ meter: 'jobs', labels: { kind: 'issue', result: 'done' } });
    expect(readMeterId('countersign_other_total{}')).toBeUndefined();
  });
});
