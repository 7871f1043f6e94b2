import * as events from '../core/audit/events.ts';
import { planRevocation } from '../core/ca/revoke.ts';
import { insert, type Plan, remove, update } from '../core/store/plan.ts';
import type { OwedAnswer } from '../core/store/questions/answers.ts';
import type { Certificate } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';

/** A client has the answer to its call by then, or has gone. */
export const ANSWERED_WITHIN_MS = 60_000;
const AT_ONCE = 100;
const KEPT_MS = 60 * 60_000;

/** Goes into the transaction that stores a certificate for a call: its answer is owed from now on. */
export function planOwedAnswer({ id, accountId, requestId }: Certificate, at: Date): Plan {
  return [insert('owedAnswers', { id, accountId, requestId, dueAt: new Date(at.getTime() + ANSWERED_WITHIN_MS) })];
}

/**
 * Follows what became of the answers to calls that issue: one that was written to its end was shown; a certificate
 * whose answer nobody has got is revoked, since nobody can use it and nobody knows of it.
 */
export async function settleAnswers(deps: JobDeps): Promise<void> {
  const now = deps.clock.now();
  const settle = async (owed: OwedAnswer) => {
    const certificate = await deps.store.certificate(owed.id);
    const settled = certificate ? planSettled(certificate, owed, now) : [];
    // Whoever was faster has settled it, or changed the certificate: the next round looks again.
    await deps.store.commit([
      ...settled,
      remove('owedAnswers', owed.id),
      ...(owed.writtenAt === null ? [] : [remove('writtenAnswers', owed.requestId)]),
    ]);
  };
  // All at once, so that they share a transaction.
  await Promise.all((await deps.store.owedAnswers(now, AT_ONCE)).map(settle));
  await deps.store.sweepWrittenAnswers(new Date(now.getTime() - KEPT_MS));
}

function planSettled(certificate: Certificate, { writtenAt }: OwedAnswer, now: Date): Plan {
  const { accountId, ownerId } = certificate;
  if (writtenAt !== null) {
    const who = { accountId, actorId: ownerId, at: writtenAt };
    return [update('certificates', certificate, { shownAt: writtenAt }), ...events.certificateShown(who, certificate)];
  }
  if (certificate.state !== 'active' && certificate.state !== 'held') return [];
  const why = 'the answer to the call that asked for it did not reach the client';
  return planRevocation(certificate, { actorId: ownerId, at: now, requestId: null, reason: 'superseded', why });
}
