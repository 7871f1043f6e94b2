import { planHold, planTakeOver } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { whyNotInUse } from '../../core/revocation/revocable.ts';
import type { Plan } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';
import type { Lease } from '../lease.ts';
import { nextChunk, TRIES } from './chunk.ts';
import { makeProgress, wakingOnce } from './progress.ts';

/**
 * Suspends all of the list that is not suspended yet, before anybody is asked: it can be undone. A run after a death
 * goes through the list again and finds what is left.
 */
export async function suspendAll(
  deps: JobDeps,
  lease: Lease<RequestOf<'revoke_many'>>,
  unchanged: Plan,
): Promise<void> {
  const { id: requestId, actorId, payload } = lease.request;
  const progress = makeProgress(deps, lease.request);
  for (let [position, tries] = [-1, 0]; ; ) {
    const chunk = await nextChunk(deps, requestId, position);
    const last = chunk.at(-1);
    if (last === undefined) return;
    const at = deps.clock.now();
    const holds = chunk.flatMap(({ certificate }) => {
      if (certificate === undefined || whyNotInUse(certificate, at) !== undefined) return [];
      const hold = { actorId, at, requestId, because: payload.because, amongMany: true };
      if (certificate.state === 'active') return planHold(certificate, hold);
      return certificate.holdOrigin === 'api' ? planTakeOver(certificate, hold) : [];
    });
    const outcome =
      holds.length === 0 ? 'done' : await lease.commit(wakingOnce([...unchanged, ...holds, ...(await progress())]));
    if (outcome === 'done') [position, tries] = [last.item.position, 0];
    else if (++tries === TRIES) throw new CountersignError('overtaken', { details: { table: 'certificates' } });
  }
}
