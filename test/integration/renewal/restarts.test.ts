import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { redisConnection } from '../../../core/requests/redis.ts';
import { insert } from '../../../core/store/plan.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate } from '../../support/rows.ts';
import { ACCOUNT, type Stack, startStack } from '../../support/stack.ts';
import { describeWith } from '../../support/tools.ts';

const DAY_MS = 86_400_000;

/** A certificate of alice that ends in six days. */
async function ends(stack: Stack, name: string): Promise<void> {
  const notAfter = new Date(Date.now() + 6 * DAY_MS);
  const certificate = aCertificate({
    accountId: ACCOUNT,
    serial: randomUUID().replaceAll('-', ''),
    requestId: randomUUID(),
    name,
    notBefore: new Date(notAfter.getTime() - 365 * DAY_MS),
    notAfter,
  });
  await stack.store.commit([insert('certificates', certificate)]);
}

async function emptyRedis(stack: Stack): Promise<void> {
  const target = redisConnection(stack.redis.url);
  const client = 'path' in target ? new Redis(target.path) : new Redis(target.url);
  await client.flushall();
  client.disconnect();
}

const reminders = ({ alice }: Stack) =>
  alice
    .messages(alice.dm)
    .map(contentOf)
    .filter((content) => content.includes('open_renew'));
const untilTold = (stack: Stack, name: string) =>
  stack.alice.until(() => reminders(stack).some((content) => content.includes(name)), 20_000);

describeWith('redisServer', 'a worker that is killed and started again', () => {
  it('tells what became due meanwhile, and repeats nothing, also with an emptied Redis', async () => {
    await using stack = await startStack();
    await stack.setUp();
    await stack.kill('worker');
    await ends(stack, 'first-device');
    await stack.start('worker');
    await untilTold(stack, 'first-device');

    await stack.kill('worker');
    await ends(stack, 'second-device');
    await emptyRedis(stack);
    await stack.start('worker');
    await untilTold(stack, 'second-device');
    expect(reminders(stack)).toHaveLength(2);
    expect(reminders(stack)[1]).not.toContain('first-device');
    expect(stack.sandbox.problems).toEqual([]);
  }, 90_000);
});
