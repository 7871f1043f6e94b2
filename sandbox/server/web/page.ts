import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Delivery } from '../delivery.ts';
import { INPUT_FILE_BYTES_MAX, LocalFile } from '../local-file.ts';
import { Person } from '../person.ts';
import type { World } from '../world.ts';
import { ActRefused, isAct, perform } from './acts.ts';
import type { Assets } from './assets.ts';
import { sendFile } from './files.ts';
import { type Guard, PAGE_HEADERS } from './guard.ts';
import { answerJson, answerText, BodyTooLarge, parseFields, readBody, readBytes } from './http.ts';
import { buildScene, sharedFile } from './scene.ts';

const ACT_BYTES_MAX = 512 * 1024;
const WINDOW_CLOSED = { problem: 'This window was closed. Reload the page.' };
/** What is left of a body that is too large is not read: the connection ends. */
const CLOSE = { connection: 'close' };
const HEARTBEAT_MS = 15_000;

/** The page in a browser: its files, a stream of scenes per window, and the acts of the person in front of it. */
export class PageRoutes {
  readonly #world: World;
  readonly #delivery: Delivery;
  readonly #guard: Guard;
  readonly #assets: Assets;
  /** The person at each open window, by the client's id. */
  readonly #windows = new Map<string, Person>();

  constructor(world: World, delivery: Delivery, guard: Guard, assets: Assets) {
    this.#world = world;
    this.#delivery = delivery;
    this.#guard = guard;
    this.#assets = assets;
  }

  async handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    if (!this.#guard.isOwnOrigin(request))
      return answerJson(response, 403, { problem: 'This page belongs to another origin.' });
    const token = url.searchParams.get('token');
    if (url.pathname === '/' && token !== null && this.#guard.isToken(token)) {
      const as = this.#world.store.user(url.searchParams.get('as'))?.id;
      const location = as === undefined ? '/' : `/?as=${as}`;
      return answerText(response, 303, '', { location, 'set-cookie': this.#guard.setCookie() });
    }
    if (!this.#guard.isKnown(request)) {
      return answerText(
        response,
        403,
        'Open the address that was printed at the start: it carries the token of this sandbox.\n',
      );
    }
    if (url.pathname === '/page/events') return this.#openWindow(response, url.searchParams.get('as'));
    if (url.pathname.startsWith('/page/file/')) return this.#download(request, response, url);
    if (url.pathname === '/page/upload') return this.#upload(request, response, url);
    if (url.pathname.startsWith('/page/')) return this.#act(request, response, url.pathname.slice('/page/'.length));
    return this.#file(response, url.pathname);
  }

  async #file(response: ServerResponse, path: string): Promise<void> {
    const asset = await this.#assets.get(path);
    if (!asset) return answerText(response, 404, 'There is nothing here.\n');
    answerText(response, 200, asset.body, { 'content-type': asset.type });
  }

  /** The connection is the window: when it ends, its ephemeral messages and modals are gone. */
  #openWindow(response: ServerResponse, userId: string | null): void {
    const user = this.#world.store.user(userId ?? this.#world.store.workspace.users[0]?.id);
    if (!user || user.isBot || user.deleted) {
      answerJson(response, 404, { problem: 'There is no such person.' });
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const person = new Person(this.#world, this.#delivery, user.id);
    this.#windows.set(person.client.id, person);
    const send = () => response.write(`data: ${JSON.stringify(buildScene(this.#world, person))}\n\n`);
    send();
    const stop = this.#world.listen(coalesce(send));
    const heartbeat = setInterval(() => response.write(': still here\n\n'), HEARTBEAT_MS);
    response.on('close', () => {
      stop();
      clearInterval(heartbeat);
      this.#windows.delete(person.client.id);
      person.leave();
    });
  }

  /** A file for the person at this window, who has to see it anyway. "Not yours" and "not there" read alike. */
  #download(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const person = this.#windows.get(url.searchParams.get('client') ?? '');
    const file = this.#world.files.find(url.pathname.slice('/page/file/'.length));
    if (request.method !== 'GET' || !file || !person || !this.#world.files.isVisibleTo(file, person.id)) {
      answerText(response, 404, 'There is no such file for you. Reload the page, then try again.\n');
    } else sendFile(this.#world, file, response, 'attachment');
  }

  /** The bytes of one file of a `file_input`; the form is submitted later, with the file's id. */
  async #upload(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const person = this.#windows.get(url.searchParams.get('client') ?? '');
    const name = url.searchParams.get('name') ?? '';
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/octet-stream' || name === '') {
      return answerJson(response, 404, { problem: 'Send the bytes of one file, with its name.' });
    }
    if (!person) return answerJson(response, 409, WINDOW_CLOSED);
    try {
      const bytes = await readBytes(request, INPUT_FILE_BYTES_MAX);
      answerJson(response, 200, { file: sharedFile(person.upload(new LocalFile(name, bytes))) });
    } catch (error) {
      if (!(error instanceof BodyTooLarge)) throw error;
      answerJson(response, 413, { problem: `${name} is larger than 10 MB: Slack does not take it.` }, CLOSE);
    }
  }

  async #act(request: IncomingMessage, response: ServerResponse, act: string): Promise<void> {
    if (request.method !== 'POST' || !isAct(act))
      return answerJson(response, 404, { problem: 'There is no such act.' });
    const isJson = request.headers['content-type']?.startsWith('application/json') === true;
    const body = isJson ? parseFields('application/json', await readBody(request, ACT_BYTES_MAX)) : undefined;
    const person = typeof body?.['client'] === 'string' ? this.#windows.get(body['client']) : undefined;
    if (!person) return answerJson(response, 409, WINDOW_CLOSED);
    try {
      answerJson(response, 200, await perform(this.#world, person, act, body));
    } catch (error) {
      if (!(error instanceof ActRefused)) throw error;
      answerJson(response, error.status, { problem: error.message });
    }
  }
}

/** Many changes at once are one scene. */
function coalesce(send: () => void): () => void {
  let pending = false;
  return () => {
    if (pending) return;
    pending = true;
    setImmediate(() => {
      pending = false;
      send();
    });
  };
}
