import { randomUUID } from 'node:crypto';
import type { Clock } from '../../../core/clock.ts';
import { type Write, wakeMessage } from '../../../core/store/plan.ts';
import type { Store } from '../../../core/store/store.ts';

const ACKS_AT_ONCE = 200;
const REQUESTS_OF_ONE = 200;
const WRITES_AT_ONCE = 64;
/** What came in while no worker ran is told as well. */
const SINCE_MS = 2 * 60_000;

/**
 * Wakes the messages of requests whose changes edges have acknowledged since the last time, so that they say how far
 * the world is. Two workers may both do it: a message is drawn from what there is, however often.
 */
export function makeEffectTeller({ store, clock }: { store: Store; clock: Clock }): {
  /** @returns how many messages were woken. */
  round(): Promise<number>;
} {
  let place: number | undefined;
  return {
    async round() {
      place ??= await store.edgeAckPlace(new Date(clock.now().getTime() - SINCE_MS));
      const acks = await store.edgeAcksAfter(place, ACKS_AT_ONCE);
      const requests = new Map<string, string>();
      for (const { accountId, edgeId, epoch, snapshot, place: at } of acks) {
        place = at;
        const before = await store.ackBefore(edgeId, epoch, snapshot);
        const ids = await store.requestsInSnapshots(accountId, before, { epoch, snapshot }, REQUESTS_OF_ONE);
        for (const id of ids) requests.set(id, accountId);
      }
      const wakes = await planWakes(store, requests, clock.now());
      for (let i = 0; i < wakes.length; i += WRITES_AT_ONCE) await store.commit(wakes.slice(i, i + WRITES_AT_ONCE));
      return wakes.length;
    },
  };
}

/** Only messages that are there: whoever was answered where they typed hears no more of it. */
async function planWakes(store: Store, requests: ReadonlyMap<string, string>, now: Date): Promise<Write[]> {
  const wakes: Write[] = [];
  const wake = async (accountId: string, subjectId: string, place: 'requester' | 'approval') => {
    if (!(await store.messageOf(subjectId, place))) return;
    wakes.push(wakeMessage({ id: randomUUID(), accountId, subjectId, place, now }));
  };
  for (const [id, accountId] of requests) {
    await wake(accountId, id, 'requester');
    const approval = await store.approvalOfRequest(id);
    if (approval) await wake(accountId, approval.id, 'approval');
  }
  return wakes;
}
