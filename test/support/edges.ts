import { randomUUID } from 'node:crypto';
import type { Payload } from '../../core/requests/contracts.ts';
import { decideEdgeShow, SHOW_DEADLINE_MS } from '../../core/requests/showing.ts';
import { seal } from '../../core/seal.ts';
import { ACTIONS } from '../../core/slack/actions.ts';
import type { Edge, Request } from '../../core/store/rows.ts';
import { ACCOUNT, type WorkerRig } from './worker-rig.ts';

/** What administrators do with edges, with a worker rig; ada is the administrator. */
export async function askForEdge(rig: WorkerRig, set: Partial<Payload<'edge_add'>> = {}): Promise<Request> {
  const add = await rig.record('edge_add', { name: 'berlin-1', kind: 'nginx', ...set });
  await rig.settle();
  return (await rig.store.request(add.id)) as Request;
}

/** What the bot records at a click on Show once. */
export async function recordEdgeShow(rig: WorkerRig, add: Pick<Request, 'id'>, actorId = 'U0ADA'): Promise<Request> {
  const asked = (await rig.store.request(add.id)) as Request;
  const edge = (await rig.store.edgeOfRequest(add.id)) as Edge;
  const decision = decideEdgeShow(
    { add: asked, shows: await rig.store.requestsOf(add.id) },
    { actorId, now: rig.clock.now() },
  );
  const id = randomUUID();
  const row = await rig.store.messageOf(add.id, 'requester');
  const person = rig.sandbox.person(asked.actorId);
  const message = person.messages(person.dm).find(({ ts }) => ts === row?.ts);
  if (!message) throw new Error('there is no message to click');
  const action = { type: 'button', block_id: 'show', action_id: ACTIONS.showEdgeOnce, value: add.id };
  const url = String((person.payload.action(message, action) as { response_url?: unknown }).response_url);
  return rig.record(
    'edge_show',
    { edgeId: edge.id },
    {
      id,
      actorId,
      parentId: add.id,
      idempotencyKey: decision.allowed ? decision.idempotencyKey : id,
      deadlineAt: new Date(rig.clock.now().getTime() + SHOW_DEADLINE_MS),
      sealed: seal(rig.keys, { purpose: 'reveal', accountId: ACCOUNT, rowId: id }, url),
    },
  );
}

/** Every credential that ada was shown, with the pin beside it, oldest first. */
export function credentialsShown(rig: Pick<WorkerRig, 'sandbox'>, userId = 'U0ADA') {
  const person = rig.sandbox.person(userId);
  return person.ephemerals(person.dm).flatMap(({ blocks }) => {
    const texts = [...JSON.stringify(blocks).matchAll(/"text":"([^"]*)"/g)].map(([, text]) => text as string);
    const [credential, pin] = texts.filter((text) => /^[\w-]+\.[\w-]{43}$/.test(text));
    return credential && pin ? [{ credential, pin }] : [];
  });
}
