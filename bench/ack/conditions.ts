import { countWaiting, saturate } from './backlog.ts';
import type { SlowRedis } from './slow-redis.ts';
import type { Workload } from './workload.ts';

/** What is the matter while people work. */
export type Condition = {
  name: string;
  impose(workload: Workload, redis: SlowRedis | undefined): Promise<void> | void;
  /** Afterwards: what is worth telling of it. */
  tell?(workload: Workload): Promise<string>;
  /** What must be put right, so that everything can end. */
  lift?(workload: Workload): void;
  /** Redis is reached through something that can hold back what passes. */
  slowRedis?: true;
  /** Opening a form needs Slack: forms to submit are opened before, and few are opened while it lasts. */
  slowSlack?: true;
  /** Opening a form cannot work; the person is told so. */
  opensNothing?: true;
};

export const CONDITIONS: readonly Condition[] = [
  { name: 'nothing else to do', impose: () => undefined },
  {
    name: 'worker saturated',
    impose: saturate,
    tell: async ({ stack }) => {
      const waiting = await countWaiting(stack);
      if (waiting < 100) throw new Error(`the worker was not saturated to the end: ${waiting} requests waited`);
      return `${waiting} requests still waited for the worker at the end`;
    },
  },
  { name: 'worker not running', impose: ({ stack }) => stack.kill('worker') },
  {
    name: 'Redis slow (500 ms each way)',
    slowRedis: true,
    impose: (_workload, redis) => {
      if (redis) redis.delayMs = 500;
    },
  },
  {
    name: 'Redis hanging (stopped by a signal, connections open)',
    impose: ({ stack }) => void process.kill(stack.redis.pid, 'SIGSTOP'),
    lift: ({ stack }) => void process.kill(stack.redis.pid, 'SIGCONT'),
  },
  { name: 'Redis away', impose: ({ stack }) => stack.redis.stop() },
  {
    name: "Slack's Web API slow (1.5 s)",
    slowSlack: true,
    impose: ({ stack }) => void stack.sandbox.faults.add({ method: '*', kind: 'slow', ms: 1_500 }),
  },
  {
    name: "Slack's Web API hanging (10 s)",
    slowSlack: true,
    opensNothing: true,
    impose: ({ stack }) => void stack.sandbox.faults.add({ method: '*', kind: 'slow', ms: 10_000 }),
  },
];
