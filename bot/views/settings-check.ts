import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { CountersignError } from '../../core/errors.ts';

/** Why Slack's user cannot hold a role, as the end of a sentence; undefined when they can. */
export async function problemWithPerson(
  client: WebClient,
  accountId: string,
  userId: string,
): Promise<string | undefined> {
  const user = await client.users.info({ user: userId }).then(
    (answer) => answer.user,
    (error: unknown) => unlessRefused(error, /^user_not_(found|visible)$/),
  );
  if (!user) return 'Somebody you chose is not a member of this workspace. Take them out.';
  const who = user.profile?.display_name || user.real_name || user.name || userId;
  const because = (reason: string) => `${who} ${reason}. Take them out.`;
  if (user.deleted) return because('has been deactivated in Slack');
  if (user.is_bot) return because('is an app, and only people can hold a role');
  if (user.is_restricted || user.is_ultra_restricted) return because('is a guest, and guests cannot hold a role');
  const home = [user.team_id, user.enterprise_user?.enterprise_id];
  if (user.is_stranger || !home.includes(accountId)) return because('belongs to another workspace');
  return undefined;
}

/** Why messages cannot be posted in this channel, with what to do; undefined when they can. */
export async function problemWithChannel(client: WebClient, channelId: string): Promise<string | undefined> {
  const channel = await client.conversations.info({ channel: channelId }).then(
    (answer) => answer.channel,
    // A private channel without the bot does not exist for it.
    (error: unknown) => unlessRefused(error, /^channel_not_found$/),
  );
  const name = channel?.name ? `#${channel.name}` : 'this channel';
  if (!channel?.is_member) return `Invite @countersign to ${name} with /invite, then save again.`;
  if (channel.is_archived) return `${name} is archived. Choose another channel.`;
  if (channel.is_ext_shared) return `${name} is shared with another company. Choose a channel of your own.`;
  return undefined;
}

/** Slack's "there is no such thing" as undefined; whatever else Slack says goes on, and silence gets a sentence. */
function unlessRefused(error: unknown, codes: RegExp): undefined {
  if (!(error instanceof WebAPIPlatformError)) throw slackTooSlow(error);
  if (codes.test(error.data.error)) return undefined;
  throw error;
}

export function slackTooSlow(cause?: unknown): CountersignError {
  return new CountersignError('slack_unavailable', {
    userMessage: 'Slack did not answer in time, nothing was changed. Save again.',
    cause,
  });
}
