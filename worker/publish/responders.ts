import { planResponder } from '../../core/ca/ocsp/make-responder.ts';
import { RESPONDER_RENEWAL_MS } from '../../core/ca/profile.ts';
import { asCountersignError } from '../../core/errors.ts';
import type { JobDeps } from '../deps.ts';

/** Each is a key, a signature and a commit; the rest has its turn a second later. */
const AT_ONCE = 20;

/**
 * Every authority in use that has issued has an OCSP responder with half of its life ahead. One that fails holds up no
 * other: it is logged and tried again with the next round.
 */
export async function keepResponders(deps: Pick<JobDeps, 'store' | 'clock' | 'keys' | 'authorities' | 'logger'>) {
  const { store, clock, keys, authorities, logger } = deps;
  const now = clock.now();
  const until = new Date(now.getTime() + RESPONDER_RENEWAL_MS);
  const lacking = await store.authoritiesWithoutResponder(now, until, AT_ONCE);
  for (const authority of lacking) {
    try {
      await store.commit(planResponder(keys, authorities.open(authority), now));
      logger.info({ authority: authority.id }, 'made an OCSP responder');
    } catch (thrown) {
      const error = asCountersignError(thrown);
      if (error.code === 'busy') throw error;
      logger.error({ authority: authority.id, error }, 'no OCSP responder could be made');
    }
  }
  if (lacking.length > 0) await store.sweepOcspResponders(now);
}
