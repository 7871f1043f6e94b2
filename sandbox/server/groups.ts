import type { Delivery } from './delivery.ts';
import { eventCallback, type Payload } from './payloads.ts';
import { BOT_USER, type UserGroup } from './state/model.ts';
import type { World } from './world.ts';

/** A user group as Slack's answers and events tell it, without its members. */
export function groupJson(world: World, group: UserGroup): Payload {
  return {
    id: group.id,
    team_id: world.teamId,
    is_usergroup: true,
    is_subteam: true,
    name: group.name,
    handle: group.handle,
    description: group.description,
    is_external: false,
    date_create: 1_700_000_000,
    date_update: group.updatedSeconds ?? 1_700_000_000,
    date_delete: group.disabledSeconds ?? 0,
    auto_type: null,
    auto_provision: false,
    created_by: 'U0ADA',
    updated_by: 'U0ADA',
    deleted_by: group.disabledSeconds === undefined ? null : 'U0ADA',
    prefs: { channels: [], groups: [] },
  };
}

export type GroupChange = { userIds?: readonly string[]; disabled?: boolean; name?: string; handle?: string };

/**
 * Changes a user group as an administrator of the workspace does, and tells the app with `subteam_members_changed`
 * (members alone) and `subteam_updated`. An app that cannot be reached learns nothing, as after Slack's last retry.
 */
export async function changeGroup(world: World, delivery: Delivery, id: string, change: GroupChange): Promise<void> {
  const { store } = world;
  const group = store.workspace.usergroups.find((candidate) => candidate.id === id);
  if (!group) throw new Error(`There is no user group ${id} in the sandbox.`);
  for (const userId of change.userIds ?? []) store.userOrThrow(userId);
  const before = { userIds: group.userIds, at: group.updatedSeconds ?? 1_700_000_000 };
  const seconds = Math.floor(world.clock.now().getTime() / 1000);
  group.updatedSeconds = seconds;
  if (change.name !== undefined) group.name = change.name;
  if (change.handle !== undefined) group.handle = change.handle;
  if (change.disabled === false) delete group.disabledSeconds;
  if (change.disabled) group.disabledSeconds = seconds;
  group.userIds = [...new Set(change.userIds ?? group.userIds)].filter((userId) => userId !== BOT_USER);
  store.changed();

  // Slack delivers an event only to an app that has the scope it belongs to.
  if (!world.scopes.has('usergroups:read')) return;
  const added = group.userIds.filter((userId) => !before.userIds.includes(userId));
  const removed = before.userIds.filter((userId) => !group.userIds.includes(userId));
  const membersChanged = {
    type: 'subteam_members_changed',
    subteam_id: id,
    team_id: world.teamId,
    date_previous_update: before.at,
    date_update: seconds,
    added_users: added,
    added_users_count: added.length,
    removed_users: removed,
    removed_users_count: removed.length,
  };
  const subteam = { ...groupJson(world, group), users: group.userIds, user_count: group.userIds.length };
  const events = [...(added.length + removed.length > 0 ? [membersChanged] : []), { type: 'subteam_updated', subteam }];
  for (const event of events) await delivery.deliverEvent(eventCallback(world, event)).catch(() => undefined);
}
