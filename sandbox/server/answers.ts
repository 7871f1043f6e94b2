import { validateMessage } from '../blockkit/validate.ts';
import type { Occasion } from './response-urls.ts';
import { BOT_USER, type Message } from './state/model.ts';
import { withIds } from './state/store.ts';
import type { World } from './world.ts';

/** Messages an app sends without the Web API: through a `response_url`, or as the answer to a slash command. */
export type MessageAnswer = {
  text?: unknown;
  blocks?: unknown;
  response_type?: unknown;
  replace_original?: unknown;
  delete_original?: unknown;
  thread_ts?: unknown;
};

export type Outcome = { status: number; body: string };

/** Slack's answers here are far less telling than the Web API's; the details go to the page's banner. */
export function applyMessageAnswer(world: World, occasion: Occasion, answer: MessageAnswer): Outcome {
  if (isSet(answer.delete_original)) return deleteOriginal(world, occasion);
  const [first] = validateMessage(answer);
  if (first) {
    const messages = validateMessage(answer).map(
      ({ message, pointer }) => `[ERROR] ${message} [json-pointer:${pointer}]`,
    );
    const error = first.error ?? 'invalid_blocks';
    world.report('response_url', error, messages);
    return { status: 400, body: JSON.stringify({ ok: false, error }) };
  }
  const content = { text: String(answer.text), blocks: withIds(answer.blocks) };
  if (isSet(answer.replace_original) && occasion.message)
    return replaceOriginal(world, occasion.message, occasion, content);
  return addMessage(world, occasion, answer, content);
}

/** A slash command has no original: asked to replace it, Slack adds another message. */
function addMessage(
  world: World,
  occasion: Occasion,
  answer: MessageAnswer,
  content: Pick<Message, 'text' | 'blocks'>,
): Outcome {
  const thread = typeof answer.thread_ts === 'string' ? { threadTs: answer.thread_ts } : {};
  const message = { conversationId: occasion.conversationId, authorId: BOT_USER, ...content, ...thread };
  if (answer.response_type === 'in_channel') world.store.post(message);
  else world.clients.showEphemeral(occasion.userId, { ...message, ts: world.store.nextTs() });
  return DONE;
}

function replaceOriginal(
  world: World,
  original: NonNullable<Occasion['message']>,
  occasion: Occasion,
  content: Pick<Message, 'text' | 'blocks'>,
): Outcome {
  if (original.ephemeral) {
    world.clients.replaceEphemeral(occasion.userId, original.ts, content);
    return DONE;
  }
  const message = world.store.message(occasion.conversationId, original.ts);
  if (!message) return refuse(world, 'message_not_found');
  world.store.edit(message, content);
  return DONE;
}

function deleteOriginal(world: World, occasion: Occasion): Outcome {
  const original = occasion.message;
  if (!original) return refuse(world, 'message_not_found');
  if (original.ephemeral) {
    world.clients.deleteEphemeral(occasion.userId, original.ts);
    return DONE;
  }
  const message = world.store.message(occasion.conversationId, original.ts);
  if (!message) return refuse(world, 'message_not_found');
  world.store.remove(message);
  return DONE;
}

const DONE: Outcome = { status: 200, body: 'ok' };

function refuse(world: World, error: string): Outcome {
  world.report('response_url', error);
  return { status: 404, body: error };
}

/** One use of a response URL. */
export function useResponseUrl(world: World, path: string, body: unknown): Outcome {
  const found = world.responseUrls.find(path);
  if (typeof found === 'string') return refuse(world, found);
  const outcome = applyMessageAnswer(world, found.occasion, (body ?? {}) as MessageAnswer);
  if (outcome.status === 200) found.use();
  return outcome;
}

function isSet(value: unknown): boolean {
  return value === true || value === 'true';
}
