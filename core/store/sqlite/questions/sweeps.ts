import { and, asc, eq, inArray, lt, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Sweeps } from '../../questions/sweeps.ts';
import {
  apiNonces,
  crlChunks,
  crlLeftovers,
  edgeAcks,
  hostUsage,
  ocspResponders,
  revealOpenings,
  reveals,
  slackDeliveries,
  snapshotChunks,
  snapshotDeltas,
  snapshotLeftovers,
  snapshots,
  usage,
  writtenAnswers,
} from '../schema.ts';
import { ask } from './ask.ts';

/** Of 256 KiB each: so many go in a few milliseconds. */
const CHUNKS_AT_ONCE = 16;
/** Of some ten KiB each. */
const BUCKETS_AT_ONCE = 64;
const ROWS_AT_ONCE = 1_000;

export function sweepsIn(db: BetterSQLite3Database): Sweeps {
  return {
    sweepSlackDeliveries: (before) =>
      ask(() => {
        db.delete(slackDeliveries).where(lt(slackDeliveries.receivedAt, before)).run();
      }),

    sweepApiNonces: (before) =>
      ask(() => {
        const old = lt(apiNonces.receivedAt, before);
        const some = db.select({ id: apiNonces.id }).from(apiNonces).where(old).limit(ROWS_AT_ONCE);
        db.delete(apiNonces).where(inArray(apiNonces.id, some)).run();
      }),

    sweepWrittenAnswers: (before) =>
      ask(() => {
        db.delete(writtenAnswers).where(lt(writtenAnswers.writtenAt, before)).run();
      }),

    sweepOcspResponders: (before) =>
      ask(() => {
        db.delete(ocspResponders).where(lt(ocspResponders.notAfter, before)).run();
      }),

    sweepCrlChunks: (before) =>
      ask(() =>
        db.transaction(
          (tx) => {
            const [leftover] = tx
              .select()
              .from(crlLeftovers)
              .where(lt(crlLeftovers.since, before))
              .orderBy(asc(crlLeftovers.since))
              .limit(1)
              .all();
            if (!leftover) return false;
            const some = tx
              .select({ id: crlChunks.id })
              .from(crlChunks)
              .where(eq(crlChunks.contentId, leftover.id))
              .limit(CHUNKS_AT_ONCE)
              .all()
              .map(({ id }) => id);
            tx.delete(crlChunks).where(inArray(crlChunks.id, some)).run();
            if (some.length < CHUNKS_AT_ONCE) tx.delete(crlLeftovers).where(eq(crlLeftovers.id, leftover.id)).run();
            return true;
          },
          { behavior: 'immediate' },
        ),
      ),

    sweepReveals: (before) =>
      ask(() => {
        db.delete(reveals).where(lt(reveals.createdAt, before)).run();
        db.delete(revealOpenings).where(lt(revealOpenings.openedAt, before)).run();
      }),

    sweepUsage: (before) =>
      ask(() => {
        const some = db.select({ id: usage.id }).from(usage).where(lt(usage.hourAt, before)).limit(ROWS_AT_ONCE);
        db.delete(usage).where(inArray(usage.id, some)).run();
      }),

    sweepSnapshotChunks: (before) =>
      ask(() =>
        db.transaction(
          (tx) => {
            const [leftover] = tx
              .select()
              .from(snapshotLeftovers)
              .where(lt(snapshotLeftovers.since, before))
              .orderBy(asc(snapshotLeftovers.since))
              .limit(1)
              .all();
            if (!leftover) return false;
            const some = tx
              .select({ id: snapshotChunks.id })
              .from(snapshotChunks)
              .where(eq(snapshotChunks.contentId, leftover.id))
              .limit(BUCKETS_AT_ONCE)
              .all()
              .map(({ id }) => id);
            tx.delete(snapshotChunks).where(inArray(snapshotChunks.id, some)).run();
            if (some.length < BUCKETS_AT_ONCE) {
              tx.delete(snapshotLeftovers).where(eq(snapshotLeftovers.id, leftover.id)).run();
            }
            return true;
          },
          { behavior: 'immediate' },
        ),
      ),

    sweepSnapshotDeltas: (before) =>
      ask(() => {
        // The base itself stays: an edge that has it goes on from there.
        const some = db
          .select({ id: snapshotDeltas.id })
          .from(snapshotDeltas)
          .innerJoin(snapshots, eq(snapshots.id, snapshotDeltas.accountId))
          .where(
            and(
              lt(snapshotDeltas.createdAt, before),
              sql`(${snapshotDeltas.epoch}, ${snapshotDeltas.snapshot}) < (${snapshots.baseEpoch}, ${snapshots.baseSnapshot})`,
            ),
          )
          .limit(ROWS_AT_ONCE)
          .all()
          .map(({ id }) => id);
        if (some.length > 0) db.delete(snapshotDeltas).where(inArray(snapshotDeltas.id, some)).run();
        const acks = db
          .select({ id: edgeAcks.id })
          .from(edgeAcks)
          .where(lt(edgeAcks.receivedAt, before))
          .limit(ROWS_AT_ONCE);
        db.delete(edgeAcks).where(inArray(edgeAcks.id, acks)).run();
      }),

    sweepHostUsage: (before) =>
      ask(() => {
        const some = db
          .select({ id: hostUsage.id })
          .from(hostUsage)
          .where(lt(hostUsage.hourAt, before))
          .limit(ROWS_AT_ONCE);
        db.delete(hostUsage).where(inArray(hostUsage.id, some)).run();
      }),
  };
}
