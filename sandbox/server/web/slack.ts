import type { IncomingMessage, ServerResponse } from 'node:http';
import { useResponseUrl } from '../answers.ts';
import { callMethod } from '../api/methods.ts';
import type { World } from '../world.ts';
import { answerJson, answerText, parseFields, readBody } from './http.ts';
import { withTrouble } from './trouble.ts';

/** A view of 250 kB as a form field is about three times as long. */
const API_BYTES_MAX = 2 * 1024 * 1024;

/** What Slack offers an app: the Web API and the response URLs, with the trouble that was asked for. */
export class SlackRoutes {
  readonly #world: World;
  readonly #socketUrl: () => string;

  constructor(world: World, socketUrl: () => string) {
    this.#world = world;
    this.#socketUrl = socketUrl;
  }

  async method(request: IncomingMessage, response: ServerResponse, name: string): Promise<void> {
    const body = await readBody(request, API_BYTES_MAX);
    await withTrouble(this.#world.faults, name, response, () => {
      const fields = parseFields(request.headers['content-type'], body);
      if (!fields) return answerJson(response, 200, { ok: false, error: 'invalid_json' });
      const { token, ...args } = fields;
      const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
      const answer = callMethod(this.#world, name, bearer ?? (token as string | undefined), args, this.#socketUrl);
      answerJson(response, 200, answer, { 'x-oauth-scopes': [...this.#world.scopes].join(',') });
    });
  }

  async responseUrl(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const body = await readBody(request, API_BYTES_MAX);
    await withTrouble(this.#world.faults, 'response_url', response, () => {
      const fields = parseFields(request.headers['content-type'], body);
      if (!fields) return answerText(response, 400, 'invalid_payload');
      const outcome = useResponseUrl(this.#world, path, fields);
      answerText(response, outcome.status, outcome.body);
    });
  }
}
