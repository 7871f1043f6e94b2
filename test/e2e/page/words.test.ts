import { describe, expect, it } from 'vitest';
import { parseUsageHint, suggest } from '../../../sandbox/page/suggest.ts';
import { slackDate } from '../../../sandbox/page/text/time.ts';

describe('Slack date tokens', () => {
  const date = new Date('2014-02-18T14:39:42Z');
  const later = new Date('2014-06-01T12:00:00Z');

  it.each([
    ['{date_num}', '2014-02-18'],
    ['{date}', 'February 18th, 2014'],
    ['{date_short}', 'Feb 18, 2014'],
    ['{date_long}', 'Tuesday, February 18th, 2014'],
    ['{date_short_pretty}', 'Feb 18, 2014'],
    ['{date_long_pretty}', 'Tuesday, February 18th, 2014'],
    ['{ago}', '3 months ago'],
    ['until {date_short}, {nothing}', 'until Feb 18, 2014, {nothing}'],
  ])('%s', (format, expected) => {
    expect(slackDate(date, format, 'Europe/Berlin', later)).toBe(expected);
  });

  it('writes the time of the given zone', () => {
    expect(slackDate(date, '{time}', 'Asia/Tokyo')).toMatch(/^(23:39|11:39\sPM)$/);
    expect(slackDate(date, '{time_secs}', 'UTC')).toMatch(/^(14:39:42|2:39:42\sPM)$/);
  });

  it.each([
    ['2014-02-18T20:00:00Z', 'today'],
    ['2014-02-19T20:00:00Z', 'yesterday'],
    ['2014-02-17T20:00:00Z', 'tomorrow'],
  ])('says at %s that it is %s', (now, expected) => {
    expect(slackDate(date, '{date_pretty}', 'Europe/Berlin', new Date(now))).toBe(expected);
  });

  it('takes the day of the zone, not of UTC', () => {
    expect(slackDate(new Date('2014-02-18T23:30:00Z'), '{date_num}', 'Europe/Berlin', later)).toBe('2014-02-19');
  });
});

describe('command completion', () => {
  it.each([
    ['issue | list | revoke | help', ['issue', 'list', 'revoke', 'help']],
    ['[issue <host> | site add <domain> | help]', ['issue', 'site add', 'help']],
    ['issue api.example.com', ['issue']],
    ['', []],
  ])('reads the usage hint %j', (hint, expected) => {
    expect(parseUsageHint(hint)).toEqual(expected);
  });

  const commands = [{ command: '/mtls', description: '', usageHint: 'issue | revoke' }];

  it.each([
    ['/m', '/mtls', 0],
    ['/mtls is', '/mtls issue', 0],
    ['/mtls ', '/mtls help', -1],
    ['/mtls site', '/mtls site add', -1],
  ])('after %j offers %j first, and Enter takes number %i', (text, label, ready) => {
    const { items, ready: taken } = suggest(text, commands);
    expect(items[0]?.label).toBe(label);
    expect(taken).toBe(ready);
  });

  it.each(['hello', '/mtls', '/mtls issue', '/mtls issue api.example.com', '/unknown', '/mtls\n'])(
    'offers nothing after %j',
    (text) => {
      expect(suggest(text, commands).items).toEqual([]);
    },
  );
});
