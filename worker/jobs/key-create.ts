import { randomBytes, randomUUID } from 'node:crypto';
import { makeAccessKeyId } from '../../core/access/credentials.ts';
import * as events from '../../core/audit/events.ts';
import { CountersignError } from '../../core/errors.ts';
import type { RequestOf } from '../../core/requests/contracts.ts';
import { WAITING_MS } from '../../core/requests/showing.ts';
import { keyTaken } from '../../core/slack/access-key.ts';
import { expect, insert, update } from '../../core/store/plan.ts';
import type { AccessKey } from '../../core/store/rows.ts';
import { requireKeySites } from '../access-keys.ts';
import { type Passed, passGate } from '../approvals/gate.ts';
import type { JobDeps } from '../deps.ts';
import { planTold } from '../told.ts';
import { keyCard } from './key-card.ts';
import { requireActor } from './policy.ts';

/**
 * The first step of an API key: its row, without a secret. The request waits for whoever asked to press *Show once*,
 * 24 hours from here, also when a second person had to be asked first. Nobody can use the key before.
 */
export async function carryOutKeyCreate(deps: JobDeps, request: RequestOf<'key_create'>): Promise<void> {
  const { accountId, actorId, payload } = request;
  const { account, grants, unchanged } = await requireActor(deps, accountId, actorId, 'access_keys');
  if (await deps.store.accessKeyByName(accountId, payload.name)) {
    throw new CountersignError('already_exists', { userMessage: keyTaken(payload.name) });
  }
  const sites = await requireKeySites(deps, accountId, payload.siteIds);
  const siteNames = sites?.map(({ name }) => name).sort() ?? null;

  const gate =
    payload.access === 'write'
      ? await passGate(deps, request, {
          gate: 'key_create',
          account,
          grants,
          targets: [],
          card: keyCard('Make', payload, siteNames),
        })
      : READS_ONLY;
  if (!gate.passed) return;

  const at = deps.clock.now();
  const key: AccessKey = {
    ...payload,
    id: randomUUID(),
    accountId,
    accessKeyId: makeAccessKeyId(randomBytes),
    sealedSecret: null,
    state: 'unshown',
    requestId: request.id,
    createdBy: actorId,
    createdAt: at,
    shownAt: null,
    endedAt: null,
    version: 1,
  };
  const committed = await deps.store.commit([
    ...unchanged,
    ...gate.plan,
    ...(sites ?? []).map((site) => expect('sites', site)),
    insert('accessKeys', key),
    ...events.keyChanged({ accountId, actorId, at }, 'created', key, siteNames),
    update('requests', request, {
      state: 'waiting',
      deadlineAt: new Date(at.getTime() + WAITING_MS),
      leaseUntil: null,
    }),
    ...planTold(request, at),
  ]);
  // Also when somebody else has taken the name just now: the next try says so.
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}

/** A key that only reads is made by its administrator alone. */
const READS_ONLY: Passed = { passed: true, plan: [], approvedBy: null };
