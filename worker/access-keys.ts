import { CountersignError } from '../core/errors.ts';
import { siteNamesOf } from '../core/sites/names.ts';
import { code } from '../core/slack/text.ts';
import { expect, type Plan, remove, update } from '../core/store/plan.ts';
import type { AccessKey, Request, Site } from '../core/store/rows.ts';
import type { JobDeps } from './deps.ts';
import { planTold } from './told.ts';

/** What the jobs of API keys share. */

/**
 * The key that a request is about.
 * @throws CountersignError `not_found` for one of another account, and for one that is deleted.
 */
export async function requireAccountKey(
  deps: JobDeps,
  { accountId, payload }: Pick<Request, 'accountId'> & { payload: { keyId: string } },
): Promise<AccessKey> {
  const key = await deps.store.accessKey(payload.keyId);
  if (key === undefined || key.accountId !== accountId) {
    throw new CountersignError('not_found', {
      userMessage: 'There is no such API key here. `/mtls key list` shows those there are.',
    });
  }
  if (key.state === 'deleted') {
    throw new CountersignError('not_found', { userMessage: `The API key ${code(key.name)} is deleted.` });
  }
  return key;
}

/** @throws CountersignError `precondition` for a key that nobody has been shown: there is nothing to switch. */
export function requireShown(key: AccessKey): void {
  if (key.state !== 'unshown') return;
  throw new CountersignError('stale', {
    userMessage: `The secret of the API key ${code(key.name)} has not been shown yet, so nobody can use it. \`/mtls key delete ${key.name}\` takes it away.`,
  });
}

/**
 * The sites of the account that a key is to be for; null for all of them.
 * @throws CountersignError `no_site` where one is not there or not active.
 */
export async function requireKeySites(
  deps: JobDeps,
  accountId: string,
  siteIds: readonly string[] | null,
): Promise<Site[] | null> {
  if (siteIds === null) return null;
  const sites = await Promise.all(siteIds.map((id) => deps.store.site(accountId, id)));
  const active = sites.filter((site) => site?.state === 'active') as Site[];
  if (active.length === siteIds.length) return active;
  const gone = sites.find((site) => site?.state !== 'active');
  throw new CountersignError('no_site', {
    userMessage: `${gone ? `The site ${code(gone.name)}` : 'One of the chosen sites'} is not active, so the API key was not made. Make it again without that site.`,
  });
}

export function keySiteNames(
  deps: JobDeps,
  key: Pick<AccessKey, 'accountId' | 'siteIds'>,
): Promise<readonly string[] | null> {
  return siteNamesOf(deps.store, key.accountId, key.siteIds);
}

/** The lasting message of the key's requester says what the key is now. */
export async function planKeyTold(deps: JobDeps, key: Pick<AccessKey, 'requestId'>, at: Date): Promise<Plan> {
  const create = await deps.store.request(key.requestId);
  return create ? planTold(create, at) : [];
}

/** Whatever became of a showing: a secret that was not certainly shown is none. */
export function planWithoutSecret(key: AccessKey): Plan {
  return key.state === 'unshown' && key.sealedSecret !== null
    ? [update('accessKeys', key, { sealedSecret: null })]
    : [];
}

/** What goes with the end of a request about a key: of a showing the secret, of a `key_create` the key, if unshown. */
export async function planNoKeyLeft(deps: JobDeps, request: Request): Promise<Plan> {
  const createId = request.kind === 'key_show' ? request.parentId : request.id;
  const key = createId === null ? undefined : await deps.store.accessKeyOfRequest(createId);
  if (key?.state !== 'unshown') return [];
  return request.kind === 'key_show'
    ? planWithoutSecret(key)
    : [expect('accessKeys', key), remove('accessKeys', key.id)];
}
