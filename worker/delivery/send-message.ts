import type { WebClient } from '@slack/web-api';
import { backoffMs } from '../../core/requests/end.ts';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import { update } from '../../core/store/plan.ts';
import type { Message } from '../../core/store/rows.ts';
import type { Meters } from '../meters.ts';
import { drawMessage } from './draw.ts';
import type { DrawDeps, Place } from './drawn.ts';
import { type HomeDeps, publishHome } from './publish-home.ts';
import { slackFailure } from './slack.ts';

export type SendDeps = DrawDeps & HomeDeps & { leaseMs: number; meters: Meters };

/** Under this name a message carries its own id, so that it can be recognised in a channel's history. */
const EVENT_TYPE = 'countersign_message';
/** Slack's clock and ours may differ by this much when a message is looked for. */
const CLOCK_SKEW_MS = 60_000;
/** A message that Slack has refused for this long is given up; the log and the row say why. */
const GIVE_UP_MS = 7 * 24 * 60 * 60_000;

/**
 * Brings one message in Slack up to the state of its subject: posts it, or edits what was posted. Runs by one process
 * at a time (a lease in the row). Slack knows no idempotency key, so a post whose answer was lost is looked for in
 * the channel's history before it is posted again.
 */
export async function sendMessage(deps: SendDeps, id: string): Promise<void> {
  const seen = await deps.store.message(id);
  const now = deps.clock.now();
  if (!seen || seen.sent >= seen.wanted || (seen.leaseUntil && seen.leaseUntil > now)) return;
  const tried = seen.attemptedAt;
  const message = await claim(deps, seen, now);
  if (!message) return;

  try {
    if (message.place === 'home') {
      await publishHome(deps, message);
      await settle(deps, message, { sent: message.wanted, attempts: 0, problem: null });
      deps.meters.add('deliveries', { place: message.place, result: 'sent' });
      return;
    }
    const drawn = await drawMessage(deps, message, message.place);
    if (!drawn) {
      await settle(deps, message, { sent: message.wanted, refreshAt: null });
      return;
    }
    const posted = await put(deps, message, tried, drawn.place, drawn.message);
    await settle(deps, message, {
      ...posted,
      sent: message.wanted,
      refreshAt: drawn.refreshAt,
      attempts: 0,
      problem: null,
    });
    deps.meters.add('deliveries', { place: message.place, result: 'sent' });
  } catch (error) {
    deps.meters.add('deliveries', { place: message.place, result: 'failed' });
    await settle(deps, message, afterFailure(deps, message, error));
  }
}

async function claim(deps: SendDeps, seen: Message, now: Date): Promise<Message | undefined> {
  const set = { leaseUntil: new Date(now.getTime() + deps.leaseMs), attemptedAt: seen.attemptedAt ?? now };
  const committed = await deps.store.commit([update('messages', seen, set)]);
  return committed.ok ? { ...seen, ...set, version: seen.version + 1 } : undefined;
}

/** Writes what came of it. When another process has taken the lease over meanwhile, its word counts. */
async function settle(deps: SendDeps, message: Message, set: Partial<Omit<Message, 'id' | 'version'>>): Promise<void> {
  await deps.store.commit([update('messages', message, { ...set, leaseUntil: null })]);
}

async function put(
  deps: SendDeps,
  message: Message,
  tried: Date | null,
  place: Place,
  content: SlackMessage,
): Promise<{ channel: string; ts: string }> {
  const { client } = deps;
  const channel = message.channel ?? (await channelOf(client, place));
  const ts = message.ts ?? (tried && (await findOwnPost(deps, channel, message.id, tried)));
  if (ts) {
    try {
      await client.chat.update({ channel, ts, ...content });
      return { channel, ts };
    } catch (error) {
      // Somebody with the right to do so has deleted it: what it says is still owed.
      const failure = slackFailure(error);
      if (failure.kind !== 'refused' || failure.code !== 'message_not_found') throw error;
    }
  }
  const metadata = { event_type: EVENT_TYPE, event_payload: { id: message.id } };
  const answer = await client.chat.postMessage({
    channel,
    ...content,
    metadata,
    unfurl_links: false,
    unfurl_media: false,
  });
  return { channel: answer.channel ?? channel, ts: answer.ts as string };
}

async function channelOf(client: WebClient, place: Place): Promise<string> {
  if ('channel' in place) return place.channel;
  const opened = await client.conversations.open({ users: place.user });
  return opened.channel?.id as string;
}

async function findOwnPost(deps: SendDeps, channel: string, id: string, triedAt: Date): Promise<string | undefined> {
  const oldest = String((triedAt.getTime() - CLOCK_SKEW_MS) / 1000);
  let cursor: string | undefined;
  do {
    const ask = { channel, oldest, limit: 200, include_all_metadata: true, ...(cursor ? { cursor } : {}) };
    const page = await deps.client.conversations.history(ask).catch((error: unknown) => {
      const failure = slackFailure(error);
      if (failure.kind !== 'refused' || failure.code !== 'missing_scope') throw error;
      // An app installed without the history scopes: better told twice than never.
      deps.logger.warn({ id, channel }, 'cannot look for an earlier post: the app lacks a history scope');
      return undefined;
    });
    if (!page) return undefined;
    for (const post of page.messages ?? []) {
      const { metadata } = post as { metadata?: { event_type?: string; event_payload?: { id?: unknown } } };
      if (metadata?.event_type === EVENT_TYPE && metadata.event_payload?.id === id) return post.ts;
    }
    cursor = page.response_metadata?.next_cursor;
  } while (cursor);
  return undefined;
}

function afterFailure(deps: SendDeps, message: Message, error: unknown): Partial<Omit<Message, 'id' | 'version'>> {
  const failure = slackFailure(error);
  const now = deps.clock.now();
  const attempts = message.attempts + 1;
  const waitMs = failure.kind === 'limited' ? failure.retryAfterMs : backoffMs(attempts, 10 * 60_000);
  const problem = failure.kind === 'limited' ? 'ratelimited' : failure.code;
  const facts = { id: message.id, place: message.place, attempts, problem };
  if (failure.kind === 'refused' && now.getTime() - message.createdAt.getTime() > GIVE_UP_MS) {
    deps.logger.error(facts, 'message given up: Slack has refused it for a week');
    return { sent: message.wanted, problem };
  }
  deps.logger.warn(facts, 'message not sent yet');
  return {
    attempts,
    problem,
    nextAttemptAt: new Date(now.getTime() + waitMs),
  };
}
