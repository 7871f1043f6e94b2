import { randomBytes, randomUUID } from 'node:crypto';
import type { SealingKeys } from '../../core/config/secrets.ts';
import { seal } from '../../core/seal.ts';
import { insert } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { anAgreement } from './rows.ts';

/**
 * An access key as it is after it was shown, with its secret; for all sites and all operations, unless something else
 * is said.
 * @param options `agreed`: somebody has agreed to it. Where nobody has, it does not act alone.
 */
export async function insertAccessKey(
  store: Store,
  keys: SealingKeys,
  { agreed = true, ...set }: Partial<AccessKey> & { agreed?: boolean } = {},
): Promise<{ row: AccessKey; secret: string }> {
  const secret = randomBytes(24).toString('base64url');
  const id = randomUUID();
  const row: AccessKey = {
    id,
    accountId: 'T0ACME',
    name: `key-${id.slice(0, 8)}`,
    accessKeyId: `AK${randomBytes(10).toString('hex')}`,
    sealedSecret: null,
    siteIds: null,
    access: 'write',
    groups: ['sites', 'certificates', 'hostnames', 'authorities', 'rules'],
    mode: 'alone',
    state: 'active',
    requestId: randomUUID(),
    createdBy: 'U0ADA',
    createdAt: new Date(),
    shownAt: new Date(),
    endedAt: null,
    version: 1,
    ...set,
  };
  row.sealedSecret = seal(keys, { purpose: 'access-key', accountId: row.accountId, rowId: row.id }, secret);
  await store.commit([insert('accessKeys', row), ...(agreed ? [insert('approvals', anAgreement(row))] : [])]);
  return { row, secret };
}
