import { CountersignError } from '../../core/errors.ts';
import { decideRenewal } from '../../core/renewal/decide.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { expect, type Plan } from '../../core/store/plan.ts';
import type { Site } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';

/**
 * Whether a certificate may still be renewed, where the request is a renewal: asked in each of its steps, because it
 * may have been suspended, withdrawn or renewed by somebody else since. What this very request has made is no
 * obstacle: a key that did not arrive is made anew.
 * @returns what must still hold when the new certificate is reserved.
 * @throws CountersignError `stale` with what stands against it.
 */
export async function requireRenewable(deps: JobDeps, issue: RequestOf<'issue'>, site: Site): Promise<Plan> {
  const { renewsId, name } = issue.payload;
  if (renewsId === undefined) return [];
  const certificate = await deps.store.certificate(renewsId);
  const successor = await deps.store.successorOf(renewsId);
  const others = successor?.requestId === issue.id ? undefined : successor;
  const asking = { accountId: issue.accountId, now: deps.clock.now() };
  const decision = decideRenewal(certificate, others, asking);
  if (!decision.allowed) throw new CountersignError('stale', { userMessage: decision.because });
  if (decision.certificate.name !== name || decision.certificate.siteName !== site.name) {
    throw new CountersignError('invalid_input', {
      userMessage: 'A renewal has the name and the site of the certificate it replaces. Ask for a new one instead.',
    });
  }
  return [expect('certificates', decision.certificate)];
}
