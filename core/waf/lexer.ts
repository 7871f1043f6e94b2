import { refuseAt, told } from './refusal.ts';

/**
 * `index` is where a token begins in the text. `word` is whatever stands without quotes: names, numbers, addresses.
 * `sign` is what other languages have for operators; the parser tells what to write instead.
 */
export type Token = {
  kind: '(' | ')' | '{' | '}' | '[' | ']' | ',' | 'string' | 'word' | 'sign' | 'end';
  index: number;
  /** As typed; for a string, what it holds. */
  text: string;
};

const SPACE = /[ \t\r\n]*/y;
const WORD = /[A-Za-z0-9_$][A-Za-z0-9_.:/$-]*|::[A-Fa-f0-9.:/]*/y;
const SIGN = /[=!<>&|~^]+/y;
const PLAIN = /[^"\\]*/y;
const BRACKETS = new Set(['(', ')', '{', '}', '[', ']', ',']);

/** The tokens of an expression, one at a time, so that the first fault of the text is the first that is told. */
export function makeLexer(text: string): () => Token {
  let at = 0;

  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  }

  function string(index: number): Token {
    let held = '';
    at += 1;
    for (;;) {
      held += take(PLAIN);
      const mark = text[at];
      if (mark === undefined) refuseAt(text, index, 'this text has no closing quote.');
      at += 1;
      if (mark === '"') break;
      const escaped = text[at];
      if (escaped === undefined) refuseAt(text, index, 'this text has no closing quote.');
      // Of any other character the backslash stays: `\.` of a regular expression needs no second one.
      held += escaped === '"' || escaped === '\\' ? escaped : `\\${escaped}`;
      at += 1;
    }
    if (hasControl(held)) refuseAt(text, index, 'a text cannot hold line breaks or other control characters.');
    return { kind: 'string', index, text: held };
  }

  return () => {
    take(SPACE);
    const index = at;
    const next = text[at];
    if (next === undefined) return { kind: 'end', index, text: '' };
    if (next === '"') return string(index);
    if (BRACKETS.has(next)) {
      at += 1;
      return { kind: next as Token['kind'], index, text: next };
    }
    const word = take(WORD);
    if (word !== '') return { kind: 'word', index, text: word };
    const sign = take(SIGN);
    if (sign !== '') return { kind: 'sign', index, text: sign };
    return refuseAt(text, index, unexpected(String.fromCodePoint(text.codePointAt(at) as number)));
  };
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u001f\u007f]/.test(text);
}

function unexpected(character: string): string {
  if (character === "'" || '“”„‘’`'.includes(character)) return 'texts stand in straight double quotes: "like this".';
  return `${told(character)} has no meaning here.`;
}
