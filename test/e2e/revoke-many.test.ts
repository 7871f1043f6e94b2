import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { systemClock } from '../../core/clock.ts';
import { resolveList } from '../../core/inventory/list.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { insert } from '../../core/store/plan.ts';
import { contentOf } from '../support/acts.ts';
import { revocation } from '../support/approving.ts';
import { aCertificate } from '../support/rows.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const COUNT = 10_000;
const FILTER = { owner: 'U0ALICE' };

async function issueMany({ store }: Stack): Promise<void> {
  const start = Date.now() - COUNT * 1_000;
  for (let n = 0; n < COUNT; n += 1_000) {
    const rows = Array.from({ length: 1_000 }, (_, i) =>
      aCertificate({
        id: `c${n + i}`,
        accountId: ACCOUNT,
        requestId: `issue-${n + i}`,
        serial: `4f${(n + i).toString(16).padStart(30, '0')}`,
        name: `device-${n + i}`,
        certificate: Buffer.from([0x30, 0]),
        createdAt: new Date(start + (n + i) * 1_000),
        notAfter: new Date(start + 365 * 86_400_000),
      }),
    );
    await store.commit(rows.map((row) => insert('certificates', row)));
  }
}

/** What the bot records when alice has confirmed the preview. */
async function askForAll({ store }: Stack) {
  const { items, digest } = await resolveList(store, ACCOUNT, FILTER, new Date());
  const announce = { request: () => undefined, message: () => undefined };
  const { request } = await recordRequest(
    { store, clock: systemClock, announce },
    {
      id: randomUUID(),
      accountId: ACCOUNT,
      actorId: 'U0ALICE',
      kind: 'revoke_many',
      payload: { ...revocation, filter: FILTER, count: items.length, digest, suspendNow: true },
      idempotencyKey: randomUUID(),
      deadlineAt: new Date(Date.now() + 24 * 3_600_000),
    },
  );
  return request;
}

/** Waits for something in the database, asking often. */
async function until(holds: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> {
  for (const giveUpAt = Date.now() + timeoutMs; !(await holds()); ) {
    if (Date.now() > giveUpAt) throw new Error('this did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describeWith('redisServer', 'a worker that is killed while 10,000 certificates are revoked', () => {
  it('loses and repeats nothing', { timeout: 240_000 }, async () => {
    await using stack = await startStack({ env: { COUNTERSIGN_APPROVAL_CHANNEL: 'C0APPROVE' } });
    await stack.setUp();
    await issueMany(stack);
    const { store, bob, alice } = stack;
    const request = await askForAll(stack);
    const killedAt: string[] = [];
    const killWhen = async (what: string, holds: () => Promise<boolean>) => {
      await until(holds);
      await stack.kill('worker');
      killedAt.push(what);
      await stack.start('worker');
    };
    const doneSoFar = async () => (await store.countRequestItems(request.id)).done;
    const stateOf = async (n: number) => (await store.certificate(`c${n}`))?.state;

    await killWhen('the list', async () => (await store.countRequestItems(request.id)).pending > 1_000);
    // The list runs from the newest to the oldest.
    await killWhen('suspending', async () => (await stateOf(COUNT - 3_000)) === 'held');
    expect(await stateOf(0)).toBe('active');
    const card = await bob.until(
      () => bob.messages('C0APPROVE').find((message) => contentOf(message).includes('10000 certificates')),
      120_000,
    );
    expect(await stateOf(0)).toBe('held');
    await bob.click(card, 'Approve');
    for (const share of [1_000, 4_000, 7_000])
      await killWhen(`revoking ${share}`, async () => (await doneSoFar()) > share);
    expect(await doneSoFar()).toBeLessThan(COUNT);
    await until(async () => (await store.request(request.id))?.state === 'done', 120_000);
    expect(killedAt).toHaveLength(5);

    expect(await store.countRequestItems(request.id)).toEqual({ pending: 0, done: COUNT, skipped: 0 });
    await until(async () => (await store.pendingAuditEvents(1)).length === 0);
    const seen = new Map<string, number>();
    for (let after = 0; ; ) {
      const events = await store.auditChain(ACCOUNT, after, 2_000);
      for (const { action, subjectId } of events)
        seen.set(`${action} ${subjectId}`, (seen.get(`${action} ${subjectId}`) ?? 0) + 1);
      const last = events.at(-1);
      if (last === undefined) break;
      after = last.sequence;
    }
    for (let n = 0; n < COUNT; n += 1) {
      expect(await stateOf(n)).toBe('revoked');
      expect(seen.get(`certificate.suspended c${n}`)).toBe(1);
      expect(seen.get(`certificate.revoked c${n}`)).toBe(1);
    }
    expect(seen.get(`revocation.many ${request.id}`)).toBe(1);
    await alice.until(() =>
      alice.messages(alice.dm).find((message) => contentOf(message).includes('10000 certificates are revoked.')),
    );
    expect(alice.messages(alice.dm).filter((message) => contentOf(message).includes('10000'))).toHaveLength(1);
    expect(bob.messages('C0APPROVE').filter((message) => contentOf(message).includes('10000'))).toHaveLength(1);
  });
});
