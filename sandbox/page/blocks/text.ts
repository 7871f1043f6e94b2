import { type Child, h } from '../dom.ts';
import { withEmoji } from '../text/emoji.ts';
import { mrkdwn } from '../text/mrkdwn.ts';
import { decodeEntities } from '../text/plain.ts';
import type { TextObject } from './shape.ts';

export const plainText = (text: TextObject | undefined): string => withEmoji(decodeEntities(text?.text ?? ''));

export function richText(text: TextObject | undefined, key: string): Child {
  if (!text) return undefined;
  return text.type === 'mrkdwn' ? mrkdwn(text.text, key) : lines(plainText(text));
}

export const lines = (text: string): Child => text.split('\n').map((line, index) => [index > 0 && h('br'), line]);
