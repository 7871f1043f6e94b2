import { Queue } from 'bullmq';
import type { Logger } from '../logger.ts';
import { connectRedis } from './redis.ts';

/** The queues: one for what people asked for, one for the messages about it. */
export const REQUEST_QUEUE = 'requests';
export const MESSAGE_QUEUE = 'messages';

/**
 * Tells the workers that there is work. The database already holds it, so an announcement is a hint: it carries the
 * row's id and nothing else, is never waited for, and may be lost (the reconciler repeats it) or repeated (a job id
 * that is still queued is the same job).
 */
export type Announce = {
  request(request: { id: string; kind: string }): void;
  message(id: string): void;
};

export type AnnouncingQueue = Announce & { close(): Promise<void> };

/**
 * The only producer of jobs. While Redis is away nothing is announced and nobody waits: a command on a connection that
 * is not ready fails at once, and BullMQ is not even asked, since it would wait for ever.
 */
export function makeQueue(redisUrl: string, logger: Logger): AnnouncingQueue {
  const redis = connectRedis(redisUrl);
  // Without a listener a lost connection would end the process; it reconnects by itself.
  redis.on('error', (error) => logger.debug({ error }, 'redis connection'));
  const options = {
    connection: redis,
    // A finished job must not block the next announcement of the same row; the database keeps the history.
    defaultJobOptions: { removeOnComplete: true, removeOnFail: true, attempts: 1 },
  };
  const requests = new Queue(REQUEST_QUEUE, options);
  const messages = new Queue(MESSAGE_QUEUE, options);
  for (const queue of [requests, messages]) queue.on('error', () => undefined);

  const add = (queue: Queue, name: string, id: string) => {
    if (redis.status !== 'ready') return;
    queue.add(name, {}, { jobId: id }).catch((error: unknown) => {
      logger.debug({ id, queue: queue.name, error }, 'announcement lost, the reconciler will repeat it');
    });
  };
  return {
    request: ({ id, kind }) => add(requests, kind, id),
    message: (id) => add(messages, 'message', id),
    close: async () => {
      // Before it was ever ready, BullMQ's close would wait for it as well.
      if (redis.status === 'ready') await Promise.allSettled([requests.close(), messages.close()]);
      redis.disconnect();
    },
  };
}
