import { Queue } from 'bullmq';
import type { Logger } from '../logger.ts';
import { connectRedis } from './redis.ts';

/** The queue of what is to be done again and again, apart from what people asked for. */
export const SCHEDULE_QUEUE = 'schedules';

export type Schedule = { name: string; everyMs: number };

/** How often it is made sure that Redis still knows the schedules: it may have been emptied without a word. */
const ENSURE_EVERY_MS = 60_000;

/**
 * Keeps these schedules in Redis, and has each run once now. What Redis has forgotten is put back when the connection
 * comes back, and every minute: an upsert of a known schedule changes nothing, one of a forgotten schedule runs it at
 * once. Any number of workers may do this.
 */
export function keepSchedules(
  redisUrl: string,
  schedules: readonly Schedule[],
  logger: Logger,
  options: { ensureEveryMs?: number } = {},
): { close(): Promise<void> } {
  const redis = connectRedis(redisUrl);
  redis.on('error', (error) => logger.debug({ error }, 'redis connection'));
  const forgotten = { removeOnComplete: true, removeOnFail: true };
  const queue = new Queue(SCHEDULE_QUEUE, { connection: redis, defaultJobOptions: forgotten });
  queue.on('error', () => undefined);
  let started = false;

  const ensure = async () => {
    if (redis.status !== 'ready') return;
    for (const { name, everyMs } of schedules) {
      const known = await queue.getJobScheduler(name);
      await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: forgotten });
      // A new schedule runs at once by itself; one that was there already may have hours to go.
      if (known && !started) await queue.add(name, {}, { jobId: `${name}-at-start` });
    }
    started = true;
  };
  const ensureQuietly = () => {
    ensure().catch((error: unknown) => logger.debug({ error }, 'schedules not ensured, tried again in a minute'));
  };
  redis.on('ready', ensureQuietly);
  const timer = setInterval(ensureQuietly, options.ensureEveryMs ?? ENSURE_EVERY_MS);
  return {
    close: async () => {
      clearInterval(timer);
      // Before it was ever ready, BullMQ's close would wait for it as well.
      if (redis.status === 'ready') await queue.close().catch(() => undefined);
      redis.disconnect();
    },
  };
}
