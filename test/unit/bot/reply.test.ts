import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { expect, describe as group, it } from 'vitest';
import { describe, plainText, replyFieldErrors, replyMessage } from '../../../bot/reply.ts';
import { CountersignError, type ErrorCode } from '../../../core/errors.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';

const incident = () => 'abcd1234';

group('every error becomes words', () => {
  const told: Readonly<Record<ErrorCode, boolean>> = {
    invalid_input: true,
    invalid_configuration: true,
    csr_refused: true,
    ca_refused: true,
    ca_not_valid_now: true,
    ca_quota: true,
    ca_bound: true,
    crl_refused: true,
    crl_not_fetched: true,
    name_refused: true,
    domain_refused: true,
    rule_refused: true,
    lint_failed: false,
    not_authorized: true,
    not_found: true,
    already_exists: true,
    four_eyes: true,
    crl_stale: true,
    over_quota: true,
    wrong_state: true,
    stale: true,
    too_late: true,
    no_site: true,
    rate_limited: true,
    slack_unavailable: true,
    slack_refused: true,
    busy: true,
    overtaken: true,
    sealed_value_unreadable: false,
    internal: false,
  };
  it.each(Object.entries(told) as [ErrorCode, boolean][])('%s is told in its own words: %s', (code, own) => {
    const reply = describe(new CountersignError(code, { userMessage: 'Own words.' }), incident);
    expect(reply.text.includes('Own words.')).toBe(own);
    expect(reply.text.includes('`abcd1234`')).toBe(!own);
    expect(reply.incident).toBe(own ? undefined : 'abcd1234');
  });

  it('whatever else is thrown is told as an incident', () => {
    for (const thrown of [new Error('password=hunter2'), 'text', undefined, null, { code: 'busy' }]) {
      expect(describe(thrown, incident)).toMatchObject({ incident: 'abcd1234' });
      expect(describe(thrown, incident).text).not.toContain('hunter2');
    }
  });

  it('says when Slack is slow, refuses, or wants less', () => {
    const text = (error: unknown) => describe(error, incident).text;
    expect(text(new WebAPIRequestError(new Error('ECONNREFUSED')))).toMatch(/did not answer in time/);
    expect(text(new WebAPIHTTPError(500, 'no', {}))).toMatch(/did not answer in time/);
    expect(text(new WebAPIRateLimitedError(3))).toMatch(/moment/);
    expect(text(refusal('expired_trigger_id'))).toMatch(/longer than Slack allows/);
    expect(text(refusal('missing_scope'))).toContain('`missing_scope`');
  });
});

function refusal(error: string): WebAPIPlatformError {
  return new WebAPIPlatformError({ ok: false, error });
}

it('a modal is told plain text, without marks and mentions', () => {
  expect(plainText('Use `a` or *b*. An administrator (<@U1>, <@U2>) helps <@U3> &amp; more.')).toBe(
    'Use a or b. An administrator helps this person & more.',
  );
  const errors = new Map([['name', new CountersignError('name_refused', { userMessage: 'Take out `x`.' })]]);
  expect(replyFieldErrors(errors)).toEqual({ name: 'Take out x.' });
});

it('a reply of any length is a message that Slack takes', () => {
  for (const text of ['Short.', 'long '.repeat(2000)]) assertMessage(replyMessage(text));
});
