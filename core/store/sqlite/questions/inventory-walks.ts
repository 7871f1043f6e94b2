import { and, type SQL, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { Position, Restriction, Walk } from '../../questions/inventory.ts';
import { certificates as c } from '../schema.ts';

/**
 * The two queries of the inventory. Which index is walked is said, not left to the planner: with `indexed by`, SQLite
 * refuses a query that cannot use it, and `order by` follows the index, so that there is nothing to sort.
 */
type Route = {
  source: SQL;
  /** Columns that the index is restricted by. */
  along: SQL[];
  /** The columns of its order; undefined where there are only a few. */
  order: { key: SQL<number>; id: SQL | undefined; downwards: boolean } | undefined;
};

const CREATED = sql<Date>`${c.createdAt}`.mapWith(c.createdAt);
/** When the certificate was made, as a column that the name index does not have. */
const CREATED_OF_NAME = sql<Date>`(select created_at from certificates where id = certificate_id)`.mapWith(c.createdAt);

export function reachQuery(
  db: BetterSQLite3Database,
  accountId: string,
  walk: Walk,
  from: Position | undefined,
  entries: number,
) {
  const route = routeOf(accountId, walk);
  const named = walk.along === 'name';
  return db
    .select({
      order: route.order?.key ?? sql<number>`0`,
      id: named ? sql<string>`certificate_id` : sql<string>`${c.id}`,
      createdAt: named ? CREATED_OF_NAME : CREATED,
    })
    .from(named ? sql`certificate_names` : route.source)
    .where(and(...route.along, ...between(route, from, undefined)))
    .orderBy(...orderOf(route))
    .limit(1)
    .offset(entries - 1);
}

export function walkQuery(
  db: BetterSQLite3Database,
  accountId: string,
  walk: Walk,
  stretch: { from: Position | undefined; upTo: Position | undefined; limit: number },
  restriction: Restriction,
) {
  const route = routeOf(accountId, walk);
  return db
    .select({
      order: route.order?.key ?? sql<number>`0`,
      id: sql<string>`${c.id}`,
      ownerId: sql<string>`${c.ownerId}`,
      createdAt: CREATED,
      notAfter: sql<Date>`${c.notAfter}`.mapWith(c.notAfter),
      version: sql<number>`${c.version}`,
    })
    .from(route.source)
    .where(and(...route.along, ...between(route, stretch.from, stretch.upTo), ...restrict(accountId, restriction)))
    .orderBy(...orderOf(route))
    .limit(stretch.limit);
}

const newestFirst = { key: sql<number>`certificates.created_at`, id: sql`certificates.id`, downwards: true };
const indexed = (index: string) => sql`certificates indexed by ${sql.identifier(index)}`;

function routeOf(accountId: string, walk: Walk): Route {
  const ofAccount = sql`${c.accountId} = ${accountId}`;
  switch (walk.along) {
    case 'account':
      return { source: indexed('certificates_all'), along: [ofAccount], order: newestFirst };
    case 'owner': {
      const along = [ofAccount, sql`${c.ownerId} = ${walk.ownerId}`];
      return { source: indexed('certificates_owner'), along, order: newestFirst };
    }
    case 'site': {
      const along = [ofAccount, sql`${c.siteId} = ${walk.siteId}`];
      return { source: indexed('certificates_site'), along, order: newestFirst };
    }
    case 'state': {
      const along = [ofAccount, sql`${c.state} = ${walk.state}`];
      return { source: indexed('certificates_state'), along, order: newestFirst };
    }
    case 'ending': {
      const [from, before] = [walk.from.getTime(), walk.before.getTime()];
      const ends = sql`${c.notAfter} >= ${from} and ${c.notAfter} < ${before}`;
      const order = { ...newestFirst, key: sql<number>`certificates.not_after`, downwards: !walk.upwards };
      // Said literally, because that is how the index is declared to be partial.
      const along = [ofAccount, sql`${c.state} = 'active'`, ends];
      if (walk.ownerId === undefined) return { source: indexed('certificates_ending'), along, order };
      const owned = [...along, sql`${c.ownerId} = ${walk.ownerId}`];
      return { source: indexed('certificates_owner_ending'), along: owned, order };
    }
    case 'name': {
      // A phrase of FTS5: what is between the quotation marks is text, whatever it holds.
      const along = [sql`certificate_names match ${`"${walk.trigram.replaceAll('"', '""')}"`}`];
      // `cross join` keeps the order of the names: they are walked, and each certificate is looked up by its id.
      const source = sql`certificate_names cross join certificates on certificates.id = certificate_names.certificate_id`;
      return { source, along, order: { key: sql`certificate_names.rowid`, id: undefined, downwards: true } };
    }
    case 'serial': {
      const along = [ofAccount, sql`${c.serial} = ${walk.serial}`];
      return { source: indexed('certificates_account_serial'), along, order: undefined };
    }
    case 'fingerprint': {
      const along = [sql`${c.fingerprint} = ${walk.fingerprint}`];
      return { source: indexed('certificates_fingerprint'), along, order: undefined };
    }
    case 'ids':
      return { source: sql`${c}`, along: [anyOf(sql`${c.id}`, walk.ids)], order: undefined };
  }
}

function between({ order }: Route, from: Position | undefined, upTo: Position | undefined): SQL[] {
  if (order === undefined) return [];
  const { key, id, downwards } = order;
  const compare = (operator: SQL, at: Position) =>
    // The names have numbers of their own, which are unique.
    id === undefined ? sql`${key} ${operator} ${at[0]}` : sql`(${key}, ${id}) ${operator} (${at[0]}, ${at[1]})`;
  return [
    ...(from === undefined ? [] : [compare(downwards ? sql`<` : sql`>`, from)]),
    ...(upTo === undefined ? [] : [compare(downwards ? sql`>=` : sql`<=`, upTo)]),
  ];
}

function orderOf({ order }: Route): SQL[] {
  if (order === undefined) return [];
  const direction = order.downwards ? sql`desc` : sql`asc`;
  const columns = order.id === undefined ? [order.key] : [order.key, order.id];
  return columns.map((column) => sql`${column} ${direction}`);
}

/** The plus sign says that no index is to be used for this. */
function restrict(accountId: string, restriction: Restriction): SQL[] {
  const { ownerId, siteId, serial, fingerprint, ids, states, name, createdBefore, endsFrom, endsBefore } = restriction;
  return [
    sql`+${c.accountId} = ${accountId}`,
    anyOf(sql`+${c.state}`, states),
    ...(ownerId === undefined ? [] : [sql`+${c.ownerId} = ${ownerId}`]),
    ...(siteId === undefined ? [] : [sql`+${c.siteId} = ${siteId}`]),
    ...(serial === undefined ? [] : [sql`+${c.serial} = ${serial}`]),
    ...(fingerprint === undefined ? [] : [sql`+${c.fingerprint} = ${fingerprint}`]),
    ...(ids === undefined ? [] : [anyOf(sql`+${c.id}`, ids)]),
    ...(name === undefined ? [] : [sql`instr(fold(${c.name}), ${name}) > 0`]),
    ...(createdBefore === undefined ? [] : [sql`+${c.createdAt} < ${createdBefore.getTime()}`]),
    ...(endsFrom === undefined ? [] : [sql`+${c.notAfter} >= ${endsFrom.getTime()}`]),
    ...(endsBefore === undefined ? [] : [sql`+${c.notAfter} < ${endsBefore.getTime()}`]),
  ];
}

function anyOf(column: SQL, values: readonly string[]): SQL {
  // An empty list means nothing, not everything.
  return values.length === 0
    ? sql`0`
    : sql`${column} in (${sql.join(
        values.map((value) => sql`${value}`),
        sql`, `,
      )})`;
}
