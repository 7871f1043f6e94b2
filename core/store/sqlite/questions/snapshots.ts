import { and, asc, desc, eq, gt, gte, inArray, isNull, lte, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { POLICY_KINDS, type SnapshotQuestions } from '../../questions/snapshots.ts';
import {
  authorities,
  bindings,
  blocks,
  certificates,
  edges,
  feedKeys,
  requests,
  rules,
  rulesets,
  sites,
  snapshotChunks,
  snapshotDeltas,
  snapshotLeases,
  snapshots,
  statusChanges,
  uploadedAuthorities,
  uploadedCrls,
} from '../schema.ts';
import { ask } from './ask.ts';

const place = sql<number>`${statusChanges}.rowid`;
/** Whoever looks for one account's changes among those of many others looks at so many at a time. */
const LOOKED_AT = 5_000;

/** Rows are never deleted from these, and each change raises a version: the sums only ever grow. */
const POLICY_TABLES = [
  sites,
  bindings,
  authorities,
  uploadedAuthorities,
  uploadedCrls,
  blocks,
  rulesets,
  rules,
] as const;
const marked = (where: SQL) =>
  sql.join(
    POLICY_TABLES.map((table) => sql`select account_id, version from ${table} where ${where}`),
    sql` union all `,
  );

export function snapshotsIn(db: BetterSQLite3Database): Omit<SnapshotQuestions, 'mark'> {
  const markOf = (accountId: string) =>
    db.get<{ mark: string }>(
      sql`select count(*) || '.' || coalesce(sum(version), 0) as mark from (${marked(sql`account_id = ${accountId}`)})`,
    ).mark;

  return {
    snapshot: (accountId) => ask(() => db.select().from(snapshots).where(eq(snapshots.id, accountId)).get()),
    snapshotLease: (accountId) =>
      ask(() => db.select().from(snapshotLeases).where(eq(snapshotLeases.id, accountId)).get()),
    feedKeys: (accountId) =>
      ask(() =>
        db.select().from(feedKeys).where(eq(feedKeys.accountId, accountId)).orderBy(asc(feedKeys.number)).all(),
      ),
    policyMarks: () =>
      ask(() =>
        db.all<{ accountId: string; mark: string }>(
          sql`select account_id as "accountId", count(*) || '.' || sum(version) as mark
              from (${marked(sql`account_id in (select account_id from edges where state <> 'removed')`)})
              group by account_id`,
        ),
      ),
    policyRows: (accountId) =>
      ask(() =>
        db.transaction(() => ({
          mark: markOf(accountId),
          sites: db
            .select({ id: sites.id, name: sites.name, state: sites.state })
            .from(sites)
            .where(eq(sites.accountId, accountId))
            .all(),
          bindings: db.select().from(bindings).where(eq(bindings.accountId, accountId)).all(),
          authorities: db
            .select({ id: authorities.id, generation: authorities.generation, certificate: authorities.certificate })
            .from(authorities)
            .where(and(eq(authorities.accountId, accountId), isNull(authorities.retiredAt)))
            .orderBy(asc(authorities.generation))
            .all(),
          uploaded: db
            .select()
            .from(uploadedAuthorities)
            .where(and(eq(uploadedAuthorities.accountId, accountId), isNull(uploadedAuthorities.deletedAt)))
            .orderBy(asc(uploadedAuthorities.id))
            .all(),
          uploadedCrls: db
            .select({ id: uploadedCrls.id, contentId: uploadedCrls.contentId, octets: uploadedCrls.octets })
            .from(uploadedCrls)
            .where(eq(uploadedCrls.accountId, accountId))
            .all(),
          blocks: db
            .select({ authorityId: blocks.authorityId, kind: blocks.kind, value: blocks.value })
            .from(blocks)
            .where(and(eq(blocks.accountId, accountId), isNull(blocks.liftedAt)))
            .all(),
          rulesets: db
            .select()
            .from(rulesets)
            .where(and(eq(rulesets.accountId, accountId), isNull(rulesets.deletedAt)))
            .orderBy(asc(rulesets.createdAt), asc(rulesets.number))
            .all(),
          rules: db
            .select()
            .from(rules)
            .where(and(eq(rules.accountId, accountId), isNull(rules.deletedAt)))
            .all(),
        })),
      ),
    changedCertificates: (accountId, after, limit) =>
      ask(() => {
        const ofInterest =
          accountId === undefined
            ? sql`${statusChanges.accountId} in (select account_id from ${edges} where state <> 'removed')`
            : eq(statusChanges.accountId, accountId);
        const last = db.select({ n: sql<number | null>`max(rowid)` }).from(statusChanges).get()?.n ?? 0;
        const until = Math.min(last, after + LOOKED_AT);
        const changes = db
          .select({
            place,
            accountId: certificates.accountId,
            authorityId: certificates.authorityId,
            serial: certificates.serial,
            state: certificates.state,
            notAfter: certificates.notAfter,
          })
          .from(statusChanges)
          .innerJoin(certificates, eq(certificates.id, statusChanges.certificateId))
          .where(and(gt(place, after), lte(place, until), ofInterest))
          .orderBy(asc(place))
          .limit(limit)
          .all();
        const full = changes.length === limit;
        return { changes, reached: full ? (changes.at(-1)?.place ?? after) : Math.max(after, until) };
      }),
    revokedSerials: (authorityId, endedBy, after, limit) =>
      ask(() => {
        const rows = db
          .select({
            shard: certificates.shard,
            serial: certificates.serial,
            notAfter: sql<number>`${certificates.notAfter}`,
          })
          .from(certificates)
          .where(
            and(
              eq(certificates.authorityId, authorityId),
              // The words of the index `certificates_listed`, which this walks along without touching a row.
              sql`state in ('held', 'revoked')`,
              after && sql`(${certificates.shard}, ${certificates.serial}) > (${after.shard}, ${after.serial})`,
            ),
          )
          .orderBy(asc(certificates.shard), asc(certificates.serial))
          .limit(limit)
          .values() as [number, string, number][];
        const [shard, serial] = rows.at(-1) ?? [];
        const endedByMs = endedBy.getTime();
        return {
          serials: rows.filter(([, , notAfter]) => notAfter > endedByMs).map(([, one]) => one),
          last: rows.length < limit || shard === undefined || serial === undefined ? undefined : { shard, serial },
        };
      }),
    endedSerials: (authorityId, after, until, limit) =>
      ask(() =>
        db
          .select({ serial: certificates.serial, notAfter: certificates.notAfter })
          .from(certificates)
          .where(
            and(
              eq(certificates.authorityId, authorityId),
              gte(certificates.notAfter, after.notAfter),
              sql`(${certificates.notAfter}, ${certificates.serial}) > (${after.notAfter.getTime()}, ${after.serial})`,
              lte(certificates.notAfter, until),
              sql`+state in ('held', 'revoked')`,
            ),
          )
          .orderBy(asc(certificates.notAfter), asc(certificates.serial))
          .limit(limit)
          .all(),
      ),
    snapshotDelta: (accountId, epoch, snapshot) =>
      ask(() =>
        db
          .select()
          .from(snapshotDeltas)
          .where(eq(snapshotDeltas.id, `${accountId}:${epoch}:${snapshot}`))
          .get(),
      ),
    snapshotLines: (accountId, after, octets) =>
      ask(() => {
        const lines: { epoch: number; snapshot: number; message: string }[] = [];
        let sum = 0;
        let { epoch, snapshot } = after;
        while (sum < octets) {
          const next = db
            .select({ epoch: snapshotDeltas.epoch, snapshot: snapshotDeltas.snapshot, message: snapshotDeltas.message })
            .from(snapshotDeltas)
            .where(
              and(
                eq(snapshotDeltas.accountId, accountId),
                sql`(${snapshotDeltas.epoch}, ${snapshotDeltas.snapshot}) > (${epoch}, ${snapshot})`,
              ),
            )
            .orderBy(asc(snapshotDeltas.epoch), asc(snapshotDeltas.snapshot))
            .limit(1)
            .get();
          if (!next) break;
          lines.push(next);
          sum += next.message.length;
          ({ epoch, snapshot } = next);
        }
        return lines;
      }),
    feedHeads: (accountIds) =>
      ask(() =>
        db
          .select({
            accountId: snapshots.id,
            epoch: snapshots.epoch,
            snapshot: snapshots.snapshot,
            heartbeat: snapshotLeases.heartbeat,
          })
          .from(snapshots)
          .leftJoin(snapshotLeases, eq(snapshotLeases.id, snapshots.id))
          .where(inArray(snapshots.id, [...accountIds]))
          .all(),
      ),
    snapshotChunk: (accountId, hash) =>
      ask(
        () =>
          db
            .select({ octets: snapshotChunks.octets })
            .from(snapshotChunks)
            .where(and(eq(snapshotChunks.accountId, accountId), eq(snapshotChunks.hash, hash)))
            .limit(1)
            .get()?.octets,
      ),
    snapshotOfChange: (certificateId) =>
      ask(() => {
        const change = db
          .select({ place, at: statusChanges.at, accountId: statusChanges.accountId })
          .from(statusChanges)
          .where(eq(statusChanges.certificateId, certificateId))
          .orderBy(desc(place))
          .limit(1)
          .get();
        if (!change) return undefined;
        const delta = db
          .select()
          .from(snapshotDeltas)
          .where(and(eq(snapshotDeltas.accountId, change.accountId), gte(snapshotDeltas.followed, change.place)))
          .orderBy(asc(snapshotDeltas.followed), asc(snapshotDeltas.epoch), asc(snapshotDeltas.snapshot))
          .limit(1)
          .get();
        const head = db
          .select({ followed: snapshots.followed })
          .from(snapshots)
          .where(eq(snapshots.id, change.accountId))
          .get();
        const isFollowed = head !== undefined && head.followed >= change.place;
        return { accountId: change.accountId, changedAt: change.at, isFollowed, delta };
      }),
    snapshotAfter: (accountId, at) =>
      ask(() =>
        db
          .select()
          .from(snapshotDeltas)
          .where(and(eq(snapshotDeltas.accountId, accountId), gt(snapshotDeltas.readAt, at)))
          .orderBy(asc(snapshotDeltas.readAt), asc(snapshotDeltas.epoch), asc(snapshotDeltas.snapshot))
          .limit(1)
          .get(),
      ),
    requestsInSnapshots: (accountId, from, to, limit) =>
      ask(() => {
        const at = ({ epoch, snapshot }: { epoch: number; snapshot: number }) =>
          db
            .select({ followed: snapshotDeltas.followed, readAt: snapshotDeltas.readAt })
            .from(snapshotDeltas)
            .where(eq(snapshotDeltas.id, `${accountId}:${epoch}:${snapshot}`))
            .get();
        const end = at(to);
        // Of an edge that has acknowledged nothing before, what came with this one version.
        const start = (from && at(from)) ?? at({ epoch: to.epoch, snapshot: to.snapshot - 1 });
        if (!end || !start) return [];
        const changed = db
          .selectDistinct({ id: statusChanges.requestId })
          .from(statusChanges)
          .where(and(gt(place, start.followed), lte(place, end.followed), eq(statusChanges.accountId, accountId)))
          .limit(limit)
          .all();
        const ended = db
          .select({ id: requests.id })
          .from(requests)
          .where(
            and(
              eq(requests.accountId, accountId),
              eq(requests.state, 'done'),
              gt(requests.endedAt, start.readAt),
              lte(requests.endedAt, end.readAt),
              inArray(requests.kind, [...POLICY_KINDS]),
            ),
          )
          .limit(limit)
          .all();
        return [...new Set([...changed, ...ended].flatMap(({ id }) => id ?? []))];
      }),
  };
}
