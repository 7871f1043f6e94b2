import { createHash, createHmac } from 'node:crypto';
import type { SealingKeys } from '../../core/config/secrets.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Approval } from '../../core/store/rows.ts';

export const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/**
 * What only a button drawn by the worker for this very content can hold: a MAC that is different for each approval
 * and tells nothing. It is worth nothing once the approval is decided, and is stored nowhere.
 */
export function decisionToken(keys: SealingKeys, approval: Pick<Approval, 'id' | 'contentHash'>): string {
  const key = keys.approval;
  if (key === undefined) throw new CountersignError('internal', { details: { reason: 'no key for approvals' } });
  return createHmac('sha256', key).update(`${approval.id}:${approval.contentHash}`).digest('base64url');
}
