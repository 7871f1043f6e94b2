import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../core/clock.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { makeCsr } from '../../test/support/csr.ts';
import { ACCOUNT, type Stack } from '../../test/support/stack.ts';
import type { Workload } from './workload.ts';

const KEYS_TO_MAKE = 240;
const OWN_CSRS = 600;
const MESSAGES_TO_SEND = 400;
const DAY_MS = 24 * 60 * 60_000;
const SILENT = { request: () => undefined, message: () => undefined };

/**
 * Gives the worker more than it can do while anybody looks: RSA 4096 keys whose showing has been asked for (the
 * slowest thing there is, and it wants every core), own CSRs to sign, and certificates to tell people of.
 */
export async function saturate(workload: Workload): Promise<void> {
  const { stack } = workload;
  const slow = await workload.stock(KEYS_TO_MAKE, { 'Private Key Type': 'rsa-4096' });
  const csrs = await Promise.all(Array.from({ length: OWN_CSRS }, () => makeCsr('backlog')));
  await stack.kill('worker');
  await workload.pressAll(slow);
  const [site] = await stack.store.sites(ACCOUNT);
  if (!site) throw new Error('there is no site');
  const common = { siteId: site.id, name: 'backlog', validityDays: 365 };
  const payloads: Payload<'issue'>[] = [
    ...csrs.map(({ der }) => ({ method: 'csr' as const, csr: der.toString('base64'), ...common })),
    ...Array.from({ length: MESSAGES_TO_SEND }, () => ({
      method: 'system' as const,
      keyType: 'rsa-4096' as const,
      ...common,
    })),
  ];
  for (const [index, payload] of payloads.entries()) {
    const id = randomUUID();
    await recordRequest(
      { store: stack.store, clock: systemClock, announce: SILENT },
      {
        id,
        accountId: ACCOUNT,
        actorId: workload.people[index % workload.people.length]?.id as string,
        kind: 'issue',
        payload,
        idempotencyKey: `bench:${id}`,
        deadlineAt: new Date(Date.now() + DAY_MS),
      },
    );
  }
  // The clicks have stopped waiting for their keys, and the reconciler looks at everything that was recorded.
  await wait(2_500);
  await stack.start('worker');
  await wait(1_500);
}

/** Requests that are recorded and have not been carried out: seen from a little later, no lease hides them. */
export async function countWaiting(stack: Stack): Promise<number> {
  return (await stack.store.dueRequests(new Date(Date.now() + 60_000), 100_000)).length;
}
