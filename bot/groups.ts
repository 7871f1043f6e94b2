import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { GROUPS_SCOPE, GROUPS_SILENT, NO_MEMBERS } from '../core/access/groups.ts';
import { type Membership, makeMembership } from '../core/access/membership.ts';
import { CountersignError } from '../core/errors.ts';
import { within } from './limit.ts';

/** So long a removed member counts where Slack's event about it went to another process, or was lost. */
const FRESH_MS = 60_000;
/** Whatever the group may do is asked for before an acknowledgement, beside what the act itself needs. */
const ASKING_MS = 1_200;

/**
 * The members of user groups, as the bot needs them: within the time that Slack gives for an answer.
 * @throws CountersignError from `expand`: `slack_unavailable` when Slack does not say in time, `slack_refused` when
 *   the app may not ask.
 */
export function makeGroups(client: WebClient, token: string, nowMs: () => number): Membership {
  const ask = async (usergroup: string): Promise<readonly string[]> => {
    try {
      return (await client.usergroups.users.list({ token, usergroup, include_disabled: false })).users ?? [];
    } catch (error) {
      const code = error instanceof WebAPIPlatformError ? error.data.error : '';
      if (NO_MEMBERS.test(code)) return [];
      if (code === 'missing_scope') {
        throw new CountersignError('slack_refused', { userMessage: GROUPS_SCOPE, cause: error });
      }
      throw silent(error);
    }
  };
  const { expand, forget } = makeMembership(ask, nowMs, FRESH_MS);
  return { forget, expand: (grants) => within(expand(grants), ASKING_MS, silent) };
}

function silent(cause?: unknown): CountersignError {
  return new CountersignError('slack_unavailable', { userMessage: GROUPS_SILENT, cause });
}
