import type { Request } from '../core/store/rows.ts';
import type { Store } from '../core/store/store.ts';

const POLL_MS = 25;
/** A request that ended just in time may be committed a little later. */
const COMMIT_MS = 150;

/**
 * The request once it has ended within `limitMs`, or waits for somebody; undefined when neither has come so soon.
 * @param limitMs how long is waited for it, measured by this process.
 */
export async function waitForAnswer(
  store: Pick<Store, 'request'>,
  request: Request,
  limitMs: number,
): Promise<Request | undefined> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const now = await store.request(request.id);
    if (now && (now.endedAt || now.state === 'waiting')) return now;
    if (performance.now() >= giveUpAt) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * The request once it has ended within `limitMs` of its being recorded, else undefined.
 * @param limitMs measured by the clock of the rows; how long is waited for it is measured by this process.
 */
export async function waitForEnd(
  store: Pick<Store, 'request'>,
  request: Request,
  limitMs: number,
): Promise<Request | undefined> {
  const giveUpAt = performance.now() + limitMs + COMMIT_MS;
  for (;;) {
    const now = await store.request(request.id);
    if (now?.endedAt) {
      return now.endedAt.getTime() - request.createdAt.getTime() <= limitMs ? now : undefined;
    }
    if (performance.now() >= giveUpAt) return undefined;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** What a request's end is told as; the outcome's message is ready mrkdwn. */
export function outcomeText(request: Request): string {
  const message = request.outcome?.['message'];
  if (typeof message === 'string' && message !== '') return message;
  return request.state === 'done'
    ? 'Done.'
    : 'This was not done. Try again; if it happens again, ask an administrator.';
}
