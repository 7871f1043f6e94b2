import type { TableName, Tables } from './rows.ts';

/**
 * What a use case wants written, as data: decided purely, carried out by `store.commit` in one transaction.
 * A write that changes a row names the version it has seen; if the row has moved on, nothing of the plan happens.
 */
export type Write =
  | {
      [T in TableName]:
        | { op: 'insert'; table: T; row: Tables[T] }
        | { op: 'update'; table: T; id: string; version: number; set: Partial<Tables[T]> }
        | { op: 'expect'; table: T; id: string; version: number }
        | { op: 'delete'; table: T; id: string };
    }[TableName]
  | { op: 'wake'; table: 'messages'; message: Wake }
  | { op: 'raise'; table: 'sightings'; row: Tables['sightings'] }
  | { op: 'raise'; table: 'usage'; row: Tables['usage'] }
  | { op: 'raise'; table: 'accessKeyUses'; row: Tables['accessKeyUses'] }
  | { op: 'raise'; table: 'edgeStates'; row: Tables['edgeStates'] }
  | { op: 'raise'; table: 'edgeAcks'; row: Tables['edgeAcks'] }
  | { op: 'raise'; table: 'hostUsage'; row: Tables['hostUsage'] }
  | { op: 'count'; table: 'meters'; row: Tables['meters'] };

type Wake = { id: string; accountId: string; subjectId: string; place: Tables['messages']['place']; now: Date };

export type Plan = readonly Write[];

/** Tables whose rows carry a version. */
type Versioned = { [T in TableName]: Tables[T] extends { version: number } ? T : never }[TableName];

export function insert<T extends TableName>(table: T, row: Tables[T]): Write {
  return { op: 'insert', table, row } as Write;
}

/** Changes a row that was read before; raises its version. */
export function update<T extends Versioned>(
  table: T,
  seen: { id: string; version: number },
  set: Partial<Omit<Tables[T], 'id' | 'version'>>,
): Write {
  return { op: 'update', table, id: seen.id, version: seen.version, set } as unknown as Write;
}

/** Writes nothing; the plan fails if this row has changed since it was read. */
export function expect<T extends Versioned>(table: T, seen: { id: string; version: number }): Write {
  return { op: 'expect', table, id: seen.id, version: seen.version } as Write;
}

export function remove(
  table:
    | 'accessKeys'
    | 'roles'
    | 'auditPending'
    | 'slackDeliveries'
    | 'requestItems'
    | 'crlLeftovers'
    | 'snapshotLeftovers'
    | 'owedAnswers'
    | 'writtenAnswers',
  id: string,
): Write {
  return { op: 'delete', table, id };
}

/**
 * The message about this subject must be written again: makes the row, or raises `wanted`. Names no version, so that
 * whoever changes the subject never collides with whoever is just sending the message.
 * @param message its `id` is used only when there is no row yet.
 */
export function wakeMessage(message: Wake): Write {
  return { op: 'wake', table: 'messages', message };
}

type Raised = 'sightings' | 'usage' | 'accessKeyUses' | 'edgeStates' | 'edgeAcks' | 'hostUsage';

/**
 * Makes the row, or raises it to what was seen later or counted higher. Names no version: whatever the order in which
 * reports arrive, and however often, the same is on record in the end.
 */
export function raise<T extends Raised>(table: T, row: Tables[T]): Write {
  return { op: 'raise', table, row } as Write;
}

/** Adds to a counter; makes it where there is none. Names no version: additions come in any order. */
export function count(id: string, value: number): Write {
  return { op: 'count', table: 'meters', row: { id, value } };
}

/**
 * What came of a plan. `stale`: a row named in it has changed or is gone. `duplicate`: a row like it exists
 * (`table` says which unique rule). In both cases nothing was written.
 */
export type Committed = { ok: true } | { ok: false; conflict: 'stale' | 'duplicate'; table: TableName };
