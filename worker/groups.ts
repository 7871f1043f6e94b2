import type { WebClient } from '@slack/web-api';
import { GROUPS_SCOPE, GROUPS_SILENT, NO_MEMBERS } from '../core/access/groups.ts';
import { type Membership, makeMembership } from '../core/access/membership.ts';
import { CountersignError } from '../core/errors.ts';
import { slackFailure } from './delivery/slack.ts';

/**
 * How long an answer counts where things are done. Slack's events about changes reach the bot, not the worker, so this
 * is shorter than there; Slack allows 20 questions a minute (`usergroups.users.list`, Tier 2).
 */
const FRESH_MS = 20_000;

/**
 * The members of user groups, as the worker needs them.
 * @throws CountersignError from `expand`: `slack_unavailable` when Slack does not say, which is retried;
 *   `slack_refused` when the app may not ask.
 */
export function makeGroups(client: WebClient, nowMs: () => number): Membership {
  const ask = async (usergroup: string): Promise<readonly string[]> => {
    try {
      return (await client.usergroups.users.list({ usergroup, include_disabled: false })).users ?? [];
    } catch (error) {
      const failure = slackFailure(error);
      const code = failure.kind === 'refused' ? failure.code : '';
      if (NO_MEMBERS.test(code)) return [];
      if (code === 'missing_scope') {
        throw new CountersignError('slack_refused', { userMessage: GROUPS_SCOPE, cause: error });
      }
      throw new CountersignError('slack_unavailable', { userMessage: GROUPS_SILENT, cause: error });
    }
  };
  return makeMembership(ask, nowMs, FRESH_MS);
}
