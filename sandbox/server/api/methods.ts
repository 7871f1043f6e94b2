import type { World } from '../world.ts';
import { type Answer, ApiError, Call, ExpectedError, type Method } from './call.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { peopleMethods } from './people.ts';
import { requireScopes } from './scopes.ts';
import { viewMethods } from './view-methods.ts';
import { workspaceMethods } from './workspace.ts';

const METHODS: Record<string, Method> = {
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...peopleMethods,
  ...viewMethods,
  ...workspaceMethods,
};

const WITHOUT_TOKEN = ['api.test', 'blocks.validate'];

/** One Web API call: the token, the method, its answer; every refusal is kept for the page's banner. */
export function callMethod(
  world: World,
  name: string,
  token: string | undefined,
  args: Record<string, unknown>,
  socketUrl: () => string,
): Answer {
  try {
    if (name === 'apps.connections.open') {
      requireToken(token, world.credentials.appToken);
      return { ok: true, url: socketUrl() };
    }
    const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
    if (!method) throw new ApiError('unknown_method', { req_method: name });
    if (!WITHOUT_TOKEN.includes(name)) {
      requireToken(token, world.credentials.botToken);
      requireScopes(world, name, args);
    }
    return { ok: true, ...method(new Call(world, args)) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (!(error instanceof ExpectedError)) world.report(name, error.code, error.messages);
    const metadata = error.messages.length > 0 ? { response_metadata: { messages: error.messages } } : {};
    return { ok: false, error: error.code, ...error.extra, ...metadata };
  }
}

function requireToken(token: string | undefined, expected: string): void {
  if (!token) throw new ApiError('not_authed');
  if (token !== expected) throw new ApiError('invalid_auth');
}
