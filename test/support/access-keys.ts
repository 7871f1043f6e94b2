import { randomUUID } from 'node:crypto';
import { ACCESS_KEY_ID, ACCESS_KEY_SECRET } from '../../core/access/credentials.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { decideKeyShow, SHOW_DEADLINE_MS } from '../../core/requests/showing.ts';
import { seal, unseal } from '../../core/seal.ts';
import { ACTIONS } from '../../core/slack/actions.ts';
import type { AccessKey, Request } from '../../core/store/rows.ts';
import { ACCOUNT, type WorkerRig } from './worker-rig.ts';

/** What administrators do with API keys, with a worker rig; ada is the administrator. */
const WHOLE = { name: 'deploy', siteIds: null, access: 'read', groups: ['certificates'], mode: 'asks' } as const;

/** What the bot records when the form is submitted, carried out as far as it goes. */
export async function askForKey(
  rig: WorkerRig,
  set: Partial<Payload<'key_create'>> = {},
  actorId = 'U0ADA',
): Promise<Request> {
  const create = await rig.record('key_create', { ...WHOLE, groups: ['certificates'], ...set }, { actorId });
  await rig.settle();
  return (await rig.store.request(create.id)) as Request;
}

export const keyOf = (rig: WorkerRig, create: Pick<Request, 'id'>) => rig.store.accessKeyOfRequest(create.id);

/** What the bot records at a click on Show once. */
export async function recordKeyShow(rig: WorkerRig, create: Pick<Request, 'id'>, actorId = 'U0ADA'): Promise<Request> {
  const asked = (await rig.store.request(create.id)) as Request;
  const key = (await keyOf(rig, create)) as AccessKey;
  const shows = await rig.store.requestsOf(create.id);
  const decision = decideKeyShow({ create: asked, shows }, { actorId, now: rig.clock.now() });
  const id = randomUUID();
  const row = await rig.store.messageOf(create.id, 'requester');
  const person = rig.sandbox.person(asked.actorId);
  const message = person.messages(person.dm).find(({ ts }) => ts === row?.ts);
  if (!message) throw new Error('there is no message to click');
  const action = { type: 'button', block_id: 'show', action_id: ACTIONS.showKeyOnce, value: create.id };
  const url = String((person.payload.action(message, action) as { response_url?: unknown }).response_url);
  return rig.record(
    'key_show',
    { keyId: key.id },
    {
      id,
      actorId,
      parentId: create.id,
      idempotencyKey: decision.allowed ? decision.idempotencyKey : id,
      deadlineAt: new Date(rig.clock.now().getTime() + SHOW_DEADLINE_MS),
      sealed: seal(rig.keys, { purpose: 'reveal', accountId: ACCOUNT, rowId: id }, url),
    },
  );
}

/** A key that is in use, made through all steps; with its secret. */
export async function aShownKey(rig: WorkerRig, set: Partial<Payload<'key_create'>> = {}) {
  const create = await askForKey(rig, set);
  await recordKeyShow(rig, create);
  await rig.settle();
  const key = (await keyOf(rig, create)) as AccessKey;
  return { create, key, secret: usableSecret(rig, key) };
}

/** The secret that a call would be checked with; undefined when no call of this key is let in. */
export function usableSecret(rig: Pick<WorkerRig, 'keys'>, key: AccessKey | undefined): string | undefined {
  if (key?.state !== 'active' || key.sealedSecret === null) return undefined;
  const context = { purpose: 'access-key', accountId: key.accountId, rowId: key.id } as const;
  return unseal(rig.keys, context, key.sealedSecret).toString();
}

/** Every pair that ada was shown, oldest first. */
export function pairsShown(rig: WorkerRig, userId = 'U0ADA'): { accessKeyId: string; secret: string }[] {
  const person = rig.sandbox.person(userId);
  return person.ephemerals(person.dm).flatMap(({ blocks }) => pairIn(blocks) ?? []);
}

/** ID and secret in the blocks of a message, where it shows them. */
export function pairIn(blocks: readonly unknown[]): { accessKeyId: string; secret: string } | undefined {
  const texts = [...JSON.stringify(blocks).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text as string);
  const accessKeyId = texts.find((text) => ACCESS_KEY_ID.test(text));
  const secret = texts.find((text) => ACCESS_KEY_SECRET.test(text));
  return accessKeyId !== undefined && secret !== undefined ? { accessKeyId, secret } : undefined;
}

/** The lasting direct message about a key, as it stands. */
export function keyMessageOf(rig: WorkerRig, create: Pick<Request, 'id'>, userId = 'U0ADA'): Promise<string> {
  return rig.store.messageOf(create.id, 'requester').then((row) => {
    const person = rig.sandbox.person(userId);
    return JSON.stringify(person.messages(person.dm).find(({ ts }) => ts === row?.ts)?.blocks ?? []);
  });
}
