import { personNamed, state } from '../state.ts';
import { withEmoji } from './emoji.ts';
import { slackDate } from './time.ts';

/** In Slack's texts these three are always written as entities, and nothing else is. */
export const decodeEntities = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

export const personLabel = (id: string): string => `@${personNamed(id)?.name ?? id}`;

export const groupLabel = (id: string): string =>
  `@${state.scene?.groups.find((group) => group.id === id)?.handle ?? id}`;

export const channelLabel = (id: string): string =>
  `#${state.scene?.conversations.find((conversation) => conversation.id === id)?.name ?? id}`;

/** mrkdwn as words alone: for live regions and accessible names. */
export function plainWords(text: string): string {
  const words = text
    .replace(/<!date\^(\d+)\^([^>|^]+)(?:\^[^>|]*)?(?:\|[^>]*)?>/g, (_, epoch: string, format: string) =>
      slackDate(new Date(Number(epoch) * 1000), format, readerZone()),
    )
    .replace(/<@(\w+)(?:\|[^>]*)?>/g, (_, id: string) => personLabel(id))
    .replace(/<#(\w+)(?:\|[^>]*)?>/g, (_, id: string) => channelLabel(id))
    .replace(/<!subteam\^(\w+)>/g, (_, id: string) => groupLabel(id))
    .replace(/<[^>|]+\|([^>]+)>/g, '$1')
    .replace(/<([^>]+)>/g, '$1')
    .replace(/(^|\s)[*_~`]+(?=\S)|(?<=\S)[*_~`]+(?=[\s.,;:!?]|$)/g, '$1');
  return withEmoji(decodeEntities(words));
}

export function readerZone(): string {
  return state.scene?.me.timeZone || new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
