import { DAYS_PER_YEAR, LONG_VALIDITY_DAYS, MAX_DAYS } from './ca/profile.ts';
import { UPLOADED_LIMIT } from './ca/uploaded/limit.ts';
import { REMINDER_DAYS } from './renewal/due.ts';
import { insert } from './store/plan.ts';
import type { Account } from './store/rows.ts';
import type { Store } from './store/store.ts';

/** The account's row, made on first need with the defaults. Safe to call from many workers at once. */
export async function ensureAccount(store: Store, id: string, now: Date): Promise<Account> {
  const known = await store.account(id);
  if (known) return known;
  const row: Account = {
    id,
    auditChannel: null,
    approvalChannel: null,
    defaultValidityDays: DAYS_PER_YEAR,
    maxValidityDays: MAX_DAYS,
    fourEyes: true,
    openGates: [],
    longValidityDays: LONG_VALIDITY_DAYS,
    keyDelivery: 'message',
    reminderDays: REMINDER_DAYS,
    uploadedLimit: UPLOADED_LIMIT,
    createdAt: now,
    version: 1,
  };
  await store.commit([insert('accounts', row)]);
  return (await store.account(id)) ?? row;
}
