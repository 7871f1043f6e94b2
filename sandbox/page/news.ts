import type { Conversation, Message, Scene } from '../contract.ts';
import { announce, openPlace } from './state.ts';
import { plainWords } from './text/plain.ts';

/** Reads new messages of the open conversation aloud, and says of others only where they are. */
export function announceNews(before: Scene | undefined, after: Scene): void {
  if (!before || before.me.id !== after.me.id) return;
  const here = openPlace();
  const news: string[] = [];
  for (const conversation of after.conversations) {
    const fresh = newMessages(before, conversation).filter((message) => message.authorId !== after.me.id);
    if (fresh.length === 0) continue;
    const isHere = typeof here === 'object' && here.id === conversation.id;
    news.push(...(isHere ? fresh.map((message) => spoken(message, after)) : [`New in ${conversation.name}.`]));
  }
  if (news.length > 0) announce(news.join(' '));
}

function newMessages(before: Scene, conversation: Conversation): Message[] {
  const known = before.conversations.find((candidate) => candidate.id === conversation.id);
  const seen = new Set(known?.messages.map((message) => message.ts));
  return conversation.messages.filter((message) => !seen.has(message.ts));
}

function spoken(message: Message, scene: Scene): string {
  const author = scene.people.find((person) => person.id === message.authorId)?.name ?? 'Somebody';
  const visibility = message.ephemeral ? ', only to you' : '';
  return `${author}${visibility}: ${[plainWords(message.text), filesSpoken(message)].filter(Boolean).join(' ') || 'a message without words'}`;
}

function filesSpoken({ files }: Message): string {
  return files.length > 0
    ? `With ${files.length === 1 ? 'the file' : 'the files'} ${files.map(({ name }) => name).join(', ')}.`
    : '';
}
