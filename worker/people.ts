import type { WebClient } from '@slack/web-api';
import { CountersignError } from '../core/errors.ts';
import { slackFailure } from './delivery/slack.ts';

/** Whether a Slack user may act at all, whatever roles they were given. */
export type People = {
  /**
   * @throws CountersignError `not_authorized` for bots, guests, deactivated and foreign users; `slack_unavailable`
   *   when Slack cannot say, which is retried.
   */
  requireMember(accountId: string, userId: string): Promise<void>;
};

/** A standing is asked for again after this long, so that a deactivated person is out within a minute. */
const FRESH_MS = 60_000;

export function makePeople(client: WebClient, now: () => number): People {
  const known = new Map<string, { at: number; problem: string | undefined }>();
  return {
    async requireMember(accountId, userId) {
      const key = `${accountId}:${userId}`;
      const cached = known.get(key);
      const fresh = cached !== undefined && now() - cached.at < FRESH_MS;
      const problem = fresh ? cached.problem : await problemWith(client, accountId, userId);
      if (!fresh) {
        if (known.size > 10_000) known.clear();
        known.set(key, { at: now(), problem });
      }
      if (problem !== undefined) throw new CountersignError('not_authorized', { userMessage: problem });
    },
  };
}

async function problemWith(client: WebClient, accountId: string, userId: string): Promise<string | undefined> {
  const user = await client.users.info({ user: userId }).then(
    (answer) => answer.user,
    (error: unknown) => {
      const failure = slackFailure(error);
      if (failure.kind === 'refused' && /^user_not_(found|visible)$/.test(failure.code)) return undefined;
      throw new CountersignError('slack_unavailable', { cause: error });
    },
  );
  const who = `<@${userId}>`;
  if (!user) return `${who} is not a member of this workspace.`;
  if (user.deleted) return `${who} has been deactivated in Slack.`;
  if (user.is_bot) return `${who} is an app. Only people can ask for this.`;
  if (user.is_restricted || user.is_ultra_restricted) return `${who} is a guest. Guests cannot use Countersign.`;
  const home = [user.team_id, user.enterprise_user?.enterprise_id];
  if (user.is_stranger || !home.includes(accountId)) return `${who} belongs to another workspace.`;
  return undefined;
}
