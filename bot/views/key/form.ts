import { KEY_GROUP_NAMES, type KeyGroup } from '../../../core/access/key.ts';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the fields of "New API Key" to what reads them. */
export const KEY_VIEW = 'key_create';
export const KEY_BLOCKS = {
  name: 'key_name',
  scope: 'key_scope',
  sites: 'key_sites',
  access: 'key_access',
  groups: 'key_groups',
  mode: 'key_mode',
} as const;
export type KeyField = keyof typeof KEY_BLOCKS;

/** The same name for a field's block and its element. */
export const KEY_SITES_ACTION = KEY_BLOCKS.sites;

/** What is filled in; what is no choice of the form is none. Names and sites have not been checked. */
export type KeyForm = {
  name: string;
  allSites: boolean | undefined;
  siteIds: readonly string[];
  access: 'read' | 'write' | undefined;
  groups: readonly KeyGroup[];
  mode: 'alone' | 'asks' | undefined;
};

export function readKeyForm(view: SubmittedView): KeyForm {
  const field = (name: KeyField) => view.values[KEY_BLOCKS[name]]?.[KEY_BLOCKS[name]];
  const chosen = (name: KeyField) => (field(name)?.selected_options ?? []).map(({ value }) => value);
  const one = <T extends string>(name: KeyField, choices: readonly T[]) =>
    choices.find((choice) => choice === field(name)?.selected_option?.value);
  const scope = one('scope', ['all', 'chosen']);
  return {
    name: (field('name')?.value ?? '').trim(),
    allSites: scope === undefined ? undefined : scope === 'all',
    siteIds: [...new Set(chosen('sites'))],
    access: one('access', ['read', 'write']),
    groups: KEY_GROUP_NAMES.filter((group) => chosen('groups').includes(group)),
    mode: one('mode', ['alone', 'asks']),
  };
}
