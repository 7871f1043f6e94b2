import type { AccessKey, Account } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

/**
 * Whether somebody else has agreed to an access key, so that it may act alone where it was made to. An account that asks
 * nobody about keys has agreed to all of them.
 */
export async function isAgreedTo(
  store: Pick<Store, 'approvalOfRequest'>,
  key: Pick<AccessKey, 'requestId'>,
  account: Pick<Account, 'openGates'> | undefined,
): Promise<boolean> {
  if (account?.openGates.includes('key_create')) return true;
  return (await store.approvalOfRequest(key.requestId))?.state === 'approved';
}
