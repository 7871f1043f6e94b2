import { randomUUID } from 'node:crypto';
import { signDueCheckpoints } from '../core/audit/anchoring.ts';
import { sequenceEvents } from '../core/audit/sequence.ts';
import { USAGE_KEPT_MS } from '../core/inventory/sightings.ts';
import type { Announce } from '../core/requests/queue.ts';
import { wakeMessage } from '../core/store/plan.ts';
import { settleAnswers } from './answers.ts';
import type { JobDeps } from './deps.ts';
import { type Loop, startLoop } from './loop.ts';
import { expireRequest } from './processor.ts';
import { keepResponders } from './publish/responders.ts';
import { settleReveals } from './reveals.ts';

const AT_ONCE = 500;
/** A request to the bot is recognised as a repetition for this long; Slack's signatures are older than five minutes then. */
const DELIVERIES_KEPT_MS = 11 * 60_000;
/** A call to the OpenAPI is dated 15 minutes ahead at most, and let in until 15 minutes after its date. */
const NONCES_KEPT_MS = 31 * 60_000;

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
  await settleAnswers(deps);
  await sequenceEvents(store);
  await signDueCheckpoints(deps);
  for (const id of await store.dueMessages(now, AT_ONCE)) announce.message(id);
  await deps.meters.flush(store);
  await store.sweepSlackDeliveries(new Date(now.getTime() - DELIVERIES_KEPT_MS));
  await store.sweepApiNonces(new Date(now.getTime() - NONCES_KEPT_MS));
  await store.sweepUsage(new Date(now.getTime() - USAGE_KEPT_MS));
  await store.sweepHostUsage(new Date(now.getTime() - USAGE_KEPT_MS));
}

/** Runs `upkeepOnce` every second, and soon after a job has left something to send. */
export function startUpkeep(deps: JobDeps & { announce: Announce }): Loop {
  return startLoop('upkeep', () => upkeepOnce(deps), deps.logger);
}
