import type { JobDeps } from '../deps.ts';
import { remindOfAuthorities, remindOfCustomCas } from './remind-channel.ts';
import { remindOwners } from './remind-owners.ts';

const ACCOUNTS_AT_ONCE = 100;

/**
 * Reminds of everything that ends soon, in every account. Asks the database what is due and writes down what it told
 * in the same transaction as the message it owes, so that it can run at any time, any number of times, in any number
 * of workers at once: nothing is told twice, and what was missed while no worker ran is made up for.
 */
export async function remindOfEnds(deps: JobDeps): Promise<void> {
  let after = '';
  for (;;) {
    const accounts = await deps.store.accountsAfter(after, ACCOUNTS_AT_ONCE);
    for (const account of accounts) {
      // One account's trouble must not keep the others from being told.
      await remindOwners(deps, account).catch((error: unknown) => failed(deps, account.id, error));
      await remindOfAuthorities(deps, account).catch((error: unknown) => failed(deps, account.id, error));
      await remindOfCustomCas(deps, account).catch((error: unknown) => failed(deps, account.id, error));
    }
    const last = accounts.at(-1);
    if (!last || accounts.length < ACCOUNTS_AT_ONCE) return;
    after = last.id;
  }
}

function failed(deps: JobDeps, account: string, error: unknown): void {
  deps.logger.warn({ account, error }, 'reminders of an account not sent, they are tried again');
}
