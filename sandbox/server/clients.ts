import { randomUUID } from 'node:crypto';
import type { Message, StateValues, View } from './state/model.ts';
import { Signal } from './state/signal.ts';

export type OpenModal = {
  view: View;
  /** Refusals by `block_id`. */
  errors: Record<string, string>;
  busy: boolean;
  /** What has been typed or chosen so far. */
  values: StateValues;
};

/**
 * One window of one person. Ephemeral messages and modals live here and nowhere else: they are gone when the window is
 * closed or reloaded, and never in the workspace's file.
 */
export type Client = { id: string; userId: string; ephemerals: Message[]; modals: OpenModal[] };

export class Clients {
  readonly changes = new Signal();
  readonly #clients = new Map<string, Client>();
  readonly #opened = new Set<string>();

  open(userId: string): Client {
    const client: Client = { id: randomUUID(), userId, ephemerals: [], modals: [] };
    this.#clients.set(client.id, client);
    return client;
  }

  close(id: string): void {
    this.#clients.delete(id);
  }

  get(id: unknown): Client | undefined {
    return typeof id === 'string' ? this.#clients.get(id) : undefined;
  }

  of(userId: string): Client[] {
    return [...this.#clients.values()].filter((client) => client.userId === userId);
  }

  /** Shown in the windows that are open now; where there is none, nobody ever sees it. */
  showEphemeral(userId: string, message: Message): void {
    for (const client of this.of(userId)) client.ephemerals.push({ ...message });
    this.changes.notify();
  }

  replaceEphemeral(userId: string, ts: string, change: Pick<Message, 'text' | 'blocks'>): void {
    for (const client of this.of(userId)) {
      const message = client.ephemerals.find((ephemeral) => ephemeral.ts === ts);
      if (message) Object.assign(message, change);
    }
    this.changes.notify();
  }

  deleteEphemeral(userId: string, ts: string): void {
    for (const client of this.of(userId)) {
      client.ephemerals = client.ephemerals.filter((ephemeral) => ephemeral.ts !== ts);
    }
    this.changes.notify();
  }

  /** An open modal by its view's id or external id, with the window it is open in. */
  findModal(match: (view: View) => boolean): { client: Client; modal: OpenModal } | undefined {
    for (const client of this.#clients.values()) {
      const modal = client.modals.find(({ view }) => match(view));
      if (modal) return { client, modal };
    }
    return undefined;
  }

  /** Remembers that a modal with this id was there. */
  noteOpened(viewId: string): void {
    this.#opened.add(viewId);
  }

  /** Whether this is a modal that somebody has closed, or whose window is gone. */
  wasClosed(viewId: unknown): boolean {
    return typeof viewId === 'string' && this.#opened.has(viewId) && !this.findModal((view) => view.id === viewId);
  }

  closeAll(): void {
    this.#clients.clear();
  }
}
