import { afterEach, beforeEach, expect, it } from 'vitest';
import { verifyChain } from '../../core/audit/verify.ts';
import { connectRedis } from '../../core/requests/redis.ts';
import type { Fault } from '../../sandbox/server/faults.ts';
import { askForCertificate, contentOf, countTold, pressShowOnce, untilReady, untilShown } from '../support/acts.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const LONG = 45_000;

describeWith('redisServer', 'while something is broken', () => {
  let stack: Stack;
  beforeEach(async () => {
    stack = await startStack();
    await stack.setUp();
  });
  afterEach(async () => {
    await expectSound();
    await stack[Symbol.asyncDispose]();
  });

  /** After every story: requests have ended or wait for a person, no request has two certificates, the chain verifies. */
  async function expectSound(): Promise<void> {
    await expect.poll(async () => (await verifyChain(stack.store, ACCOUNT)).waiting, { timeout: LONG }).toBe(0);
    expect(await verifyChain(stack.store, ACCOUNT)).toMatchObject({ fault: undefined });
    const told = () => stack.ada.messages('C0AUDIT').map(({ metadata }) => JSON.stringify(metadata));
    const events = await countTold(stack.store, ACCOUNT);
    await stack.ada.until(() => told().length >= events, LONG);
    expect(new Set(told()).size).toBe(told().length);
    expect(told().length).toBe(events);
    expect(stack.sandbox.problems.filter(({ error }) => error === 'invalid_blocks')).toEqual([]);
  }

  const lasting = (what: string) => () =>
    stack.alice.messages(stack.alice.dm).find((message) => contentOf(message).includes(what));

  it('the worker is killed while Slack has the key: that certificate is revoked and Show once works again', async () => {
    const { alice, sandbox } = stack;
    await askForCertificate(alice, { Name: 'device-1' });
    const slow = sandbox.faults.add({ method: 'response_url', kind: 'slow', ms: 3_000, times: 1 });
    const pressed = pressShowOnce(alice, 'device-1');
    await expect.poll(() => slow.hits, { timeout: LONG, interval: 10 }).toBe(1);
    await stack.kill('worker');
    await pressed;
    await stack.start('worker');
    const again = await alice.until(lasting('not certain that Slack displayed'), LONG);
    await alice.click(again, 'Show once');
    await alice.until(lasting('SHA-256 fingerprint'), LONG);
    const { certificate } = await untilShown(alice, 'device-1');
    const states = await certificatesOf('device-1');
    expect(states.map(({ state }) => state)).toEqual(['active', 'revoked']);
    expect(states[0]?.serial).toBe(certificate.serialNumber.toLowerCase());
  });

  it('the worker is killed again and again at random moments: everybody gets one certificate', async () => {
    const { alice } = stack;
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `device-${letter}`);
    const killing = (async () => {
      for (const lifeMs of [150, 900, 400, 1300]) {
        await new Promise((resolve) => setTimeout(resolve, lifeMs));
        await stack.kill('worker');
        await stack.start('worker');
      }
    })();
    for (const name of names) await askForCertificate(alice, { Name: name });
    for (const name of names) {
      // A person who presses until it is done, as the message asks for.
      for (;;) {
        const message = await alice.until(lasting(name), 2 * LONG);
        if (contentOf(message).includes('SHA-256 fingerprint')) break;
        if (JSON.stringify(message.blocks).includes('show_once'))
          await alice.click(message, 'Show once').catch(() => undefined);
        const shown = contentOf(message);
        await alice.until(() => contentOf(lasting(name)() ?? message) !== shown, LONG).catch(() => undefined);
      }
    }
    await killing;
    for (const name of names) {
      const active = (await certificatesOf(name)).filter(({ state }) => state === 'active' || state === 'intended');
      expect(active).toHaveLength(1);
    }
  }, 240_000);

  it('the bot is killed right after it acknowledged: the request goes on', async () => {
    const { alice } = stack;
    await stack.kill('worker');
    await askForCertificate(alice, { Name: 'device-1' });
    await stack.kill('bot');
    await stack.start('worker');
    await untilReady(alice, 'device-1', LONG);
    await stack.start('bot');
    await pressShowOnce(alice, 'device-1');
    await untilShown(alice, 'device-1');
  });

  it('Redis forgets everything: nothing is lost', async () => {
    const { alice } = stack;
    await stack.kill('worker');
    await askForCertificate(alice, { Name: 'device-1' });
    const redis = connectRedis(stack.redis.url);
    await new Promise((resolve) => redis.once('ready', resolve));
    await redis.flushall();
    redis.disconnect();
    await stack.start('worker');
    await pressShowOnce(alice, 'device-1');
    await untilShown(alice, 'device-1');
  });

  it('Redis is gone: requests are taken, and carried out when it is back', async () => {
    const { alice } = stack;
    await stack.redis.stop();
    await askForCertificate(alice, { Name: 'device-1' });
    await stack.restartRedis();
    await untilReady(alice, 'device-1', LONG);
    await pressShowOnce(alice, 'device-1');
    await untilShown(alice, 'device-1', LONG);
  });

  it.each<[string, Fault['kind']]>([
    ['says 429', '429'],
    ['says 500', '500'],
    ['resets connections', 'reset'],
    ['loses its answers', 'lost'],
  ])(
    'Slack %s for a while: one message for each thing, and a key in the end',
    async (_what, kind) => {
      const { alice, sandbox } = stack;
      const methods = ['conversations.open', 'chat.postMessage', 'chat.update', 'response_url'];
      const faults = methods.map((method) => sandbox.faults.add({ method, kind, times: 2 }));
      await askForCertificate(alice, { Name: 'device-1' });
      // A person who presses until it is done, as the message asks for.
      for (;;) {
        const message = await alice.until(lasting('device-1'), LONG);
        if (contentOf(message).includes('SHA-256 fingerprint')) break;
        if (JSON.stringify(message.blocks).includes('show_once')) await alice.click(message, 'Show once');
        const shown = contentOf(message);
        await alice.until(() => contentOf(lasting('device-1')() ?? message) !== shown, LONG);
      }
      await untilShown(alice, 'device-1');
      for (const { method, hits } of faults) expect(hits, method).toBeGreaterThan(0);
      expect((await certificatesOf('device-1')).filter(({ state }) => state === 'active')).toHaveLength(1);
      const direct = alice.messages(alice.dm).filter((message) => contentOf(message).includes('device-1'));
      expect(direct).toHaveLength(1);
    },
    180_000,
  );

  async function certificatesOf(name: string) {
    const message = lasting(name)();
    const requestId = message ? /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(JSON.stringify(message.blocks))?.[0] : undefined;
    return stack.store.certificatesOfRequest(requestId ?? '');
  }
});
