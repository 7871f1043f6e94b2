import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { Position } from '../store/questions/inventory.ts';
import type { CertificateFilter } from './filter.ts';

/**
 * Where a search goes on: a short text (less than 200 characters) to be handed back as it is. It holds a place and
 * nothing else. One of another account or filter, or one that somebody made up, is as good as none: the search begins
 * at the beginning, and finds what it would have found anyway.
 */
export type Cursor = string;

type Subject = { accountId: string; filter: CertificateFilter };

/** @param place `along` says which order the position is in: that of the list, or that of a part of the names. */
export function makeCursor(place: { along: string; at: Position }, subject: Subject): Cursor {
  return [subjectHash(subject), place.along, place.at[0].toString(36), place.at[1]].join('.');
}

export function readCursor(cursor: Cursor | undefined, subject: Subject): { along: string; at: Position } | undefined {
  const [, hash, along, order, id] =
    /^([\w-]{12})\.([a-z]\d?)\.(-?[0-9a-z]{1,11})\.([\w:-]{0,64})$/.exec(cursor ?? '') ?? [];
  if (hash !== subjectHash(subject) || along === undefined || order === undefined || id === undefined) return undefined;
  const number = Number.parseInt(order, 36);
  return Number.isSafeInteger(number) ? { along, at: [number, id] } : undefined;
}

function subjectHash({ accountId, filter }: Subject): string {
  return createHash('sha256').update(canonicalJson({ accountId, filter })).digest('base64url').slice(0, 12);
}
