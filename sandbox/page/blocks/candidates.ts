import { state } from '../state.ts';
import { type Element, type Option, optionsOf } from './shape.ts';

/** What a select offers that does not ask the bot: its own options, or the workspace's people and conversations. */
export function candidates(element: Element): Option[] {
  const { people = [], conversations = [] } = state.scene ?? {};
  switch (element.type.replace('multi_', '')) {
    case 'users_select':
      return people.map((person) => entry(person.id, `@${person.name}`, person.isBot ? 'App' : person.title));
    case 'channels_select':
      return conversations.filter(({ kind }) => kind === 'channel').map(({ id, name }) => entry(id, `#${name}`));
    case 'conversations_select':
      return conversations
        .filter(({ kind }) => passes(element, kind))
        .map(({ id, name, kind }) => entry(id, kind === 'dm' ? `@${name}` : `#${name}`));
    default:
      return optionsOf(element);
  }
}

const KINDS = { channel: 'public', private: 'private', dm: 'im' } as const;

/** What the bot's filter lets through. Every DM here is one with a bot. */
function passes({ filter }: Element, kind: keyof typeof KINDS): boolean {
  if (kind === 'dm' && filter?.exclude_bot_users) return false;
  return filter?.include?.includes(KINDS[kind]) ?? true;
}

const entry = (value: string, text: string, description?: string): Option => ({
  value,
  text: { type: 'plain_text', text },
  ...(description && { description: { type: 'plain_text', text: description } }),
});
