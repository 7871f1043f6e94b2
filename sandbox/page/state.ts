import type { Conversation, Person, Scene } from '../contract.ts';

/** Everything the page shows. Whoever changes it calls `changed()`; the page is then drawn again as a whole. */
export const state = {
  scene: undefined as Scene | undefined,
  connection: 'connecting' as 'connecting' | 'live' | 'lost' | 'refused',
  /** What the address names after `#`: a conversation's id, `home`, or nothing. */
  place: '',
  narrow: false,
  drafts: new Map<string, string>(),
  /** How many acts wait for an answer, by what they were done to. */
  waiting: new Map<string, number>(),
  /** What the server refused, by what was tried. */
  refusals: new Map<string, string>(),
  confirmation: undefined as Confirmation | undefined,
  dismissedProblems: new Set<string>(),
  helpShown: true,
  /** Read aloud by screen readers, seen by nobody. */
  announcement: '',
};

export type Confirmation = {
  title: string;
  text: { type: string; text: string };
  confirm: string;
  deny: string;
  danger: boolean;
  proceed: () => void;
};

let draw: () => void = () => {};
let drawing = false;

export function onChange(drawPage: () => void): void {
  draw = drawPage;
}

let changesOfAll = 0;
const changesOf = new Map<string, number>();

/** The same as long as nothing changed that a part of this name could show. */
export const stampOf = (part: string): string => `${changesOfAll} ${changesOf.get(part) ?? 0}`;

/**
 * Draws once for any number of changes made together. Typing names the part it changes, so that a long conversation
 * beside it need not be described anew for each key.
 */
export function changed(part?: string): void {
  if (part === undefined) changesOfAll += 1;
  else changesOf.set(part, (changesOf.get(part) ?? 0) + 1);
  if (drawing) return;
  drawing = true;
  queueMicrotask(() => {
    drawing = false;
    draw();
  });
}

export function announce(text: string): void {
  // The same words twice are not read twice, unless they differ in something nobody hears.
  state.announcement = state.announcement === text ? `${text}\u00a0` : text;
  changed();
}

export const isWaiting = (key: string): boolean => (state.waiting.get(key) ?? 0) > 0;

export function bot(): Person | undefined {
  return state.scene?.people.find((person) => person.isBot);
}

export function personNamed(id: string): Person | undefined {
  return state.scene?.people.find((person) => person.id === id);
}

/** `home`, a conversation, or nothing while a narrow screen shows the list. */
export function openPlace(): 'home' | Conversation | undefined {
  const { scene, place, narrow } = state;
  if (!scene) return undefined;
  if (place === 'home') return 'home';
  const named = scene.conversations.find((conversation) => conversation.id === place);
  if (named || narrow) return named;
  return botConversation() ?? scene.conversations[0];
}

export function botConversation(): Conversation | undefined {
  const botId = bot()?.id;
  return state.scene?.conversations.find(
    (conversation) => conversation.kind === 'dm' && botId !== undefined && conversation.memberIds.includes(botId),
  );
}
