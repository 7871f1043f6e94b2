import { and, asc, desc, eq, gt, gte, inArray, isNotNull, lt, min, ne, or, type SQL, sql, sum } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { EdgeQuestions } from '../../questions/edges.ts';
import { accounts, edgeAcks, edgeStates, edges, hostUsage } from '../schema.ts';
import { ask } from './ask.ts';

const place = sql<number>`${edgeAcks}.rowid`;
const present = ne(edges.state, 'removed');
const uses = {
  hostname: hostUsage.hostname,
  verified: sum(hostUsage.verified).mapWith(Number),
  unverified: sum(hostUsage.unverified).mapWith(Number),
  blocked: sum(hostUsage.blocked).mapWith(Number),
};

export function edgesIn(db: BetterSQLite3Database): EdgeQuestions {
  const one = (where: SQL | undefined) => ask(() => db.select().from(edges).where(where).get());

  return {
    edge: (id) => one(eq(edges.id, id)),
    edges: (accountId) =>
      ask(() =>
        db
          .select()
          .from(edges)
          .where(and(eq(edges.accountId, accountId), present))
          .orderBy(asc(edges.name))
          .all(),
      ),
    edgeByName: (accountId, name) => one(and(eq(edges.accountId, accountId), eq(edges.name, name), present)),
    edgeOfRequest: (requestId) => one(eq(edges.requestId, requestId)),
    edgeCredentials: (ids) =>
      ask(() =>
        db
          .select({ id: edges.id, state: edges.state, credentialHash: edges.credentialHash })
          .from(edges)
          .where(inArray(edges.id, [...ids]))
          .all(),
      ),
    onlyAccount: () =>
      ask(() => {
        const [first, second] = db.select({ id: accounts.id }).from(accounts).limit(2).all();
        return second ? undefined : first?.id;
      }),
    accountsWithEdges: () =>
      ask(() =>
        db
          .selectDistinct({ id: edges.accountId })
          .from(edges)
          .where(present)
          .all()
          .map(({ id }) => id),
      ),
    edgeStates: (accountId) => ask(() => db.select().from(edgeStates).where(eq(edgeStates.accountId, accountId)).all()),
    edgeProofs: (limit) =>
      ask(() => db.select().from(edgeStates).where(isNotNull(edgeStates.proof)).limit(limit).all()),
    edgeAcksAfter: (after, limit) =>
      ask(() =>
        db
          .select({
            place,
            accountId: edgeAcks.accountId,
            edgeId: edgeAcks.edgeId,
            epoch: edgeAcks.epoch,
            snapshot: edgeAcks.snapshot,
          })
          .from(edgeAcks)
          .where(gt(place, after))
          .orderBy(asc(place))
          .limit(limit)
          .all(),
      ),
    edgeAckPlace: (since) =>
      ask(() => {
        const first = db
          .select({ n: min(place) })
          .from(edgeAcks)
          .where(gte(edgeAcks.receivedAt, since))
          .get()?.n;
        if (first != null) return Number(first) - 1;
        return db.select({ n: sql<number | null>`max(rowid)` }).from(edgeAcks).get()?.n ?? 0;
      }),
    firstAcks: (accountId, epoch, snapshot) =>
      ask(() =>
        db
          .select({ edgeId: edgeAcks.edgeId, receivedAt: min(edgeAcks.receivedAt) })
          .from(edgeAcks)
          .innerJoin(edges, eq(edges.id, edgeAcks.edgeId))
          .where(
            and(
              eq(edges.accountId, accountId),
              present,
              sql`(${edgeAcks.epoch}, ${edgeAcks.snapshot}) >= (${epoch}, ${snapshot})`,
            ),
          )
          .groupBy(edgeAcks.edgeId)
          .all()
          .map((row) => ({ ...row, receivedAt: row.receivedAt as Date })),
      ),
    ackBefore: (edgeId, epoch, snapshot) =>
      ask(() =>
        db
          .select({ epoch: edgeAcks.epoch, snapshot: edgeAcks.snapshot })
          .from(edgeAcks)
          .where(
            and(
              eq(edgeAcks.edgeId, edgeId),
              or(lt(edgeAcks.epoch, epoch), and(eq(edgeAcks.epoch, epoch), lt(edgeAcks.snapshot, snapshot))),
            ),
          )
          .orderBy(desc(edgeAcks.epoch), desc(edgeAcks.snapshot))
          .limit(1)
          .get(),
      ),
    hostUses: (accountId, hostnames, since) =>
      ask(() =>
        db
          .select(uses)
          .from(hostUsage)
          .where(
            and(
              eq(hostUsage.accountId, accountId),
              inArray(hostUsage.hostname, [...hostnames]),
              gt(hostUsage.hourAt, since),
            ),
          )
          .groupBy(hostUsage.hostname)
          .all(),
      ),
    hostUsesBelow: (accountId, domain, since, limit) =>
      ask(() =>
        db
          .select(uses)
          .from(hostUsage)
          .where(
            and(
              eq(hostUsage.accountId, accountId),
              gt(hostUsage.hourAt, since),
              sql`(${hostUsage.hostname} = ${domain} or substr(${hostUsage.hostname}, -${domain.length + 1}) = ${`.${domain}`})`,
            ),
          )
          .groupBy(hostUsage.hostname)
          .orderBy(sql`sum(${hostUsage.verified} + ${hostUsage.unverified}) desc`, asc(hostUsage.hostname))
          .limit(limit)
          .all(),
      ),
  };
}
