/** A replacement of `regex_replace`, taken apart: texts, and numbers of groups. */
export type Replacement = readonly (string | number)[];

/** `${1}` is the first group of the pattern, `${0}` all of it; any other `$` stands for itself. */
export function parseReplacement(text: string): Replacement {
  const parts: (string | number)[] = [];
  let at = 0;
  for (const found of text.matchAll(/\$\{(\d{1,3})\}/g)) {
    if (found.index > at) parts.push(text.slice(at, found.index));
    parts.push(Number(found[1]));
    at = found.index + found[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
