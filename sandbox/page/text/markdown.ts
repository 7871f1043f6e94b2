import { preformatted } from '../blocks/preformatted.ts';
import { type Child, h } from '../dom.ts';
import { withEmoji } from './emoji.ts';
import { link } from './link.ts';

/** The `markdown` block: headings, lists, quotes, code, rules, and the inline marks. Not a whole Markdown. */
export function markdown(text: string, key: string): Child {
  const out: Child[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    if (line.trim() === '') at += 1;
    else if (line.startsWith('```')) {
      const end = lines.findIndex((candidate, index) => index > at && candidate.startsWith('```'));
      const last = end < 0 ? lines.length : end;
      out.push(preformatted(lines.slice(at + 1, last).join('\n'), `${key}-${at}`));
      at = last + 1;
    } else if (heading) {
      // Below the message's author, which is the page's third level.
      out.push(
        h(`h${Math.min(6, 3 + (heading[1]?.length ?? 1))}`, { class: 'markdown-heading' }, inline(heading[2] ?? '')),
      );
      at += 1;
    } else if (/^(-{3,}|\*{3,}|_{3,})\s*$/.test(line)) {
      out.push(h('hr'));
      at += 1;
    } else {
      const run = takeRun(lines, at);
      out.push(run.child);
      at += run.length;
    }
  }
  return h('div', { class: 'markdown' }, out);
}

const RUNS: { starts: RegExp; build: (lines: string[]) => Child }[] = [
  {
    starts: /^\s*[-*+]\s+/,
    build: (items) =>
      h(
        'ul',
        {},
        items.map((item) => h('li', {}, inline(item))),
      ),
  },
  {
    starts: /^\s*\d+[.)]\s+/,
    build: (items) =>
      h(
        'ol',
        {},
        items.map((item) => h('li', {}, inline(item))),
      ),
  },
  { starts: /^>\s?/, build: (quoted) => h('blockquote', {}, inline(quoted.join('\n'))) },
];

/** Lines that belong together: a list, a quote, or else a paragraph. */
function takeRun(lines: string[], from: number): { child: Child; length: number } {
  const kind = RUNS.find(({ starts }) => starts.test(lines[from] ?? ''));
  const taken: string[] = [];
  for (const line of lines.slice(from)) {
    const belongs = kind
      ? kind.starts.test(line)
      : line.trim() !== '' && !/^(#{1,6}\s|```)/.test(line) && !startsRun(line);
    if (!belongs) break;
    taken.push(kind ? line.replace(kind.starts, '') : line);
  }
  return { child: kind ? kind.build(taken) : h('p', {}, inline(taken.join('\n'))), length: Math.max(1, taken.length) };
}

const startsRun = (line: string): boolean => RUNS.some(({ starts }) => starts.test(line));

const INLINE =
  /`([^`]+)`|\[([^\]]+)\]\(([^)\s]+)\)|<(https?:\/\/[^>\s]+)>|\*\*(?=\S)([\s\S]*?\S)\*\*|~~(?=\S)([\s\S]*?\S)~~|(?<![\w*])\*(?=\S)([^*]*?\S)\*(?![\w*])|(?<!\w)_(?=\S)([^_]*?\S)_(?!\w)/g;

function inline(text: string): Child {
  const out: Child[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    out.push(withEmoji(text.slice(at, match.index)));
    const [whole, code, label, address, bare, bold, strike, star, underscore] = match;
    if (code !== undefined) out.push(h('code', {}, code));
    else if (address !== undefined) out.push(link(address, inline(label ?? address)));
    else if (bare !== undefined) out.push(link(bare, bare));
    else if (bold !== undefined) out.push(h('strong', {}, inline(bold)));
    else if (strike !== undefined) out.push(h('s', {}, inline(strike)));
    else out.push(h('em', {}, inline(star ?? underscore ?? '')));
    at = match.index + whole.length;
  }
  out.push(withEmoji(text.slice(at)));
  return out;
}
