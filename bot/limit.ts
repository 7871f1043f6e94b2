import { CountersignError } from '../core/errors.ts';

/** Slack waits three seconds, counted on its side. What is read before an acknowledgement has this long. */
export const READING_MS = 1_500;
/** A call to Slack that an acknowledgement waits for has this long. */
export const CALLING_MS = 1_800;

/** The value, or the given refusal when it is not there in time. What was begun is left to end by itself. */
export async function within<T>(promise: Promise<T>, limitMs: number, refusal: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(refusal()), limitMs);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Reads before an acknowledgement: a database that does not answer in time is a busy one. */
export function reading<T>(promise: Promise<T>): Promise<T> {
  return within(promise, READING_MS, () => new CountersignError('busy'));
}

/** Calls Slack before an acknowledgement. */
export function calling<T>(promise: Promise<T>): Promise<T> {
  return within(promise, CALLING_MS, () => new CountersignError('slack_unavailable'));
}
