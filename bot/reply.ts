import { RespondError } from '@slack/bolt';
import {
  SlackError,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { asCountersignError, CountersignError, type ErrorKind } from '../core/errors.ts';
import { type SlackMessage, section } from '../core/slack/blocks.ts';
import { code } from '../core/slack/text.ts';

/** The only place in the bot that turns an error into words. */
export type Reply = {
  /** A sentence or two of mrkdwn, safe to show. */
  text: string;
  /** Names the log line of a failure of ours; undefined for everything that is a plain answer. */
  incident: string | undefined;
  error: CountersignError;
};

/** Whether the error's own words are shown, or only the number of an incident. */
const SHOWN: Readonly<Record<ErrorKind, boolean>> = {
  invalid_input: true,
  not_authorized: true,
  not_found: true,
  conflict: true,
  precondition: true,
  rate_limited: true,
  upstream: true,
  internal: false,
};

/** @param incident makes the name of an incident; used only where one is told. */
export function describe(thrown: unknown, incident: () => string): Reply {
  const error = fromSlack(thrown) ?? asCountersignError(thrown);
  if (SHOWN[error.kind]) return { text: error.userMessage, incident: undefined, error };
  const name = incident();
  return {
    text: `Something went wrong on our side. Try again; if it happens again, tell whoever runs Countersign about incident ${code(name)}.`,
    incident: name,
    error,
  };
}

/** An answer that only the person sees. */
export function replyMessage(text: string): SlackMessage {
  return { text, blocks: [section(text)] };
}

/** Errors beside the fields of a modal, which shows plain text only. */
export function replyFieldErrors(errors: ReadonlyMap<string, CountersignError>): Record<string, string> {
  return Object.fromEntries([...errors].map(([blockId, error]) => [blockId, plainText(error.userMessage)]));
}

/** mrkdwn as plain text: code without its marks, characters unescaped, mentions left out with their brackets. */
export function plainText(mrkdwn: string): string {
  return (
    mrkdwn
      .replace(/ \((?:<@\w+>(?:, )?)+\)/g, '')
      .replace(/<@\w+>/g, 'this person')
      .replace(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, '$1')
      .split('`')
      // Within code an asterisk is one: `*.example.com`.
      .map((part, place) => (place % 2 === 1 ? part : part.replaceAll('*', '')))
      .join('')
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&amp;', '&')
  );
}

const EXPIRED = /^(expired|exchanged|invalid)_trigger_id$/;

function fromSlack(error: unknown): CountersignError | undefined {
  if (error instanceof WebAPIRateLimitedError) return new CountersignError('rate_limited', { cause: error });
  if (error instanceof WebAPIRequestError || error instanceof WebAPIHTTPError || error instanceof RespondError) {
    return new CountersignError('slack_unavailable', {
      userMessage: 'Slack did not answer in time. Try again in a moment.',
      cause: error,
    });
  }
  if (error instanceof WebAPIPlatformError) {
    const slackCode = error.data.error;
    const userMessage = EXPIRED.test(slackCode)
      ? 'That took longer than Slack allows. Try again.'
      : `Slack refused this (${code(slackCode)}). Tell whoever runs Countersign if it happens again.`;
    return new CountersignError('slack_refused', { userMessage, details: { slackCode }, cause: error });
  }
  return error instanceof SlackError ? new CountersignError('slack_unavailable', { cause: error }) : undefined;
}
