import type { AccessKey } from '../store/rows.ts';
import type { Action } from './access.ts';

/** What an API key may be made for, as its form says it. */
export const KEY_GROUPS = {
  sites: 'Sites',
  certificates: 'Client certificates',
  hostnames: 'Hostnames',
  authorities: 'CA certificates',
  rules: 'WAF rules',
} as const satisfies Record<AccessKey['groups'][number], string>;

export type KeyGroup = keyof typeof KEY_GROUPS;
export const KEY_GROUP_NAMES = Object.keys(KEY_GROUPS) as [KeyGroup, ...KeyGroup[]];

/** Of an API key: it stands in messages and in the audit as it is. */
export const KEY_NAME = /^[a-z0-9][a-z0-9._-]{0,39}$/;

/** What of all that is asked for a key can ask for, and to which group it belongs. */
const GROUP_OF: Partial<Record<Action, KeyGroup>> = {
  site_add: 'sites',
  site_remove: 'sites',
  issue: 'certificates',
  suspend: 'certificates',
  release: 'certificates',
  revoke: 'certificates',
  bind: 'hostnames',
  ca_upload: 'authorities',
  ca_delete: 'authorities',
  rules: 'rules',
};

type KeyFacts = Pick<AccessKey, 'state' | 'access' | 'groups' | 'siteIds'>;

/**
 * Why this key may not do this, as a sentence without a name in it; undefined when it may. Asked by the api for a quick
 * answer and again by the worker where it is done.
 * @param asked `siteId`: the site it is about; null for what is about no site that exists, which needs all sites.
 */
export function whyKeyMayNot(
  key: KeyFacts,
  asked: { group: KeyGroup; access: AccessKey['access']; siteId: string | null },
): string | undefined {
  if (key.state !== 'active')
    return 'This access key is not active. An administrator can see why with `/mtls key list`.';
  if (!key.groups.includes(asked.group)) return `This access key was not made for: ${KEY_GROUPS[asked.group]}.`;
  if (asked.access === 'write' && key.access !== 'write') return 'This access key may only read.';
  return keyCovers(key, asked.siteId) ? undefined : 'This access key was not made for this site.';
}

/** Whether the key is for this site; null asks for all sites. */
export function keyCovers(key: Pick<AccessKey, 'siteIds'>, siteId: string | null): boolean {
  return key.siteIds === null || (siteId !== null && key.siteIds.includes(siteId));
}

/** The group of something that changes something; undefined for what no key can ask for. */
export function keyGroupOf(action: Action): KeyGroup | undefined {
  return GROUP_OF[action];
}
