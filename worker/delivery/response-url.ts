import type { SlackMessage } from '../../core/slack/blocks.ts';
import { isNotConnected, SLACK_TIMEOUT_MS } from './slack.ts';

/**
 * What came of an answer through a response_url. `shown`: Slack said 200. `not_shown`: certainly not displayed.
 * `unclear`: it may have been.
 */
export type Answered = { result: 'shown' } | { result: 'not_shown' | 'unclear'; code: string };

/** Posts an ephemeral message through a response_url, once or not at all. */
export type AnswerThrough = (responseUrl: string, message: SlackMessage) => Promise<Answered>;

/** How long a refusal that will pass (rate limit, no connection) is waited out while the key is in memory. */
const PATIENCE_MS = 15_000;

/**
 * @param apiUrl where Slack is: response_urls are accepted on its own origin (the sandbox) and on hooks.slack.com,
 *   so that no payload can make the worker send a key anywhere else.
 */
export function makeAnswerThrough(apiUrl: string, patienceMs: number = PATIENCE_MS): AnswerThrough {
  const ownOrigin = new URL(apiUrl).origin;
  return async (responseUrl, message) => {
    if (!isSlacks(responseUrl, ownOrigin)) return { result: 'not_shown', code: 'foreign_response_url' };
    const body = JSON.stringify({ response_type: 'ephemeral', replace_original: false, ...message });
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const answered = await post(responseUrl, body);
      const pauseMs = answered.result === 'not_shown' ? answered.pauseMs : undefined;
      if (pauseMs === undefined || Date.now() + pauseMs > giveUpAt) return answered;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  };
}

type Attempt =
  | { result: 'shown' }
  | { result: 'not_shown'; code: string; pauseMs?: number }
  | { result: 'unclear'; code: string };

async function post(url: string, body: string): Promise<Attempt> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(SLACK_TIMEOUT_MS),
    });
    // Reading on is not needed: 200 is Slack's word that it has taken the message.
    await response.body?.cancel();
    if (response.status === 200) return { result: 'shown' };
    const code = `http_${response.status}`;
    if (response.status === 429) {
      return { result: 'not_shown', code, pauseMs: 1000 * (Number(response.headers.get('retry-after')) || 1) };
    }
    return response.status < 500 ? { result: 'not_shown', code } : { result: 'unclear', code };
  } catch (error) {
    if (isNotConnected(error)) return { result: 'not_shown', code: 'not_connected', pauseMs: 500 };
    return { result: 'unclear', code: 'no_answer' };
  }
}

function isSlacks(responseUrl: string, ownOrigin: string): boolean {
  if (!URL.canParse(responseUrl)) return false;
  const { origin } = new URL(responseUrl);
  return origin === 'https://hooks.slack.com' || origin === ownOrigin;
}
