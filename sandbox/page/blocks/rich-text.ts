import { type Child, h } from '../dom.ts';
import { emojiNamed } from '../text/emoji.ts';
import { link } from '../text/link.ts';
import { channelMention, groupMention, moment, personMention } from '../text/mention.ts';
import { preformatted } from './preformatted.ts';
import { lines } from './text.ts';
import { unknown } from './unknown.ts';

type Part = {
  type: string;
  text?: string;
  url?: string;
  style?: Record<string, boolean> | string;
  user_id?: string;
  usergroup_id?: string;
  channel_id?: string;
  name?: string;
  value?: string;
  range?: string;
  timestamp?: number;
  format?: string;
  fallback?: string;
  indent?: number;
  offset?: number;
  elements?: Part[];
};

export function richTextBlock(elements: Part[], key: string): Child {
  return h(
    'div',
    { class: 'rich-text' },
    elements.map((element, index) => element && container(element, `${key}-${index}`)),
  );
}

function container(part: Part, key: string): Child {
  const parts = part.elements ?? [];
  switch (part.type) {
    case 'rich_text_section':
      return h('p', {}, parts.map(inline));
    case 'rich_text_quote':
      return h('blockquote', {}, parts.map(inline));
    case 'rich_text_preformatted':
      return preformatted(parts.map((run) => run.text ?? run.url ?? '').join(''), key);
    case 'rich_text_list':
      return h(
        part.style === 'ordered' ? 'ol' : 'ul',
        { class: `indent-${part.indent ?? 0}`, start: part.offset ? part.offset + 1 : undefined },
        parts.map((item) => h('li', {}, (item.elements ?? []).map(inline))),
      );
    default:
      return unknown('rich text', part.type);
  }
}

function inline(part: Part): Child {
  return styled(part, content(part));
}

function content(part: Part): Child {
  switch (part.type) {
    case 'text':
      return lines(part.text ?? '');
    case 'link':
      return link(part.url ?? '', part.text || part.url || '');
    case 'user':
      return personMention(part.user_id ?? '');
    case 'channel':
      return channelMention(part.channel_id ?? '');
    case 'usergroup':
      return groupMention(part.usergroup_id ?? '');
    case 'broadcast':
      return h('span', { class: 'mention' }, `@${part.range ?? ''}`);
    case 'emoji':
      return emojiNamed(part.name ?? '') ?? `:${part.name ?? ''}:`;
    case 'date':
      return moment(part.timestamp ?? Number.NaN, part.format ?? '{date_short} {time}', part.fallback ?? '');
    case 'color':
      return h('code', {}, part.value ?? '');
    default:
      return unknown('rich text', part.type);
  }
}

const MARKS: Record<string, string> = { code: 'code', bold: 'strong', italic: 'em', strike: 's', underline: 'u' };

function styled(part: Part, inner: Child): Child {
  if (typeof part.style !== 'object') return inner;
  return Object.entries(MARKS).reduce<Child>(
    (wrapped, [style, tag]) => ((part.style as Record<string, boolean>)[style] ? h(tag, {}, wrapped) : wrapped),
    inner,
  );
}
