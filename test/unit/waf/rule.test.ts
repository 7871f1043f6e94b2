import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../core/errors.ts';
import { denyCodeOf, readRule } from '../../../core/waf/rule.ts';
import { isInForce, type Timer, timerOf, timerSchema } from '../../../core/waf/timer.ts';

const good = { Name: 'mtls', Expression: '(http.host eq "a.example.com" and ssl)', Action: 'deny' };

function refusal(config: Record<string, unknown>): string {
  try {
    readRule(config);
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'rule_refused') return error.userMessage;
    throw error;
  }
  throw new Error('was not refused');
}

describe('a rule as the OpenAPI writes it', () => {
  it('is on unless it says otherwise, and keeps what it does not know', () => {
    const config = { ...good, Actions: { Response: { Id: 0, Code: 451 } }, RateLimit: { TTL: 3 }, Notes: '' };
    expect(readRule({ ...config, Id: 20000001, Type: 'http_custom' })).toMatchObject({
      name: 'mtls',
      expression: good.Expression,
      action: 'deny',
      status: 'on',
      config: { ...config, Status: 'on' },
    });
    expect(readRule({ ...config, Id: 1 }).config).not.toHaveProperty('Id');
  });

  it('may come without a name', () => {
    expect(readRule({ Expression: 'ssl', Action: 'monitor' }).name).toBeNull();
  });

  it('denies with 403 or what it says', () => {
    expect(denyCodeOf({})).toBe(403);
    expect(denyCodeOf({ Actions: { Response: { Id: 0, Code: 451 } } })).toBe(451);
  });

  it.each<[string, Record<string, unknown>]>([
    ['Expression: is needed.', { ...good, Expression: undefined }],
    ['Action: is needed', { ...good, Action: undefined }],
    ['Expression, column 6: there is no field `nothing`.', { ...good, Expression: 'not (nothing)' }],
    [
      'Expression, column 1: `http.request.body.size` needs the body',
      { ...good, Expression: 'http.request.body.size gt 5' },
    ],
    ['column 9: `ip.geoip.country` needs a database', { ...good, Expression: 'ssl and ip.geoip.country eq "DE"' }],
    ['Action js is a challenge that no edge here can show.', { ...good, Action: 'js' }],
    ['Action captcha is a challenge', { ...good, Action: 'captcha' }],
    ['Action is deny or monitor, not `allow`.', { ...good, Action: 'allow' }],
    ['Name:', { ...good, Name: '' }],
    ['Name:', { ...good, Name: 'a'.repeat(129) }],
    ['Name: has no line breaks', { ...good, Name: 'a\nb' }],
    ['Name: has no line breaks', { ...good, Name: 'deny \u202eyned' }],
    ['Name: has no line breaks', { ...good, Name: '\ud800' }],
    ['column 16: this character reverses', { ...good, Expression: '(http.host eq "\u202emoc.live")' }],
    ['Status:', { ...good, Status: 'paused' }],
    ['Notes:', { ...good, Notes: 'a'.repeat(501) }],
    ['Actions.Response.Code:', { ...good, Actions: { Response: { Code: 200 } } }],
    ['Actions.Response.Code:', { ...good, Actions: { Response: { Code: 600 } } }],
    ['Actions.Response.Id: is 0', { ...good, Actions: { Response: { Id: 50 } } }],
    ['Timer.Scopes:', { ...good, Timer: { Scopes: 'sometimes' } }],
    [
      'Timer.Periods[1]: ends after it begins',
      {
        ...good,
        Timer: { Scopes: 'periods', Periods: [{ Start: '2026-01-02T00:00:00Z', End: '2026-01-01T00:00:00Z' }] },
      },
    ],
    [
      'Timer.WeeklyPeriods[1].Days: is days such as 1,3',
      { ...good, Timer: { Scopes: 'weekly', WeeklyPeriods: [{ Days: '0', DailyPeriods: [] }] } },
    ],
    ['A rule has 16384 characters at most', { ...good, Other: 'a'.repeat(17_000) }],
  ])('is refused: %s', (sentence, config) => {
    expect(refusal(config)).toContain(sentence);
  });
});

it('keeps a timer as it was given, and enforces what it understands of it', () => {
  const Timer = { Scopes: 'weekly', WeeklyPeriods: [{ Days: '1', DailyPeriods: [], Note: 'x' }], Other: 1 };
  const { config } = readRule({ ...good, Timer });
  expect(config['Timer']).toEqual(Timer);
  expect(timerOf(config)).toEqual({ Scopes: 'weekly', Zone: 0, WeeklyPeriods: [{ Days: '1', DailyPeriods: [] }] });
  expect(timerOf(readRule({ ...good, Timer: { Scopes: 'permanent' } }).config)).toBeUndefined();
  expect(timerOf(readRule(good).config)).toBeUndefined();
});

describe('a timer', () => {
  const weekly = timerSchema.parse({
    Scopes: 'weekly',
    Zone: 8,
    WeeklyPeriods: [{ Days: '1,3', DailyPeriods: [{ Start: '08:00:00', End: '18:00:00' }] }],
  });
  const periods: Timer = {
    Scopes: 'periods',
    Periods: [{ Start: '2026-01-01T00:00:00+01:00', End: '2026-01-02T00:00:00Z' }],
  };
  it.each<[string, Timer | undefined, string, boolean]>([
    ['none: always', undefined, '2026-01-01T00:00:00Z', true],
    ['permanent: always', { Scopes: 'permanent' }, '2026-01-01T00:00:00Z', true],
    ['a period from its beginning', periods, '2025-12-31T23:00:00Z', true],
    ['not before it', periods, '2025-12-31T22:59:59Z', false],
    ['and not at its end', periods, '2026-01-02T00:00:00Z', false],
    // 2026-11-23 is a Monday.
    ['Monday 08:00 eight hours east', weekly, '2026-11-23T00:00:00Z', true],
    ['Monday 18:00:01 there', weekly, '2026-11-23T10:00:01Z', false],
    ['Tuesday there', weekly, '2026-11-24T02:00:00Z', false],
    ['Wednesday there, Tuesday at Greenwich no', weekly, '2026-11-24T23:59:59Z', false],
  ])('%s', (_, timer, at, expected) => {
    expect(isInForce(timer, new Date(at))).toBe(expected);
  });
});
