import { randomUUID } from 'node:crypto';
import { planHold, planTakeOver } from '../../core/ca/revoke.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { whyNotInUse } from '../../core/revocation/revocable.ts';
import { bold } from '../../core/slack/text.ts';
import { wakeMessage } from '../../core/store/plan.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireCertificate } from './policy.ts';

/**
 * Suspends a certificate at once: an owner or operator needs nobody else for it, because it can be undone. The
 * approval channel sees it. What an API key has suspended becomes theirs: the key cannot release it any more.
 */
export async function carryOutSuspend(deps: JobDeps, request: RequestOf<'suspend'>): Promise<void> {
  const { certificate, unchanged } = await requireCertificate(deps, request, request.payload.certificateId, 'suspend');
  const at = deps.clock.now();
  const problem = whyNotInUse(certificate, at);
  const takesOver = certificate.state === 'held' && certificate.holdOrigin === 'api';
  if (problem !== undefined || (certificate.state === 'held' && !takesOver)) {
    throw new CountersignError('already_exists', {
      userMessage: problem ?? 'This certificate is suspended already. It can be released or revoked for good.',
    });
  }
  const { because } = request.payload;
  const message = `${bold(certificate.name)} for ${certificate.siteName} is suspended. It can be released, or revoked for good.`;
  const { accountId, actorId } = request;
  const committed = await deps.store.commit([
    ...unchanged,
    ...(takesOver ? planTakeOver : planHold)(certificate, { actorId, at, requestId: request.id, because }),
    endRequest(request, 'done', { code: 'suspended', message, certificateId: certificate.id }, at),
    ...planTold(request, at),
    wakeMessage({ id: randomUUID(), accountId, subjectId: request.id, place: 'approval', now: at }),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
