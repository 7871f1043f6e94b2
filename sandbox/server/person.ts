import { validateOptions } from '../blockkit/validate.ts';
import { applyMessageAnswer, type MessageAnswer } from './answers.ts';
import { choosable, chooseOrThrow } from './choosable.ts';
import type { Client, OpenModal } from './clients.ts';
import type { BotAnswer, Delivery, Kind, Overrides } from './delivery.ts';
import { fileJson } from './file-json.ts';
import { uploadForApp, withFileObjects } from './file-values.ts';
import { allOptions, byLabel, findElement, findField, findOption, type Which } from './finding.ts';
import { checkInClient, type Field, initialValue, shapeOf, valuesOf } from './form.ts';
import { LocalFile } from './local-file.ts';
import {
  type Action,
  appHomeOpened,
  blockSuggestion,
  globalShortcut,
  inMessage,
  inView,
  messageAction,
  type Payload,
  slashCommand,
  viewAction,
  viewClosed,
  viewSubmission,
} from './payloads.ts';
import { richTextOf } from './rich-text.ts';
import type { Message, StateValues, StoredFile, View } from './state/model.ts';
import type { Element } from './state/store.ts';
import { applySubmission, type SubmitResult } from './submission.ts';
import type { Truthy, World } from './world.ts';

/** Where something is clicked or changed. */
export type Target = Message | View | 'home' | 'modal';
/**
 * One person at one window of the workspace: acts as Slack's client does, sends what Slack would send, and applies what
 * the app answers. Ephemeral messages and modals belong to this window and are gone after `reload()`.
 */
export class Person {
  readonly id: string;
  readonly #world: World;
  readonly #delivery: Delivery;
  #client: Client;
  #stopped = false;

  constructor(world: World, delivery: Delivery, userId: string) {
    this.id = world.store.userOrThrow(userId).id;
    this.#world = world;
    this.#delivery = delivery;
    this.#client = world.clients.open(userId);
    world.store.openDm(userId);
  }

  get client(): Client {
    return this.#client;
  }

  /** The id of the DM with the bot. */
  get dm(): string {
    return this.#world.store.openDm(this.id).dm.id;
  }

  // What the person sees

  /** Lasting messages of a conversation this person is in, oldest first. */
  messages(conversationId: string): Message[] {
    if (!this.#world.store.conversation(conversationId)?.memberIds.includes(this.id)) return [];
    return this.#world.store.messagesIn(conversationId);
  }

  ephemerals(conversationId: string): Message[] {
    return this.#client.ephemerals.filter((message) => message.conversationId === conversationId);
  }

  /** Fetches a file from a message, as a click on its download link does. @throws when this person cannot see it. */
  download(fileId: string): { name: string; bytes: Buffer } {
    const file = this.#world.files.find(fileId);
    if (!file || !this.#world.files.isVisibleTo(file, this.id)) throw new Error(`${this.id} sees no file ${fileId}.`);
    return { name: file.name, bytes: this.#world.files.bytes(file) };
  }

  /** Gives the app a file, as choosing one in a `file_input` does. @throws for more than Slack's 10 MB */
  upload(local: LocalFile): StoredFile {
    return uploadForApp(this.#world, this.id, local);
  }

  get modals(): readonly OpenModal[] {
    return this.#client.modals;
  }

  /** The view on top. */
  get modal(): View | undefined {
    return this.#client.modals.at(-1)?.view;
  }

  /** Refusals on the top view, by label (by `block_id` where there is none). */
  get errors(): Record<string, string> {
    const modal = this.#client.modals.at(-1);
    return modal ? byLabel(modal.view, modal.errors) : {};
  }

  get home(): View | undefined {
    return this.#world.store.workspace.homes[this.id];
  }

  /** Waits, without polling, until something holds; answers what the predicate answered. */
  until<T>(predicate: (person: this) => T, timeoutMs?: number): Promise<Truthy<T>> {
    return this.#world.until(() => predicate(this), timeoutMs, `${this.id}: ${predicate}`);
  }

  // What the person does

  /** Types a message (no command) into a conversation. */
  say(conversationId: string, text: string): Message {
    return this.#world.store.post({
      conversationId: this.#joined(conversationId),
      authorId: this.id,
      text,
      blocks: [],
    });
  }

  /**
   * Types a slash command: `command('C0GENERAL', '/mtls issue')`; without `/`, `/mtls` is put in front.
   * @throws InteractionFailed when the app does not answer 200 in time.
   */
  async command(conversationId: string, text: string): Promise<void> {
    const conversation = this.#world.store.conversationOrThrow(this.#joined(conversationId));
    const [, command = '/mtls', rest = ''] = /^(\/\S+)\s*([\s\S]*)$/.exec(text) ?? [undefined, '/mtls', text];
    const payload = slashCommand(this.#world, this.#client, conversation, { command, text: rest.trim() });
    const { body } = await this.#delivery.deliver('slash_commands', payload);
    if (body === undefined) return;
    const answer: MessageAnswer = typeof body === 'object' ? (body as MessageAnswer) : { text: String(body) };
    applyMessageAnswer(this.#world, { userId: this.id, conversationId: conversation.id }, answer);
  }

  /** Chooses a global shortcut of the app. */
  async shortcut(callbackId: string): Promise<void> {
    await this.#delivery.deliver('interactive', globalShortcut(this.#world, this.#client, callbackId));
  }

  /** Clicks a button (a confirm dialog is confirmed). */
  async click(target: Target, which: Which): Promise<void> {
    const { block_id, element } = findElement(this.#surface(target).view, which, /^(workflow_|icon_)?button$/);
    const { type, action_id, text, value, style } = element;
    await this.act(target, dropUndefined({ type, block_id, action_id, text, value, style }) as Action);
  }

  /** Chooses an option of an overflow menu by its text or value. */
  async choose(target: Target, which: Which, option: string): Promise<void> {
    const { block_id, element } = findElement(this.#surface(target).view, which, /^overflow$/);
    const selected_option = findOption(element, option);
    await this.act(target, { type: 'overflow', block_id, action_id: String(element['action_id']), selected_option });
  }

  /**
   * Fills in or chooses, in a modal, the Home or a message. Values as in `submit`. The app is told at once where Slack
   * does so: elements outside of inputs, and inputs with `dispatch_action`.
   */
  async change(target: Target, which: Which, value: unknown): Promise<void> {
    const { view, values } = this.#surface(target);
    const field = findField(view, which);
    const state = await this.#toState(target, field, value);
    values[field.blockId] = { ...values[field.blockId], [field.actionId]: state };
    if (!field.dispatches) return;
    const action = { ...state, block_id: field.blockId, action_id: field.actionId } as Action;
    await this.act(target, action, values);
  }

  /** Sends `block_actions` for an action as given. */
  async act(target: Target, action: Action, values: StateValues = {}): Promise<void> {
    const payload = this.#actionPayload(target, action, values);
    await this.#delivery.deliver('interactive', payload);
  }

  #actionPayload(target: Target, action: Action, values: StateValues): Payload {
    if (isMessage(target)) {
      return messageAction(this.#world, this.#client, ...this.#seen(target), action, values);
    }
    const surface = this.#surface(target);
    const whole = withFileObjects(this.#world, this.id, surface.view, values);
    Object.assign(surface.values, valuesOf(surface.view, { ...surface.values, ...whole }));
    return viewAction(this.#world, this.#client, surface.view, action, surface.values);
  }

  /**
   * Fills in and submits the top modal. Keys are labels or `block_id`s; values are text, the text or value of an option,
   * user and conversation ids, a `file(...)`, or lists of them; `null` empties. What the client itself refuses is not sent, unless forced.
   */
  async submit(fill: Record<string, unknown> = {}, options: { force?: boolean } = {}): Promise<SubmitResult> {
    const modal = this.#topModal();
    for (const [key, value] of Object.entries(fill)) {
      const field = findField(modal.view, key);
      const state = await this.#toState(modal.view, field, value);
      modal.values[field.blockId] = { ...modal.values[field.blockId], [field.actionId]: state };
    }
    return this.submitValues(modal, modal.values, options);
  }

  /** Submits a modal with `state.values` as they are. */
  async submitValues(modal: OpenModal, values: StateValues, options: { force?: boolean } = {}): Promise<SubmitResult> {
    modal.values = valuesOf(modal.view, withFileObjects(this.#world, this.id, modal.view, values));
    modal.errors = options.force ? {} : checkInClient(modal.view, modal.values);
    this.#world.clients.changes.notify();
    if (Object.keys(modal.errors).length > 0) return { outcome: 'refused', errors: this.errors };
    modal.busy = true;
    this.#world.clients.changes.notify();
    try {
      const { body } = await this.#delivery.deliver('interactive', viewSubmission(this.#world, this.#client, modal));
      return applySubmission(this.#world, this.#client, modal, body);
    } finally {
      modal.busy = false;
      this.#world.clients.changes.notify();
    }
  }

  /** Closes the top modal, or the whole stack; tells the app where it asked to be told. */
  async close(options: { all?: boolean } = {}): Promise<void> {
    const top = this.#topModal();
    const all = options.all === true || top.view.clear_on_close;
    const closed = all ? [...this.#client.modals].reverse() : [top];
    for (const modal of closed) this.#remove(modal);
    for (const modal of closed.filter(({ view }) => view.notify_on_close)) {
      await this.#delivery.deliver('interactive', viewClosed(this.#world, this.#client, modal, all));
    }
  }

  /** Asks the app for the options of an external select, as typing into it does. */
  async options(which: Which, typed: string, target: Target = 'modal'): Promise<Element[]> {
    const { view, values } = this.#surface(target);
    const { blockId, actionId } = findField(view, which);
    const asked = { block_id: blockId, action_id: actionId, value: typed };
    const place = isMessage(target)
      ? inMessage(this.#world, ...this.#seen(target))
      : inView(this.#world, view as View, values);
    const payload = blockSuggestion(this.#world, this.#client, place, asked);
    const { body } = await this.#delivery.deliver('interactive', payload);
    const problems = validateOptions(body);
    if (problems.length > 0) {
      const messages = problems.map(({ message, pointer }) => `[ERROR] ${message} [json-pointer:${pointer}]`);
      this.#world.report('block_suggestion answer', 'invalid_options', messages);
      return [];
    }
    return allOptions(body as Element);
  }

  /** Opens the Home tab. */
  async openHome(): Promise<void> {
    await this.#delivery.deliverEvent(appHomeOpened(this.#world, this.#client));
  }

  /** Reloads the window: ephemeral messages and modals are gone. */
  reload(): void {
    this.#world.clients.close(this.#client.id);
    this.#client = this.#world.clients.open(this.id);
    this.#world.clients.changes.notify();
  }

  /** Closes the window for good. */
  leave(): void {
    this.#stopped = true;
    this.#world.clients.close(this.#client.id);
  }

  get isGone(): boolean {
    return this.#stopped;
  }

  /** Sends any payload to the app's URL, signed as told, and answers what the app answered. */
  send(payload: Payload, overrides: Overrides & { kind?: Kind } = {}): Promise<BotAnswer> {
    const kind = overrides.kind ?? guessKind(payload);
    return this.#delivery.post(kind, payload, overrides);
  }

  /** The payload an act would send, to be changed and sent by `send`. */
  payload = {
    command: (conversationId: string, text: string): Payload =>
      slashCommand(this.#world, this.#client, this.#world.store.conversationOrThrow(conversationId), {
        command: '/mtls',
        text,
      }),
    action: (target: Target, action: Action, values: StateValues = {}): Payload =>
      this.#actionPayload(target, action, values),
    submission: (): Payload => viewSubmission(this.#world, this.#client, this.#topModal()),
    homeOpened: (): Payload => appHomeOpened(this.#world, this.#client),
  };

  // Finding things

  #joined(conversationId: string): string {
    const conversation = this.#world.store.conversationOrThrow(conversationId);
    if (!conversation.memberIds.includes(this.id)) throw new Error(`${this.id} is not in ${conversationId}.`);
    return conversationId;
  }

  /** A message as it is now, and whether it is ephemeral. */
  #seen(target: Message): [message: Message, ephemeral: boolean] {
    const ephemeral = this.#client.ephemerals.find(({ ts }) => ts === target.ts);
    const message = ephemeral ?? this.#world.store.message(target.conversationId, target.ts);
    if (!message) throw new Error('This message is gone.');
    return [message, ephemeral !== undefined];
  }

  #topModal(): OpenModal {
    const modal = this.#client.modals.at(-1);
    if (!modal) throw new Error(`${this.id} has no modal open.${this.#world.tellProblems()}`);
    return modal;
  }

  #remove(modal: OpenModal): void {
    this.#client.modals = this.#client.modals.filter((other) => other !== modal);
    this.#world.clients.changes.notify();
  }

  /** The blocks of a target with what its fields hold. */
  #surface(target: Target): { view: View; values: StateValues } {
    if (target === 'modal') return this.#topModal();
    if (target === 'home') {
      if (!this.home) throw new Error(`${this.id} has no Home published.`);
      return { view: this.home, values: valuesOf(this.home) };
    }
    const open = this.#client.modals.find(({ view }) => 'id' in target && view.id === target.id);
    if (open) return open;
    return { view: target as View, values: valuesOf(target) };
  }

  /** A value as a person gives it, in the shape of `state.values`. */
  async #toState(target: Target, field: Field, value: unknown): Promise<Record<string, unknown>> {
    const { element } = field;
    const shape = shapeOf(element);
    if (!shape) throw new Error(`${String(element['type'])} holds no value.`);
    if (value === null || value === undefined) return { ...initialValue({ type: element['type'] }) };
    const one = async (item: unknown): Promise<unknown> => {
      if (item instanceof LocalFile) return fileJson(this.#world, this.upload(item));
      const choices = choosable(this.#world, this.id, element);
      if (choices) return chooseOrThrow(choices, String(item));
      if (element['type'] === 'rich_text_input' && typeof item === 'string') return richTextOf(item);
      if (!/^selected_options?$/.test(shape.key) || typeof item === 'object') return item;
      if (!/external/.test(String(element['type']))) return findOption(element, String(item));
      const which = { action_id: field.actionId, block_id: field.blockId };
      return findOption({ options: await this.options(which, String(item), target) }, String(item));
    };
    const many = Array.isArray(shape.empty);
    const list = await Promise.all((Array.isArray(value) ? value : [value]).map(one));
    const single = shape.key === 'value' ? String(list[0]) : list[0];
    return { type: element['type'], [shape.key]: many ? list : single };
  }
}

const isMessage = (target: Target): target is Message => typeof target === 'object' && 'ts' in target;

function guessKind(payload: Payload): Kind {
  if ('command' in payload) return 'slash_commands';
  return 'event' in payload || 'challenge' in payload ? 'events_api' : 'interactive';
}

function dropUndefined(value: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined));
}
