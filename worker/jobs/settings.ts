import { randomUUID } from 'node:crypto';
import { rolesOf } from '../../core/access/access.ts';
import { imaginedGrant, isGroup } from '../../core/access/groups.ts';
import { isSettingUp } from '../../core/approvals/policy.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import { planHome } from '../../core/inventory/home-plan.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { gatesOf, settingsCard, settingsChanges, showsAll } from '../../core/settings/changes.ts';
import { ROLE_LIST_NAMES, ROLE_LISTS, type Settings, settingsInForce } from '../../core/settings/in-force.ts';
import { insert, type Plan, remove, update } from '../../core/store/plan.ts';
import type { Role, RoleGrant, Site } from '../../core/store/rows.ts';
import { passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { type Actor, requireActor } from './policy.ts';
import { checkSettings, passAloneWhereNobodyIsLeft } from './settings-check.ts';

/** Changes the settings, all of it or nothing; what weakens the watch or hands out power waits for a second person. */
export async function carryOutSettings(deps: JobDeps, request: RequestOf<'settings'>): Promise<void> {
  const { accountId, actorId } = request;
  const actor = await requireActor(deps, accountId, actorId, 'settings');
  const { account, given } = actor;
  const { seenVersion, ...wished } = request.payload;
  // A form opened before there was an account saw version 0; making the row changes nothing it could have shown.
  if (seenVersion !== account.version && !(seenVersion === 0 && account.version === 1)) {
    throw new CountersignError('stale', {
      userMessage: 'Somebody else has changed the settings meanwhile. Open them again: nothing of yours was saved.',
    });
  }

  // 1. What is different, and whether it may be so.
  const sites = await deps.store.sites(accountId);
  const before = settingsInForce({
    account,
    given,
    administrators: actor.administrators,
    sites,
    auditChannel: deps.auditChannel,
    approvalChannel: deps.approvalChannel,
  });
  const { after, notice } = await checkSettings(deps, actor, before, {
    ...wished,
    // A site that was removed while the form was open is nobody's to guard.
    guardedSites: wished.guardedSites.filter((id) => sites.some((site) => site.id === id)),
  });
  const wanted = wantedGrants(after);
  await requireMembers(deps, actor, wanted);
  const nameOf = (id: string) => sites.find((site) => site.id === id)?.name ?? 'a site that is gone';
  const changes = settingsChanges(before, after, nameOf);

  // 2. Whether a second person has to agree.
  const gates = gatesOf(changes);
  const card = settingsCard(changes);
  if (gates.length > 0 && !showsAll(card)) {
    throw new CountersignError('invalid_input', {
      userMessage:
        'That is more than whoever decides could see in one message. Save it in several steps. Nothing was saved.',
    });
  }
  const gated = {
    gate: gates,
    account,
    grants: actor.grants,
    targets: [{ table: 'accounts' as const, id: account.id, version: account.version }],
    card,
  };
  const alone = await passAloneWhereNobodyIsLeft(deps, request, actor, changes);
  const gate =
    alone ?? (gates.length === 0 ? ({ passed: true, plan: [] } as const) : await passGate(deps, request, gated));
  if (!gate.passed) return;

  // 3. The change.
  const at = deps.clock.now();
  const who = { accountId, actorId, at };
  const told = Object.fromEntries(
    changes
      .filter(({ field }) => !(ROLE_LIST_NAMES as readonly string[]).includes(field))
      .map(({ field }) => [field, recordedValue(after, field, nameOf)]),
  );
  const committed = await deps.store.commit([
    update('accounts', account, {
      auditChannel: after.auditChannel,
      approvalChannel: after.approvalChannel,
      defaultValidityDays: after.defaultValidityDays,
      longValidityDays: after.longValidityDays,
      fourEyes: after.fourEyes,
      openGates: after.openGates,
      keyDelivery: after.keyDelivery,
      reminderDays: after.reminderDays,
      uploadedLimit: after.uploadedLimit,
    }),
    ...planGrants(who, given, wanted, isSettingUp(actor)),
    ...planHome(accountId, peopleChanged(given, wanted), at),
    ...planGuards(sites, after.guardedSites),
    ...(Object.keys(told).length === 0 ? [] : events.settingsChanged(who, told)),
    ...gate.plan,
    endRequest(request, 'done', { code: 'settings_saved', message: `The settings are saved.${notice}` }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

type Grant = { userId: string; role: Role };

function wantedGrants(settings: Settings): Grant[] {
  return ROLE_LIST_NAMES.flatMap((list) =>
    [...new Set(settings[list])].map((userId) => ({ userId, role: ROLE_LISTS[list] })),
  );
}

/** Everybody who is new must be somebody who can act; members of a group are asked about when they do. */
async function requireMembers(deps: JobDeps, { account, grants, given }: Actor, wanted: readonly Grant[]) {
  const known = (userId: string) =>
    given.some((grant) => grant.userId === userId) ||
    rolesOf({ accountId: account.id, userId }, grants, deps.firstAdmins).size > 0;
  for (const { userId } of wanted) {
    if (known(userId)) continue;
    if (!isGroup(userId)) await deps.people.requireMember(account.id, userId);
    else if ((await deps.groups.expand([imaginedGrant(account.id, userId, 'viewer')])).length === 0) {
      throw new CountersignError('invalid_input', {
        userMessage: `The user group \`${userId}\` has no members, or is not there. Choose another one.`,
      });
    }
  }
}

const same = (a: Grant, b: Grant) => a.userId === b.userId && a.role === b.role;

/** Whose roles are others now: what they can begin with stands in their Home. Members of groups see it when they open it. */
function peopleChanged(present: readonly RoleGrant[], wanted: readonly Grant[]): string[] {
  const without = (some: readonly Grant[], others: readonly Grant[]) =>
    some.filter((grant) => !others.some((other) => same(grant, other)));
  return [...without(present, wanted), ...without(wanted, present)]
    .map(({ userId }) => userId)
    .filter((userId) => !isGroup(userId));
}

/** Grants that stay keep their row, and with it who gave them and when. */
function planGrants(
  who: { accountId: string; actorId: string; at: Date },
  present: readonly RoleGrant[],
  wanted: readonly Grant[],
  duringSetup: boolean,
): Plan {
  const { accountId, actorId: grantedBy, at: grantedAt } = who;
  return [
    ...present
      .filter((grant) => !wanted.some((other) => same(grant, other)))
      .flatMap((grant) => [remove('roles', grant.id), ...events.roleWithdrawn(who, grant)]),
    ...wanted
      .filter((grant) => !present.some((other) => same(grant, other)))
      .flatMap((grant) => [
        insert('roles', { id: randomUUID(), accountId, ...grant, grantedBy, grantedAt, duringSetup }),
        ...events.roleGranted(who, grant),
      ]),
  ];
}

function planGuards(sites: readonly Site[], guarded: readonly string[]): Plan {
  return sites
    .filter((site) => site.guarded !== guarded.includes(site.id))
    .map((site) => update('sites', site, { guarded: !site.guarded }));
}

/** A setting as the audit keeps it. */
function recordedValue(
  settings: Settings,
  field: keyof Settings,
  siteName: (id: string) => string,
): string | number | null {
  const value = settings[field];
  if (field === 'guardedSites') return settings.guardedSites.map(siteName).join(', ') || 'none';
  if (Array.isArray(value)) return value.join(', ') || 'none';
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : value;
}
