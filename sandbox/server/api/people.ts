import { groupJson } from '../groups.ts';
import { BOT_ID, type User } from '../state/model.ts';
import { type Answer, ApiError, type Call, page } from './call.ts';

function userJson(call: Call, user: User): Answer {
  const { deleted } = user;
  return {
    id: user.id,
    team_id: user.teamId,
    name: user.name,
    deleted,
    real_name: user.realName,
    is_bot: user.isBot,
    is_app_user: false,
    updated: 1_700_000_000,
    profile: {
      real_name: user.realName,
      display_name: user.name,
      title: user.title,
      team: user.teamId,
      ...(user.email && call.world.scopes.has('users:read.email') ? { email: user.email } : {}),
      ...(user.isBot ? { bot_id: BOT_ID } : {}),
    },
    ...(user.teamId === call.world.teamId ? {} : { is_stranger: true, is_external: true }),
    ...(deleted ? {} : flagsOf(call, user)),
  };
}

/** Slack leaves these out for people who are gone. */
function flagsOf(call: Call, user: User): Answer {
  return {
    is_admin: user.isAdmin || user.isOwner,
    is_owner: user.isOwner,
    is_primary_owner: user.isOwner,
    is_restricted: user.isRestricted || user.isUltraRestricted,
    is_ultra_restricted: user.isUltraRestricted,
    tz: user.timeZone,
    tz_label: user.timeZone,
    tz_offset: offsetSeconds(user.timeZone, call.world.clock.now()),
  };
}

function offsetSeconds(timeZone: string, at: Date): number {
  const there = new Date(at.toLocaleString('en-US', { timeZone }));
  const utc = new Date(at.toLocaleString('en-US', { timeZone: 'UTC' }));
  return Math.round((there.getTime() - utc.getTime()) / 1000);
}

function info(call: Call): Answer {
  const user = call.world.store.user(call.required('user'));
  if (!user) throw new ApiError('user_not_found');
  return { user: userJson(call, user) };
}

function list(call: Call): Answer {
  const { items, response_metadata } = page(call, call.world.store.workspace.users, 200);
  return { members: items.map((user) => userJson(call, user)), cache_ts: 1_700_000_000, response_metadata };
}

function lookupByEmail(call: Call): Answer {
  const email = call.required('email').toLowerCase();
  const user = call.world.store.workspace.users.find((candidate) => candidate.email === email && !candidate.deleted);
  if (!user) throw new ApiError('users_not_found');
  return { user: userJson(call, user) };
}

/** Disabled groups are left out unless asked for; counts and members come when asked for. */
function groups(call: Call): Answer {
  const { world } = call;
  const all = world.store.workspace.usergroups.filter(
    ({ disabledSeconds }) => disabledSeconds === undefined || call.flag('include_disabled'),
  );
  return {
    usergroups: all.map((group) => ({
      ...groupJson(world, group),
      ...(call.flag('include_count') ? { user_count: group.userIds.length } : {}),
      ...(call.flag('include_users') ? { users: group.userIds } : {}),
    })),
  };
}

function groupUsers(call: Call): Answer {
  const id = call.required('usergroup');
  const group = call.world.store.workspace.usergroups.find((candidate) => candidate.id === id);
  if (!group || (group.disabledSeconds !== undefined && !call.flag('include_disabled'))) {
    throw new ApiError('no_such_subteam');
  }
  return { users: group.userIds };
}

export const peopleMethods = {
  'users.info': info,
  'users.list': list,
  'users.lookupByEmail': lookupByEmail,
  'usergroups.list': groups,
  'usergroups.users.list': groupUsers,
};
