import { randomUUID } from 'node:crypto';
import { signDueCheckpoints } from '../core/audit/anchoring.ts';
import { sequenceEvents } from '../core/audit/sequence.ts';
import { USAGE_KEPT_MS } from '../core/inventory/sightings.ts';
import type { Announce } from '../core/requests/queue.ts';
import { wakeMessage } from '../core/store/plan.ts';
import type { JobDeps } from './deps.ts';
import { expireRequest } from './processor.ts';
import { keepResponders } from './publish/responders.ts';
import { settleReveals } from './reveals.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 500;
/** A request to the bot is recognised as a repetition for this long; Slack's signatures are older than five minutes then. */
const DELIVERIES_KEPT_MS = 11 * 60_000;

/**
 * What the database says is due, whatever Redis remembers: announces what was not announced or has to be tried again,
 * ends what is past its deadline, redraws messages whose buttons have died, renews OCSP responders, puts
 * events into the chain and signs it.
 */
export async function upkeepOnce(deps: JobDeps & { announce: Announce }): Promise<void> {
  const { store, announce } = deps;
  const now = deps.clock.now();
  for (const request of await store.overdueRequests(now, AT_ONCE)) await expireRequest(deps, request);
  for (const id of await store.dueRequests(now, AT_ONCE)) {
    const request = await store.request(id);
    if (request) announce.request(request);
  }
  for (const { accountId, subjectId, place } of await store.staleMessages(now, AT_ONCE)) {
    await store.commit([wakeMessage({ id: randomUUID(), accountId, subjectId, place, now })]);
  }
  await keepResponders(deps);
  await settleReveals(deps);
  await sequenceEvents(store);
  await signDueCheckpoints(deps);
  for (const id of await store.dueMessages(now, AT_ONCE)) announce.message(id);
  await store.sweepSlackDeliveries(new Date(now.getTime() - DELIVERIES_KEPT_MS));
  await store.sweepUsage(new Date(now.getTime() - USAGE_KEPT_MS));
}

export type Upkeep = {
  /** Runs now rather than within a second: called when a job has left something to send. */
  soon(): void;
  /** Ends the loop after the round that is running. */
  stop(): Promise<void>;
};

/** Runs `upkeepOnce` every second, one round at a time; a round that fails is logged and the next one tries again. */
export function startUpkeep(deps: JobDeps & { announce: Announce }): Upkeep {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let again = false;
  let running: Promise<void> | undefined;

  const run = async () => {
    do {
      again = false;
      await upkeepOnce(deps).catch((error: unknown) => deps.logger.warn({ error }, 'upkeep round failed'));
    } while (again && !stopped);
    running = undefined;
    if (!stopped) timer = setTimeout(soon, EVERY_MS);
  };
  const soon = () => {
    if (stopped) return;
    clearTimeout(timer);
    again = true;
    running ??= run();
  };
  soon();
  return {
    soon,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
