import type { AckFn, RespondArguments, RespondFn } from '@slack/bolt';
import type { WebClient } from '@slack/web-api';
import type { SlackMessage } from '../../core/slack/blocks.ts';
import { buildNotice } from '../views/notice.ts';
import type { Answering } from './answer.ts';

/** Bolt's acknowledgement, at most once: a second call of the original throws. */
export function once<T>(ack: (body?: T) => Promise<void>): {
  done: () => Promise<void>;
  ack: (body: T) => Promise<boolean>;
} {
  let acknowledged = false;
  const first = () => {
    const isFirst = !acknowledged;
    acknowledged = true;
    return isFirst;
  };
  return {
    done: async () => {
      if (first()) await ack();
    },
    /** @returns false when it was acknowledged before and the body is still to be said some other way. */
    ack: async (body) => {
      if (!first()) return false;
      await ack(body);
      return true;
    },
  };
}

/** A slash command: the answer is the acknowledgement itself, which needs nothing of Slack. */
export function answerCommand(ack: AckFn<string | RespondArguments>, respond: RespondFn): Answering {
  const acknowledge = once<RespondArguments>(ack);
  return {
    done: acknowledge.done,
    tell: async (message) => {
      const body = { response_type: 'ephemeral' as const, ...message };
      if (!(await acknowledge.ack(body))) await respond(body);
    },
  };
}

/** A click in a message: an ephemeral through its response_url, and beside the message where that is used up. */
export function answerMessageClick(
  ack: AckFn<void>,
  respond: RespondFn,
  elsewhere: { client: WebClient; channel: string; user: string },
): Answering {
  const acknowledge = once<void>(ack);
  return {
    done: acknowledge.done,
    tell: async (message: SlackMessage) => {
      await acknowledge.done();
      try {
        await respond({ response_type: 'ephemeral', replace_original: false, ...message });
      } catch {
        const { client, channel, user } = elsewhere;
        await client.chat.postEphemeral({ channel, user, ...message });
      }
    },
  };
}

/** A click in the Home, or a shortcut: the answer is a modal. In a modal it lies on top of that. */
export function answerWithModal(
  ack: AckFn<void>,
  client: WebClient,
  triggerId: string,
  where: 'open' | 'push',
): Answering {
  const acknowledge = once<void>(ack);
  return {
    done: acknowledge.done,
    tell: async (message: SlackMessage) => {
      await acknowledge.done();
      const view = buildNotice('Countersign', message.blocks);
      await client.views[where]({ trigger_id: triggerId, view });
    },
  };
}
