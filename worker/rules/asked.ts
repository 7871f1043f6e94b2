import { canonicalJson } from '../../core/canonical-json.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Request } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';

/** As many open requests of one asker as are looked through. */
const OPEN_LOOKED_AT = 200;

/**
 * One question is asked once, so that nobody fills the approval channel by asking the same again.
 * @throws CountersignError `already_exists`, saying what to do.
 */
export async function refuseSameQuestion(
  deps: JobDeps,
  request: Pick<Request, 'id' | 'accountId' | 'actorId' | 'kind' | 'payload'>,
): Promise<void> {
  const asked = canonicalJson(request.payload);
  const open = await deps.store.openRequestsOf(request.accountId, request.actorId, OPEN_LOOKED_AT);
  const same = open.some(
    (other) =>
      other.id !== request.id &&
      other.kind === request.kind &&
      other.state === 'waiting' &&
      canonicalJson(other.payload) === asked,
  );
  if (!same) return;
  throw new CountersignError('already_exists', {
    userMessage:
      'You have asked for exactly this already, and somebody else has not decided yet. Withdraw the first request to ask again.',
  });
}
