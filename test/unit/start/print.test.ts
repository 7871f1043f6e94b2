import { describe, expect, test } from 'vitest';
import { renderLine, wantsColour } from '../../../start/print.ts';

const line = (fields: object) =>
  JSON.stringify({ time: '2026-01-02T03:04:05.678Z', level: 'info', name: 'bot', ...fields });
const time = new Date('2026-01-02T03:04:05.678Z').toTimeString().slice(0, 8);

describe('a line in the terminal', () => {
  test.each([
    ['a message', line({ msg: 'ready' }), `bot     | ${time} ready`],
    ['fields', line({ msg: 'took', ms: 12, site: 'example.com' }), `bot     | ${time} took ms=12 site=example.com`],
    ['text with spaces', line({ msg: 'said', what: 'two words' }), `bot     | ${time} said what="two words"`],
    ['a level that matters', line({ msg: 'slow', level: 'warn' }), `bot     | ${time} WARN slow`],
    ['something that is no log line', 'plain text', 'bot     | plain text'],
    ['JSON that is no log line', '{"a":1}', 'bot     | {"a":1}'],
    ['broken JSON', '{"msg":', 'bot     | {"msg":'],
    ['a token in plain text', 'token xoxb-12-34', 'bot     | token [secret]'],
    ['escape sequences in plain text', 'a\u001b[2Jb', 'bot     |' + ' a [2Jb'],
    [
      'escape sequences in a log line',
      line({ msg: 'a\u001b[2Jb', x: '\u0007' }),
      `bot     | ${time} a [2Jb x="\\u0007"`,
    ],
  ])('shows %s', (_, text, expected) => {
    expect(renderLine('bot', text, false)).toBe(expected);
  });

  test('shows the stack of an error below it', () => {
    const error = {
      type: 'TypeError',
      message: 'no such thing',
      stack: 'TypeError: no such thing\n    at a.ts:1\n    at b.ts:2',
    };
    expect(renderLine('worker', line({ msg: 'job failed', level: 'error', error }), false)).toBe(
      [
        `worker  | ${time} ERROR job failed error="no such thing"`,
        'worker  |     at a.ts:1',
        'worker  |     at b.ts:2',
      ].join('\n'),
    );
  });

  test('is coloured by process, when colours are wanted', () => {
    expect(renderLine('bot', 'x', true)).toBe('\u001b[32mbot     |\u001b[0m x');
    expect(renderLine('worker', 'x', true)).not.toContain('\u001b[32m');
  });

  test('has colours on a terminal alone, and none with NO_COLOR', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });
});
