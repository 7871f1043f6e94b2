import type { WebClient } from '@slack/web-api';
import { CountersignError } from '../../core/errors.ts';
import { slackFailure } from './slack.ts';

/** A file takes longer than a call. */
export const UPLOAD_TIMEOUT_MS = 60_000;

/**
 * Shares a file with one person, in their direct messages. Slack keeps it like any other: nothing secret goes this way.
 * @throws CountersignError `slack_refused` when Slack will not have it, with what to do about it; `slack_unavailable`
 *   when it may be tried again. Slack knows no idempotency key: a file whose answer was lost may come twice.
 */
export type SendFile = (userId: string, file: { name: string; title: string; content: Buffer }) => Promise<void>;

/** @param client one whose calls may take `UPLOAD_TIMEOUT_MS`. */
export function makeSendFile(client: WebClient): SendFile {
  return async (userId, { name, title, content }) => {
    try {
      const opened = await client.conversations.open({ users: userId });
      const channel_id = opened.channel?.id as string;
      await client.filesUploadV2({ channel_id, file: content, filename: name, title });
    } catch (error) {
      const failure = slackFailure(error);
      if (failure.kind !== 'refused') throw new CountersignError('slack_unavailable', { cause: error });
      throw new CountersignError('slack_refused', {
        userMessage: REFUSALS[failure.code] ?? `Slack refused the file (\`${failure.code}\`).`,
        details: { slackCode: failure.code },
        cause: error,
      });
    }
  };
}

const REFUSALS: Readonly<Record<string, string>> = {
  missing_scope:
    'The Slack app may not send files yet. Whoever runs Countersign adds the scope `files:write` and installs the app again.',
  file_uploads_disabled: 'This workspace does not allow files. An administrator of Slack can change that.',
  file_upload_size_restricted: 'This workspace does not allow files of this size.',
};
