import { expect, insert, type Plan } from './store/plan.ts';
import type { Account } from './store/rows.ts';
import type { Store } from './store/store.ts';

/** One year, as this product counts it (DESIGN section 5). */
export const DEFAULT_VALIDITY_DAYS = 365;
export const MAX_VALIDITY_DAYS = 3650;

/** The account's row, made on first need with the defaults. Safe to call from many workers at once. */
export async function ensureAccount(store: Store, id: string, now: Date): Promise<Account> {
  const known = await store.account(id);
  if (known) return known;
  const row: Account = {
    id,
    auditChannel: null,
    approvalChannel: null,
    defaultValidityDays: DEFAULT_VALIDITY_DAYS,
    maxValidityDays: MAX_VALIDITY_DAYS,
    createdAt: now,
    version: 1,
  };
  await store.commit([insert('accounts', row)]);
  return (await store.account(id)) ?? row;
}

/** What was decided by the account's roles and settings holds only while they are the same. */
export function whileUnchanged(account: Account): Plan {
  return [expect('accounts', account)];
}
