import { RE2JS, RE2JSSyntaxException } from 're2js';
import { escapeText } from '../slack/text.ts';
import { LIMITS } from './limits.ts';

/**
 * A regular expression of a rule. It runs on what anybody sends, at the edge, so it must never take long: RE2's
 * automata look at each character once, whatever the pattern. JavaScript's own engine tries alternatives again and
 * again (`(a+)+$` on 40 letters runs for minutes), and checking patterns for that is guesswork. The price: no
 * lookaround and no back references, which RE2 does not have.
 */
export type Pattern = {
  /** Somewhere in the text. */
  isIn(text: string): boolean;
  /** The first place in the text: where it begins and ends, and its groups (an empty text for one that took no part). */
  first(text: string): { start: number; end: number; groups: readonly string[] } | undefined;
  groupCount: number;
  /** What one character of input can cost at most. */
  steps: number;
};

/** @returns why it is none, as a sentence, where it is no pattern or too large a one. */
export function compilePattern(source: string, ignoresCase: boolean): Pattern | string {
  if (source.length > LIMITS.pattern) return `a regular expression has ${LIMITS.pattern} characters at most.`;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source, ignoresCase ? RE2JS.CASE_INSENSITIVE : 0);
  } catch (error) {
    return whyNot(error);
  }
  const groupCount = compiled.groupCount();
  return {
    groupCount,
    steps: compiled.programSize(),
    isIn: (text) => compiled.test(text),
    first: (text) => {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const groups = Array.from({ length: groupCount + 1 }, (_, index) => matcher.group(index) ?? '');
      return { start: matcher.start(), end: matcher.end(), groups };
    },
  };
}

function whyNot(error: unknown): string {
  const because =
    error instanceof RE2JSSyntaxException
      ? error.message.replace('error parsing regexp: ', '').replace('(?i)', '')
      : 'unreadable';
  const missing = /Perl syntax|escape sequence: `?\\[1-9]/.test(because)
    ? ' Lookaround and back references do not exist here, so that no request can make a pattern run long.'
    : '';
  return `this is not a regular expression (${escapeText(because)}).${missing}`;
}
