import { CountersignError } from '../../../core/errors.ts';
import { decideRenewal } from '../../../core/renewal/decide.ts';
import type { Store } from '../../../core/store/store.ts';
import { reading } from '../../limit.ts';
import type { Renewal } from './renewal.ts';

/**
 * A certificate that is to be renewed, with the site its successor is for.
 * @throws CountersignError `stale` saying why it cannot be renewed, `no_site` when its site is gone.
 */
export async function loadRenewal(
  store: Store,
  sites: readonly { id: string; name: string }[],
  asking: { renewsId: string; accountId: string; userId: string; now: Date },
): Promise<Renewal> {
  const { renewsId } = asking;
  const [found, successor] = await reading(Promise.all([store.certificate(renewsId), store.successorOf(renewsId)]));
  const decision = decideRenewal(found, successor, asking);
  if (!decision.allowed) throw new CountersignError('stale', { userMessage: decision.because });
  const { certificate } = decision;
  // A site that was removed and added again is another row of the same name.
  const site = sites.find(({ name }) => name === certificate.siteName);
  if (!site) {
    throw new CountersignError('no_site', {
      userMessage: `The site ${certificate.siteName} is not active any more, so its certificates are not renewed.`,
    });
  }
  return { certificate, site, foreign: certificate.ownerId !== asking.userId };
}
