import { planRevocation } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { whyNotInUse } from '../../core/revocation/revocable.ts';
import { type Plan, update } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import type { Lease } from '../lease.ts';
import { nextChunk, type Open, TRIES } from './chunk.ts';
import { makeProgress, wakingOnce } from './progress.ts';

export type Allowed = {
  /** Belongs into every step: the account and the approval are still as they were when they were asked. */
  unchanged: Plan;
  /** Belongs into the very first step of the request, and into no other. */
  first: Plan;
  mayRevoke: (ownerId: string) => boolean;
  /** Somebody has decided on it after all of it had been suspended. */
  suspendedBefore: boolean;
};

/**
 * Revokes what is left of the list, some at a time: each certificate and its item in one transaction, so that none is
 * lost and none revoked twice, whenever the worker dies.
 */
export async function revokeAll(
  deps: JobDeps,
  lease: Lease<RequestOf<'revoke_many'>>,
  allowed: Allowed,
): Promise<void> {
  const progress = makeProgress(deps, lease.request);
  let first = allowed.first;
  for (let tries = 0; ; ) {
    const chunk = await nextChunk(deps, lease.request.id, -1);
    if (chunk.length === 0) return;
    const at = deps.clock.now();
    const steps = chunk.flatMap((open) => planItem(lease.request, open, allowed, at));
    const plan = wakingOnce([...allowed.unchanged, ...first, ...steps, ...(await progress())]);
    if ((await lease.commit(plan, { begun: true })) === 'done') {
      tries = 0;
      first = [];
    } else if (++tries === TRIES) throw new CountersignError('overtaken', { details: { table: 'certificates' } });
  }
}

function planItem(request: RequestOf<'revoke_many'>, { item, certificate }: Open, allowed: Allowed, at: Date): Plan {
  const problem = whyLeftOut(request, certificate, allowed, at);
  if (problem !== undefined || !certificate)
    return [update('requestItems', item, { state: 'skipped', note: problem ?? null })];
  const { reason, because, invalidityAt } = request.payload;
  return [
    ...planRevocation(certificate, {
      actorId: request.actorId,
      at,
      requestId: request.id,
      reason,
      why: because,
      invalidityAt: invalidityAt === undefined ? null : new Date(invalidityAt),
      amongMany: true,
    }),
    update('requestItems', item, { state: 'done' }),
  ];
}

/** Why this one is not revoked, as a sentence; undefined when it is. */
function whyLeftOut(
  request: RequestOf<'revoke_many'>,
  certificate: Certificate | undefined,
  { mayRevoke, suspendedBefore }: Allowed,
  at: Date,
): string | undefined {
  if (certificate?.accountId !== request.accountId) return 'There is no such certificate any more.';
  if (!mayRevoke(certificate.ownerId)) return 'This certificate belongs to somebody else.';
  const problem = whyNotInUse(certificate, at);
  if (problem !== undefined) return problem;
  // Somebody has decided since that this one is needed: this request does not overrule them.
  if (suspendedBefore && certificate.state === 'active') return 'It was released after it had been suspended for this.';
  return undefined;
}
