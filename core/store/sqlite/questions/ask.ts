import { isNull, lt, or } from 'drizzle-orm';
import type { SQLiteColumn } from 'drizzle-orm/sqlite-core';
import { CountersignError } from '../../../errors.ts';
import { isBusy } from '../commit.ts';

/** Runs a question or a plan; a database that stays locked is one typed error everywhere. */
export async function ask<T>(question: () => T): Promise<T> {
  try {
    return question();
  } catch (error) {
    throw isBusy(error) ? new CountersignError('busy', { cause: error }) : error;
  }
}

/** Nobody is working on the row, or whoever was has not come back in time. */
export const unleased = (lease: SQLiteColumn, now: Date) => or(isNull(lease), lt(lease, now));
