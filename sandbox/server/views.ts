import { randomBytes } from 'node:crypto';
import type { Client, OpenModal } from './clients.ts';
import { valuesOf } from './form.ts';
import type { View } from './state/model.ts';
import { withIds } from './state/store.ts';
import type { World } from './world.ts';

/** Views in one stack. */
const STACK_MAX = 3;

export type RawView = Record<string, unknown>;
export type ViewError = 'push_limit_reached' | 'hash_conflict' | 'not_found' | 'duplicate_external_id';

/** Opens a new modal in the window; what was open there is gone. */
export function openView(world: World, client: Client, raw: RawView): View | ViewError {
  client.modals = [];
  return put(world, client, raw);
}

export function pushView(world: World, client: Client, raw: RawView): View | ViewError {
  if (client.modals.length >= STACK_MAX) return 'push_limit_reached';
  return put(world, client, raw);
}

function put(world: World, client: Client, raw: RawView): View | ViewError {
  const id = makeViewId();
  if (isTaken(world, raw['external_id'], id)) return 'duplicate_external_id';
  const [root, beneath] = [client.modals[0]?.view.id, client.modals.at(-1)?.view.id];
  const view = buildView(world, raw, id, { root_view_id: root ?? id, previous_view_id: beneath ?? null });
  world.clients.noteOpened(id);
  client.modals.push({ view, errors: {}, busy: false, values: valuesOf(view) });
  world.clients.changes.notify();
  return view;
}

/** Replaces an open modal; what was typed stays where block, action and type stay the same. */
export function updateView(
  world: World,
  target: { viewId?: unknown; externalId?: unknown },
  raw: RawView,
  hash: unknown,
): View | ViewError {
  const found = world.clients.findModal((view) =>
    target.viewId ? view.id === target.viewId : Boolean(target.externalId) && view.external_id === target.externalId,
  );
  if (!found) return updateHome(world, target, raw, hash);
  const { modal } = found;
  if (hash !== undefined && hash !== modal.view.hash) return 'hash_conflict';
  if (isTaken(world, raw['external_id'], modal.view.id)) return 'duplicate_external_id';
  return replaceView(world, modal, raw);
}

export function replaceView(world: World, modal: OpenModal, raw: RawView): View {
  const { id, root_view_id, previous_view_id } = modal.view;
  modal.view = buildView(world, raw, id, { root_view_id, previous_view_id });
  modal.values = valuesOf(modal.view, modal.values);
  modal.errors = {};
  world.clients.changes.notify();
  return modal.view;
}

/** `views.update` works on a published Home too. */
function updateHome(world: World, target: { viewId?: unknown }, raw: RawView, hash: unknown): View | ViewError {
  const home = Object.entries(world.store.workspace.homes).find(([, view]) => view.id === target.viewId);
  if (!home || raw['type'] !== 'home') return 'not_found';
  return publishView(world, home[0], raw, hash);
}

export function publishView(world: World, userId: string, raw: RawView, hash: unknown): View | ViewError {
  const earlier = world.store.workspace.homes[userId];
  if (hash !== undefined && earlier && hash !== earlier.hash) return 'hash_conflict';
  const id = earlier?.id ?? makeViewId();
  if (isTaken(world, raw['external_id'], id)) return 'duplicate_external_id';
  const view = buildView(world, raw, id, { root_view_id: id, previous_view_id: null });
  world.store.publishHome(userId, view);
  return view;
}

function isTaken(world: World, externalId: unknown, id: string): boolean {
  if (typeof externalId !== 'string' || externalId === '') return false;
  const taken = (view: View) => view.external_id === externalId && view.id !== id;
  return world.clients.findModal(taken) !== undefined || Object.values(world.store.workspace.homes).some(taken);
}

function buildView(
  world: World,
  raw: RawView,
  id: string,
  stack: Pick<View, 'root_view_id' | 'previous_view_id'>,
): View {
  const given = structuredClone(raw) as Partial<View>;
  return {
    ...stack,
    id,
    hash: `${Math.floor(world.clock.now().getTime() / 1000)}.${randomBytes(4).toString('hex')}`,
    type: given.type ?? 'modal',
    callback_id: given.callback_id ?? '',
    external_id: given.external_id ?? '',
    private_metadata: given.private_metadata ?? '',
    clear_on_close: given.clear_on_close ?? false,
    notify_on_close: given.notify_on_close ?? false,
    blocks: withIds(raw['blocks']),
    ...(given.title ? { title: given.title } : {}),
    ...(given.submit ? { submit: given.submit } : {}),
    ...(given.close ? { close: given.close } : {}),
  };
}

function makeViewId(): string {
  return `V${randomBytes(5).toString('hex').toUpperCase()}`;
}
