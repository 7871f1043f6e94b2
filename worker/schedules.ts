import { Worker } from 'bullmq';
import type { Logger } from '../core/logger.ts';
import { redisConnection } from '../core/requests/redis.ts';
import { keepSchedules, SCHEDULE_QUEUE } from '../core/requests/scheduler.ts';
import type { JobDeps } from './deps.ts';
import { remindOfEnds } from './renewal/remind.ts';
import { retireAuthorities } from './renewal/retire.ts';

const MINUTE_MS = 60_000;

/** What is done again and again, by its name. Each asks the database what is due, so that one run too many is none. */
export type ScheduledJobs = Readonly<Record<string, { everyMs: number; run: () => Promise<void> }>>;

export function scheduledJobs(deps: JobDeps): ScheduledJobs {
  return {
    reminders: { everyMs: 10 * MINUTE_MS, run: () => remindOfEnds(deps) },
    retirements: { everyMs: 10 * MINUTE_MS, run: () => retireAuthorities(deps) },
  };
}

/** Runs the jobs at their times and once now, one at a time; a run that fails is logged, and the next one comes anyway. */
export function startSchedules(
  deps: { redisUrl: string; leaseMs: number; logger: Logger; ensureEveryMs?: number },
  jobs: ScheduledJobs,
): { stop(): Promise<void> } {
  const { redisUrl, leaseMs, logger } = deps;
  const worker = new Worker(SCHEDULE_QUEUE, async (job) => jobs[job.name]?.run(), {
    connection: redisConnection(redisUrl),
    concurrency: 1,
    lockDuration: leaseMs,
    stalledInterval: leaseMs,
  });
  worker.on('error', (error) => logger.debug({ queue: SCHEDULE_QUEUE, error }, 'queue connection'));
  worker.on('failed', (job, error) => logger.error({ name: job?.name, error }, 'scheduled job failed'));
  const schedules = Object.entries(jobs).map(([name, { everyMs }]) => ({ name, everyMs }));
  const kept = keepSchedules(redisUrl, schedules, logger, deps);
  return {
    async stop() {
      await kept.close();
      await worker.close();
    },
  };
}
