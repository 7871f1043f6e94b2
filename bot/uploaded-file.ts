import type { SlackConfig } from '../core/config/config.ts';
import { CountersignError } from '../core/errors.ts';

/** A file as a `file_input` sends it; nothing in it has been checked. */
export type UploadedFile = { id?: string; name?: string; size?: number; url_private_download?: string };

/** The acknowledgement waits for the download, and what was uploaded is small. */
const DOWNLOADING_MS = 1_500;

/**
 * The octets of a file that was uploaded into a form, fetched with the bot's token.
 *
 * 1. The token goes to Slack's files alone: whatever address a payload names, another origin is refused, and no
 *    redirection is followed.
 * 2. Not more than `most` octets are read, whatever size was announced.
 * @param most octets; `tooLong` is said beyond them.
 * @throws CountersignError `invalid_input` when it is too long or not Slack's, `slack_refused` when the app may not read
 *   it, `slack_unavailable` when Slack does not hand it over in time.
 */
export async function downloadFile(
  slack: Pick<SlackConfig, 'apiUrl' | 'botToken'>,
  file: UploadedFile,
  most: number,
  tooLong: string,
): Promise<Uint8Array> {
  const url = file.url_private_download ?? '';
  if (!URL.canParse(url) || new URL(url).origin !== filesOrigin(slack.apiUrl)) {
    throw new CountersignError('invalid_input', {
      userMessage: 'This file is not one that was uploaded to Slack here.',
    });
  }
  if ((file.size ?? 0) > most) throw new CountersignError('invalid_input', { userMessage: tooLong });
  try {
    const answer = await fetch(url, {
      headers: { authorization: `Bearer ${slack.botToken}` },
      redirect: 'manual',
      signal: AbortSignal.timeout(DOWNLOADING_MS),
    });
    const octets = await readAnswer(answer, most);
    if (octets === undefined) throw new CountersignError('invalid_input', { userMessage: tooLong });
    return octets;
  } catch (error) {
    if (error instanceof CountersignError) throw error;
    throw unavailable(error);
  }
}

/**
 * Slack keeps files at `files.` before the host of its Web API (also for government: `slack-gov.com`); everything else
 * that a `SLACK_API_URL` may name, such as the sandbox, at the API's own origin.
 */
export function filesOrigin(apiUrl: string): string {
  const { origin, protocol, hostname } = new URL(apiUrl);
  return protocol === 'https:' && /^(www\.)?slack(-gov)?\.com$/.test(hostname)
    ? `https://files.${hostname.replace(/^www\./, '')}`
    : origin;
}

/** @returns undefined when there is more than `most`. */
async function readAnswer(answer: Response, most: number): Promise<Uint8Array | undefined> {
  const type = answer.headers.get('content-type') ?? '';
  const { status, body } = answer;
  const refused = (status >= 300 && status < 400) || status === 401 || status === 403 || /^text\/html\b/i.test(type);
  if (refused || status >= 400 || body === null) {
    await body?.cancel();
    // Slack sends whoever may not read a file to its login page.
    if (refused) throw new CountersignError('slack_refused', { userMessage: MAY_NOT_READ, details: { status } });
    throw unavailable(new Error(`status ${status}`));
  }
  const chunks: Uint8Array[] = [];
  let octets = 0;
  // Leaving the loop early cancels the rest of the answer.
  for await (const chunk of body) {
    octets += chunk.length;
    if (octets > most) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const MAY_NOT_READ =
  'Slack did not let Countersign read this file: the Slack app lacks the scope `files:read`. Paste the text instead, and tell whoever runs Countersign.';

function unavailable(cause: unknown): CountersignError {
  return new CountersignError('slack_unavailable', {
    userMessage:
      'Slack did not hand over the file in time, and nothing was recorded. Try again, or paste the text instead.',
    cause,
  });
}
