import { setTimeout as wait } from 'node:timers/promises';
import type { Person } from '../../sandbox/server/person.ts';
import type { Message, View } from '../../sandbox/server/state/model.ts';
import { ACCOUNT, type Stack } from '../../test/support/stack.ts';

/** What four people did at the same time: how long each waited to be acknowledged, and what came to nothing. */
export type Cell = { timingsMs: number[]; undone: number };

const READY_WITHIN_MS = 180_000;

/** The four people, each doing one thing after the other without a pause, all at the same time. */
export class Workload {
  readonly stack: Stack;
  readonly people: readonly Person[];

  constructor(stack: Stack) {
    this.stack = stack;
    this.people = [stack.ada, stack.alice, stack.bob, stack.eve];
  }

  /** Everybody may issue, and there is a site. */
  async setUp(): Promise<void> {
    const { ada } = this.stack;
    await ada.command(ada.dm, '/mtls settings');
    await ada.until(() => ada.modal);
    await ada.submit({ Operators: this.people.map(({ id }) => id), Approvers: ['U0BOB'] });
    await ada.command(ada.dm, '/mtls site add example.com');
    await ada.until(() => ada.ephemerals(ada.dm).some(({ text }) => text.includes('is a site now')), 20_000);
    // The site may be carried out before the roles.
    while ((await this.stack.store.roles(ACCOUNT)).length < this.people.length) await wait(50);
  }

  help(count: number): Promise<Cell> {
    const turns = this.#shareOut(count).map(({ person }) => ({
      person,
      act: () => person.command(person.dm, '/mtls help'),
      isDone: () => person.ephemerals(person.dm).at(-1)?.text.startsWith('This is what you can do') === true,
    }));
    return timeAll(turns);
  }

  /** Every form in a window of its own, so that all of them can be open at once. */
  async openForms(count: number): Promise<Cell & { forms: Person[] }> {
    const turns = this.#shareOut(count).map(({ person }) => {
      const window = this.stack.sandbox.openWindow(person.id);
      return {
        person,
        window,
        act: () => window.command(window.dm, '/mtls issue'),
        isDone: () => window.modal?.callback_id === 'issue',
      };
    });
    const cell = await timeAll(turns);
    const forms = turns.map(({ window }) => window).filter((window) => window.modal !== undefined);
    return { ...cell, forms };
  }

  /** Submits what is open; done is what the database has afterwards. */
  async submitForms(forms: readonly Person[], fill: Record<string, unknown> = {}): Promise<Cell> {
    const views = forms.map((window) => window.modal as View);
    const cell = await timeAll(
      forms.map((window) => ({
        person: window,
        act: async () => void (await window.submit(fill)),
        isDone: () => true,
      })),
    );
    for (const window of forms) window.leave();
    const rows = await Promise.all(views.map(({ id }) => this.stack.store.requestByKey(ACCOUNT, `view:${id}`)));
    return { ...cell, undone: rows.filter((row) => row === undefined).length };
  }

  /** Presses *Show once* on every message; done is what the database has afterwards. */
  async pressAll(messages: readonly Ready[]): Promise<Cell> {
    const cell = await timeAll(
      messages.map(({ person, message }) => ({
        person,
        act: () => person.click(message, 'Show once'),
        isDone: () => true,
      })),
    );
    const shows = await Promise.all(messages.map(({ issueId }) => this.stack.store.requestsOf(issueId)));
    return { ...cell, undone: shows.filter(({ length }) => length === 0).length };
  }

  /** As many new certificates, asked for and waiting to be shown. */
  async stock(count: number, fill: Record<string, unknown> = {}): Promise<Ready[]> {
    const before = new Set(this.#ready().map(({ issueId }) => issueId));
    const { forms } = await this.openForms(count);
    const { undone } = await this.submitForms(forms, fill);
    if (undone > 0 || forms.length < count) {
      throw new Error(`of ${count} forms ${forms.length} were opened, and ${undone} submitted in vain`);
    }
    const giveUpAt = performance.now() + READY_WITHIN_MS;
    for (;;) {
      const fresh = this.#ready().filter(({ issueId }) => !before.has(issueId));
      if (fresh.length >= count) return fresh;
      if (performance.now() > giveUpAt) throw new Error(`only ${fresh.length} of ${count} certificates became ready`);
      await wait(200);
    }
  }

  #ready(): Ready[] {
    return this.people.flatMap((person) =>
      person.messages(person.dm).flatMap((message) => {
        const issueId = /"action_id":"show_once"[^{}]*"value":"([^"]+)"/.exec(JSON.stringify(message.blocks))?.[1];
        return issueId === undefined ? [] : [{ person, message, issueId }];
      }),
    );
  }

  #shareOut(count: number): { person: Person }[] {
    return Array.from({ length: count }, (_, index) => ({
      person: this.people[index % this.people.length] as Person,
    }));
  }
}

export type Ready = { person: Person; message: Message; issueId: string };

type Turn = { person: Person; act: () => Promise<void>; isDone: () => boolean };

/** Everybody takes their turns one after the other, all of them at the same time. */
async function timeAll(turns: readonly Turn[]): Promise<Cell> {
  const queues = new Map<string, Turn[]>();
  for (const turn of turns) queues.set(turn.person.id, [...(queues.get(turn.person.id) ?? []), turn]);
  const cell: Cell = { timingsMs: [], undone: 0 };
  await Promise.all(
    [...queues.values()].map(async (queue) => {
      for (const { act, isDone } of queue) {
        const startedAt = performance.now();
        // An act that was not acknowledged in time has taken as long as Slack waits, and was for nothing.
        const acknowledged = await act().then(
          () => true,
          () => false,
        );
        cell.timingsMs.push(performance.now() - startedAt);
        if (!acknowledged || !isDone()) cell.undone += 1;
      }
    }),
  );
  return cell;
}
