import { randomUUID } from 'node:crypto';
import { rolesOf } from '../../core/access/access.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { Payload, RequestOf } from '../../core/requests/contracts.ts';
import { endRequest } from '../../core/requests/end.ts';
import { insert, type Plan, remove, update } from '../../core/store/plan.ts';
import type { Account, Role, RoleGrant } from '../../core/store/rows.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { requireActor } from './policy.ts';

/** Changes roles, channels and the default validity, all of it or nothing. */
export async function carryOutSettings(deps: JobDeps, request: RequestOf<'settings'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants } = await requireActor(deps, accountId, actorId, 'settings');
  // A form opened before there was an account saw version 0; making the row changes nothing it could have shown.
  if (payload.seenVersion !== account.version && !(payload.seenVersion === 0 && account.version === 1)) {
    throw new CountersignError('stale', {
      userMessage: 'Somebody else has changed the settings meanwhile. Open them again: nothing of yours was saved.',
    });
  }
  if (payload.defaultValidityDays > account.maxValidityDays) {
    throw new CountersignError('invalid_input', {
      userMessage: `The default validity can be ${account.maxValidityDays} days at most.`,
    });
  }
  const wanted = wantedGrants(payload);
  for (const { userId } of wanted) {
    const known = rolesOf({ accountId, userId }, grants, deps.firstAdmins).size > 0;
    if (!known) await deps.people.requireMember(accountId, userId);
  }

  const at = deps.clock.now();
  const who = { accountId, actorId, at };
  const committed = await deps.store.commit([
    update('accounts', account, {
      auditChannel: payload.auditChannel,
      approvalChannel: payload.approvalChannel,
      defaultValidityDays: payload.defaultValidityDays,
    }),
    ...planGrants(who, grants, wanted),
    ...planChanges(who, account, payload),
    endRequest(request, 'done', { code: 'settings_saved', message: 'The settings are saved.' }, at),
    ...planTold(request, at),
  ]);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

type Grant = { userId: string; role: Role };

function wantedGrants(payload: Payload<'settings'>): Grant[] {
  const lists: [Role, string[]][] = [
    ['administrator', payload.administrators],
    ['operator', payload.operators],
    ['approver', payload.approvers],
    ['viewer', payload.viewers],
  ];
  return lists.flatMap(([role, people]) => [...new Set(people)].map((userId) => ({ userId, role })));
}

const same = (a: Grant, b: Grant) => a.userId === b.userId && a.role === b.role;

/** Grants that stay keep their row, and with it who gave them and when. */
function planGrants(
  who: { accountId: string; actorId: string; at: Date },
  present: readonly RoleGrant[],
  wanted: readonly Grant[],
): Plan {
  const { accountId, actorId: grantedBy, at: grantedAt } = who;
  return [
    ...present
      .filter((grant) => !wanted.some((other) => same(grant, other)))
      .flatMap((grant) => [remove('roles', grant.id), ...events.roleWithdrawn(who, grant)]),
    ...wanted
      .filter((grant) => !present.some((other) => same(grant, other)))
      .flatMap((grant) => [
        insert('roles', { id: randomUUID(), accountId, ...grant, grantedBy, grantedAt, duringSetup: false }),
        ...events.roleGranted(who, grant),
      ]),
  ];
}

function planChanges(
  who: { accountId: string; actorId: string; at: Date },
  account: Account,
  payload: Payload<'settings'>,
): Plan {
  const names = ['auditChannel', 'approvalChannel', 'defaultValidityDays'] as const;
  const changed = names.filter((name) => account[name] !== payload[name]);
  if (changed.length === 0) return [];
  return events.settingsChanged(who, Object.fromEntries(changed.map((name) => [name, payload[name]])));
}
