import { z } from 'zod';
import { keyActor } from '../../../core/access/actor.ts';
import { KEY_NAME } from '../../../core/access/key.ts';
import { type AuditFilter, auditFilterSchema } from '../../../core/audit/search.ts';
import type { EventWalk } from '../../../core/store/questions/audit.ts';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the parts of "Audit" to what reads them. */
export const AUDIT_VIEW = 'audit';
export const AUDIT_FIELDS = ['actor', 'key', 'action', 'from', 'to', 'about'] as const;
export type AuditField = (typeof AUDIT_FIELDS)[number];
export const AUDIT_ACTIONS = {
  actor: 'audit_actor',
  key: 'audit_key',
  action: 'audit_action',
  from: 'audit_from',
  to: 'audit_to',
  about: 'audit_about',
  newer: 'audit_newer',
  older: 'audit_older',
  clear: 'audit_clear',
  export: 'audit_export',
} as const;
export const ANY_ACTION = 'any';
export const AUDIT_ROWS = 10;

const stateSchema = z.strictObject({
  filter: auditFilterSchema,
  /** Raised when fields are filled in anew: Slack keeps what was typed where a field's name stays the same. */
  round: z.int().min(0),
});

/** What is shown now: the view's metadata. Typing into the fields changes it only with *Search*. */
export type AuditState = z.infer<typeof stateSchema>;

export const NOT_SEARCHED: AuditState = { filter: {}, round: 0 };

/** Metadata as it was written; undefined for anything else. */
export function readAuditState(metadata: string): AuditState | undefined {
  try {
    return stateSchema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

export function auditBlock(field: AuditField, { round }: Pick<AuditState, 'round'>): string {
  return `${field}:${round}`;
}

/** What stands in the way of a search, and in which field. */
export type AuditFault = { field: AuditField; fault: string };

/** What is filled in; what is no filter is left out. */
export function readAuditForm(view: SubmittedView): AuditFilter | AuditFault {
  const field = (name: AuditField) => {
    const values = Object.entries(view.values).find(([blockId]) => blockId.startsWith(`${name}:`))?.[1];
    return values?.[AUDIT_ACTIONS[name]];
  };
  const action = field('action')?.selected_option?.value;
  const person = field('actor')?.selected_user ?? undefined;
  const key = field('key')?.value?.trim().toLowerCase().replace(/^key:/, '') || undefined;
  if (key !== undefined && person !== undefined) {
    return { field: 'key', fault: 'Nobody is both a person and an API key. Take one of them out.' };
  }
  if (key !== undefined && !KEY_NAME.test(key)) return { field: 'key', fault: 'No API key can have this name.' };
  const given: Omit<Record<AuditField, string | undefined>, 'key'> = {
    actor: key === undefined ? person : keyActor(key),
    action: action === ANY_ACTION ? undefined : action,
    from: field('from')?.selected_date ?? undefined,
    to: field('to')?.selected_date ?? undefined,
    about: field('about')?.value?.trim() || undefined,
  };
  if (given.from !== undefined && given.to !== undefined && given.from > given.to) {
    return { field: 'to', fault: 'This is before the day it begins with.' };
  }
  return auditFilterSchema.parse(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
}

/** The value of *Newer* and *Older*. */
export const placeValue = ([at, number]: readonly [number, number]) => `${at}:${number}`;

/** A place from a button's value, which may be anything; the beginning for what is none. */
export function readWalk(towards: EventWalk['towards'], value: string): EventWalk {
  const [, at, number] = /^(\d{1,15}):(\d{1,15})$/.exec(value) ?? [];
  if (at === undefined || number === undefined) return FROM_THE_NEWEST;
  return { towards, place: [Number(at), Number(number)] };
}

export const FROM_THE_NEWEST: EventWalk = { towards: 'older', place: undefined };
