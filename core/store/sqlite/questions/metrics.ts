import { and, asc, count, eq, gt, inArray, isNull, lt } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { MetricQuestions } from '../../questions/metrics.ts';
import {
  authorities,
  crls,
  edgeStates,
  edges,
  messages,
  meters,
  requests,
  snapshots,
  uploadedAuthorities,
} from '../schema.ts';
import { ask } from './ask.ts';

export function metricsIn(db: BetterSQLite3Database): MetricQuestions {
  return {
    meters: () => ask(() => db.select().from(meters).all()),

    countOpenRequests: () =>
      ask(() =>
        db
          .select({ kind: requests.kind, state: requests.state, count: count() })
          .from(requests)
          .where(inArray(requests.state, ['recorded', 'waiting']))
          .groupBy(requests.kind, requests.state)
          .all(),
      ),

    countUnsentMessages: () =>
      ask(() => db.select({ n: count() }).from(messages).where(lt(messages.sent, messages.wanted)).get()?.n ?? 0),

    authorityExpiries: (kind, limit) =>
      ask(() => {
        const table = kind === 'managed' ? authorities : uploadedAuthorities;
        const inUse = kind === 'managed' ? isNull(authorities.retiredAt) : isNull(uploadedAuthorities.deletedAt);
        const row = { id: table.id, accountId: table.accountId, at: table.notAfter };
        return db.select(row).from(table).where(inUse).orderBy(asc(table.notAfter)).limit(limit).all();
      }),

    crlExpiries: (now, limit) =>
      ask(() =>
        db
          .select({ id: crls.id, accountId: crls.accountId, at: crls.nextUpdate })
          .from(crls)
          .innerJoin(authorities, eq(authorities.id, crls.authorityId))
          .where(and(isNull(authorities.retiredAt), gt(authorities.notAfter, now)))
          .orderBy(asc(crls.nextUpdate))
          .limit(limit)
          .all(),
      ),

    edgePlaces: (limit) =>
      ask(() =>
        db
          .select({
            name: edges.name,
            kind: edges.kind,
            accountId: edges.accountId,
            epoch: edgeStates.epoch,
            version: edgeStates.snapshot,
            lastSeenAt: edgeStates.lastSeenAt,
            problems: edgeStates.problems,
            headEpoch: snapshots.epoch,
            headVersion: snapshots.snapshot,
          })
          .from(edges)
          .leftJoin(edgeStates, eq(edgeStates.id, edges.id))
          .leftJoin(snapshots, eq(snapshots.id, edges.accountId))
          .where(eq(edges.state, 'active'))
          .orderBy(asc(edgeStates.lastSeenAt), asc(edges.id))
          .limit(limit)
          .all(),
      ),
  };
}
