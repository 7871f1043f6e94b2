import { randomUUID } from 'node:crypto';
import { CountersignError } from '../core/errors.ts';
import { ANSWERED_AT_ONCE_MS } from '../core/requests/end.ts';
import { recordRequest } from '../core/requests/record.ts';
import { WAITING_MS } from '../core/requests/showing.ts';
import { code } from '../core/slack/text.ts';
import type { AccessKey } from '../core/store/rows.ts';
import type { BotDeps } from './deps.ts';
import { reading } from './limit.ts';
import type { Person } from './middleware/person.ts';
import { outcomeText, waitForAnswer } from './wait.ts';

export type KeyRequestKind = 'key_disable' | 'key_enable' | 'key_delete';

/** Enabling may wait for a second person; the others are done soon or not at all. */
const DEADLINE_MS = { key_disable: 10 * 60_000, key_enable: WAITING_MS, key_delete: 10 * 60_000 } as const;

/** Records what is to become of a key, and gives the sentence about what came of it, or where it will be told. */
export async function askAboutKey(
  deps: BotDeps,
  person: Person,
  asked: { kind: KeyRequestKind; keyId: string; idempotencyKey: string },
): Promise<string> {
  const { kind, keyId, idempotencyKey } = asked;
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind,
    payload: { keyId },
    idempotencyKey,
    deadlineAt: new Date(deps.clock.now().getTime() + DEADLINE_MS[kind]),
  });
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS);
  if (answered?.endedAt) return outcomeText(answered);
  return answered
    ? 'A second person is asked. A direct message from me shows how it stands, and who decided.'
    : 'Recorded. I will tell you in a direct message when it is done.';
}

/** @throws CountersignError `not_found` for a name that no key of the account has, or none any more. */
export async function requireKeyNamed(deps: BotDeps, accountId: string, typed: string): Promise<AccessKey> {
  const name = typed.trim().toLowerCase();
  const key = name === '' ? undefined : await reading(deps.store.accessKeyByName(accountId, name.slice(0, 100)));
  if (key && key.state !== 'deleted') return key;
  throw new CountersignError('not_found', {
    userMessage: `${sentence(name, key !== undefined)} \`/mtls key list\` shows those there are.`,
  });
}

function sentence(name: string, deleted: boolean): string {
  if (name === '') return 'Say which API key, by its name.';
  const named = code(name.slice(0, 100));
  return deleted ? `The API key ${named} is deleted.` : `There is no API key ${named} here.`;
}

/** The key that a button speaks of, if it is one of this account. */
export async function requireKey(deps: BotDeps, accountId: string, id: string): Promise<AccessKey> {
  const key = await reading(deps.store.accessKey(id.slice(0, 64)));
  if (key?.accountId === accountId) return key;
  throw new CountersignError('not_found', { userMessage: 'There is no such API key here. Nothing was changed.' });
}
