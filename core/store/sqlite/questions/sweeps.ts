import { lt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Sweeps } from '../../questions/sweeps.ts';
import { ocspResponders, slackDeliveries } from '../schema.ts';
import { ask } from './ask.ts';

export function sweepsIn(db: BetterSQLite3Database): Sweeps {
  return {
    sweepSlackDeliveries: (before) =>
      ask(() => {
        db.delete(slackDeliveries).where(lt(slackDeliveries.receivedAt, before)).run();
      }),

    sweepOcspResponders: (before) =>
      ask(() => {
        db.delete(ocspResponders).where(lt(ocspResponders.notAfter, before)).run();
      }),
  };
}
