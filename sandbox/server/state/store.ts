import { randomBytes } from 'node:crypto';
import {
  type Block,
  BOT_USER,
  type Clock,
  type Conversation,
  type Message,
  type User,
  type View,
  type Workspace,
} from './model.ts';
import { Signal } from './signal.ts';
import { Storage } from './storage.ts';

/** The workspace with what may be asked of it and done to it; each change is saved soon and signalled. */
export class Store {
  readonly changes = new Signal();
  readonly clock: Clock;
  readonly #storage: Storage;

  constructor(directory: string | undefined, clock: Clock) {
    this.#storage = new Storage(directory);
    this.clock = clock;
  }

  get workspace(): Workspace {
    return this.#storage.workspace;
  }

  changed(): void {
    this.#storage.saveSoon();
    this.changes.notify();
  }

  flush(): void {
    this.#storage.flush();
  }

  /** A message's ts is also its id: it grows by at least a microsecond from one to the next. */
  nextTs(): string {
    const now = BigInt(this.clock.now().getTime()) * 1000n;
    const last = BigInt(this.workspace.lastTs.replace('.', ''));
    const next = now > last ? now : last + 1n;
    this.workspace.lastTs = `${next / 1_000_000n}.${String(next % 1_000_000n).padStart(6, '0')}`;
    return this.workspace.lastTs;
  }

  user(id: unknown): User | undefined {
    return this.workspace.users.find((user) => user.id === id);
  }

  /** Changes a person's flags or profile, for tests: `store.updateUser('U0EVE', { deleted: true })`. */
  updateUser(id: string, change: Partial<User>): void {
    Object.assign(this.userOrThrow(id), change);
    this.changed();
  }

  userOrThrow(id: string): User {
    const user = this.user(id);
    if (!user) throw new Error(`There is no user ${id} in the sandbox.`);
    return user;
  }

  conversation(id: unknown): Conversation | undefined {
    return this.workspace.conversations.find((conversation) => conversation.id === id);
  }

  conversationOrThrow(id: string): Conversation {
    const conversation = this.conversation(id);
    if (!conversation) throw new Error(`There is no conversation ${id} in the sandbox.`);
    return conversation;
  }

  /** The DM of a person with the bot, opened when there is none yet. */
  openDm(userId: string): { dm: Conversation; isNew: boolean } {
    const existing = this.workspace.conversations.find(
      (conversation) => conversation.kind === 'dm' && conversation.memberIds.includes(userId),
    );
    if (existing) return { dm: existing, isNew: false };
    const dm: Conversation = {
      id: `D${userId.slice(1)}`,
      kind: 'dm',
      name: '',
      purpose: '',
      memberIds: [userId, BOT_USER],
      isArchived: false,
    };
    this.workspace.conversations.push(dm);
    this.changed();
    return { dm, isNew: true };
  }

  setMember(conversationId: string, userId: string, member: boolean): void {
    const conversation = this.conversationOrThrow(conversationId);
    const others = conversation.memberIds.filter((id) => id !== userId);
    conversation.memberIds = member ? [...others, userId] : others;
    this.changed();
  }

  messagesIn(conversationId: string): Message[] {
    return this.workspace.messages.filter((message) => message.conversationId === conversationId);
  }

  message(conversationId: string, ts: unknown): Message | undefined {
    return this.workspace.messages.find((message) => message.conversationId === conversationId && message.ts === ts);
  }

  post(message: Omit<Message, 'ts'>): Message {
    const posted = { ...message, ts: this.nextTs() };
    this.workspace.messages.push(posted);
    this.changed();
    return posted;
  }

  edit(message: Message, change: Pick<Message, 'text' | 'blocks'> & Partial<Message>): void {
    Object.assign(message, change, { editedTs: this.nextTs() });
    this.changed();
  }

  remove(message: Message): void {
    this.workspace.messages = this.workspace.messages.filter((other) => other !== message);
    this.changed();
  }

  publishHome(userId: string, view: View): void {
    this.workspace.homes[userId] = view;
    this.changed();
  }

  markRead(userId: string, conversationId: string): void {
    const last = this.messagesIn(conversationId).at(-1);
    if (!last) return;
    this.workspace.reads[`${userId} ${conversationId}`] = last.ts;
    this.changed();
  }

  unread(userId: string, conversationId: string): number {
    const read = this.workspace.reads[`${userId} ${conversationId}`] ?? '0';
    return this.messagesIn(conversationId).filter(
      ({ ts, authorId }) => authorId !== userId && Number(ts) > Number(read),
    ).length;
  }
}

/** Slack invents the `block_id`s and `action_id`s an app left out. */
export function withIds(blocks: unknown): Block[] {
  return (Array.isArray(blocks) ? structuredClone(blocks) : []).map((block: Block) => {
    for (const element of elementsOf(block)) {
      if (INTERACTIVE.test(String(element['type']))) element['action_id'] ??= makeId();
    }
    return { ...block, block_id: block.block_id ?? makeId() };
  });
}

const INTERACTIVE = /button|select|picker|checkboxes|overflow|input$/;

export type Element = Record<string, unknown>;

/** The elements that stand directly in a block. */
export function elementsOf(block: Record<string, unknown>): Element[] {
  const list = ['elements', 'actions'].flatMap((name) => (Array.isArray(block[name]) ? block[name] : []));
  return [...list, block['element'], block['accessory']].filter(
    (element): element is Element => typeof element === 'object' && element !== null,
  );
}

export function makeId(): string {
  return randomBytes(4).toString('base64url').replaceAll('-', '0').replaceAll('_', '1').slice(0, 5);
}
