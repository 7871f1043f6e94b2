import { preformatted } from '../blocks/preformatted.ts';
import { type Child, h } from '../dom.ts';
import { withEmoji } from './emoji.ts';
import { link } from './link.ts';
import { channelMention, groupMention, moment, personMention } from './mention.ts';
import { decodeEntities } from './plain.ts';

/** Slack's own text format. `key` tells apart the Copy buttons of several code blocks. */
export function mrkdwn(text: string, key: string): Child {
  return text.split(/```/).map((part, index) => (index % 2 === 1 ? fence(part, `${key}-${index}`) : paragraphs(part)));
}

function fence(part: string, key: string): Child {
  return preformatted(decodeEntities(part).replace(/^\n|\n$/g, ''), key);
}

function paragraphs(text: string): Child {
  const lines = text.replace(/^\n|\n$/g, '').split('\n');
  const out: Child[] = [];
  let quoted: string[] = [];
  const endQuote = () => {
    if (quoted.length > 0) out.push(h('blockquote', {}, joinLines(quoted)));
    quoted = [];
  };
  lines.forEach((line, index) => {
    const quote = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quote) {
      quoted.push(quote[1] ?? '');
      return;
    }
    const followsQuote = quoted.length > 0;
    endQuote();
    if (index > 0 && !followsQuote) out.push(h('br'));
    out.push(inline(line));
  });
  endQuote();
  return out;
}

const joinLines = (lines: string[]): Child => lines.map((line, index) => [index > 0 && h('br'), inline(line)]);

/** One alternative per kind; the leftmost wins, so `_` inside a link or code is left alone. */
const INLINE =
  /`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])/g;

function inline(text: string): Child {
  const out: Child[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    out.push(words(text.slice(at, match.index)));
    const [whole, code, entity, bold, italic, strike] = match;
    if (code !== undefined) out.push(h('code', {}, decodeEntities(code)));
    else if (entity !== undefined) out.push(reference(entity));
    else if (bold !== undefined) out.push(h('strong', {}, inline(bold)));
    else if (italic !== undefined) out.push(h('em', {}, inline(italic)));
    else if (strike !== undefined) out.push(h('s', {}, inline(strike)));
    at = match.index + whole.length;
  }
  out.push(words(text.slice(at)));
  return out;
}

const words = (text: string): string => withEmoji(decodeEntities(text));

/** What stands between `<` and `>`. */
function reference(entity: string): Child {
  const [target = '', label] = splitOnce(entity, '|');
  if (target.startsWith('@')) return personMention(target.slice(1));
  if (target.startsWith('#')) return channelMention(target.slice(1));
  if (target.startsWith('!date^')) {
    const [, epoch = '', format = '', address] = target.split('^');
    const time = moment(Number(epoch), format, decodeEntities(label ?? ''));
    return address ? link(decodeEntities(address), time) : time;
  }
  if (target.startsWith('!subteam^')) return groupMention(target.slice(9), label && decodeEntities(label));
  if (target.startsWith('!')) return h('span', { class: 'mention' }, `@${target.slice(1)}`);
  return link(decodeEntities(target), decodeEntities(label ?? target));
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
