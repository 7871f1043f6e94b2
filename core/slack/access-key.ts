import { KEY_GROUPS } from '../access/key.ts';
import type { AccessKey } from '../store/rows.ts';
import { code, truncate } from './text.ts';

/** An API key in words: the same in its form, on its card, in its message and in the list. */

export const KEY_STATES = {
  unshown: 'waits for its secret to be shown',
  active: 'active',
  disabled: 'disabled',
  deleted: 'deleted',
} as const satisfies Record<AccessKey['state'], string>;

export const ACCESS_TOLD = {
  read: 'Read-only',
  write: 'Read and write',
} as const satisfies Record<AccessKey['access'], string>;

export const MODES_TOLD = {
  alone: 'Acts alone',
  asks: 'Asks a person',
} as const satisfies Record<AccessKey['mode'], string>;

export type KeyScope = Pick<AccessKey, 'siteIds' | 'access' | 'groups' | 'mode'>;

/** Many sites make a long line; the rest are counted. */
const SITES_CHARACTERS = 400;

/**
 * What a key is for, as pairs of label and value (mrkdwn).
 * @param siteNames of its sites; null for all of them.
 */
export function scopeFacts(scope: KeyScope, siteNames: readonly string[] | null): [label: string, value: string][] {
  return [
    ['Sites', sitesText(siteNames)],
    ['Access', ACCESS_TOLD[scope.access]],
    ['Operations', scope.groups.map((group) => KEY_GROUPS[group]).join(', ')],
    // A key that only reads asks for nothing anybody could decide on.
    ...(scope.access === 'write' ? [['Mode', MODES_TOLD[scope.mode]] as [string, string]] : []),
  ];
}

function sitesText(siteNames: readonly string[] | null): string {
  if (siteNames === null) return 'All, also those to come';
  const shown: string[] = [];
  for (const name of siteNames) {
    if (shown.join(', ').length + name.length > SITES_CHARACTERS) break;
    shown.push(code(truncate(name, 253)));
  }
  const more = siteNames.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Names are not used twice, because the audit names who acted by them. */
export function keyTaken(name: string): string {
  return `There is or was an API key ${code(name)}. The audit names keys by their names, so none is used twice: choose another.`;
}
