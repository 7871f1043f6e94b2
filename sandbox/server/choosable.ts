import type { Element } from './state/store.ts';
import type { World } from './world.ts';

type Choice = { id: string; label: string };

/** Whom or what Slack's own selects offer a person: people, public channels, and conversations by the select's filter. */
export function choosable(world: World, personId: string, element: Element): Choice[] | undefined {
  const { users, conversations } = world.store.workspace;
  switch (String(element['type']).replace('multi_', '')) {
    case 'users_select':
      return users.map(({ id, name }) => ({ id, label: `@${name}` }));
    case 'channels_select':
      return conversations.filter(({ kind }) => kind === 'channel').map(({ id, name }) => ({ id, label: `#${name}` }));
    case 'conversations_select':
      return conversations
        .filter(({ kind, memberIds }) => kind === 'channel' || memberIds.includes(personId))
        .filter(({ kind }) => passes(element, kind))
        .map(({ id, kind, name }) => ({ id, label: kind === 'dm' ? '@countersign' : `#${name}` }));
    default:
      return undefined;
  }
}

const KINDS = { channel: 'public', private: 'private', dm: 'im' } as const;

/** Every DM here is one with the bot. */
function passes(element: Element, kind: keyof typeof KINDS): boolean {
  const filter = element['filter'] as { include?: string[]; exclude_bot_users?: boolean } | undefined;
  if (kind === 'dm' && filter?.exclude_bot_users) return false;
  return filter?.include?.includes(KINDS[kind]) ?? true;
}

/** An id from what a person says: the id itself, `@bob` or `#platform`. @throws for what the select does not offer */
export function chooseOrThrow(choices: Choice[], wanted: string): string {
  const found = choices.find(({ id, label }) => id === wanted || label === wanted);
  if (found) return found.id;
  throw new Error(`There is no ${wanted} to choose; there is: ${choices.map(({ label }) => label).join(', ')}.`);
}
