import { afterAll, beforeAll, beforeEach, it } from 'vitest';
import { contentOf } from '../support/acts.ts';
import type { ClientIdentity } from '../support/edge-client.ts';
import { makeEnforcing } from '../support/enforcing.ts';
import { type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const CHAPTER_MS = 120_000;

describeWith(['redisServer', 'nginx', 'haproxy'], 'a gateway, an nginx and a HAProxy with their agents', () => {
  let stack: Stack;
  let enforcing: Awaited<ReturnType<typeof makeEnforcing>>;
  let device1: ClientIdentity;
  beforeAll(async () => {
    stack = await startStack({ api: true });
    await stack.setUp();
    enforcing = await makeEnforcing(stack);
  }, CHAPTER_MS);
  afterAll(async () => {
    await enforcing?.[Symbol.asyncDispose]();
    await stack?.[Symbol.asyncDispose]();
  });
  beforeEach(({ onTestFailed }) => {
    onTestFailed(() => {
      console.error(stack?.log.slice(-10).join('\n'));
      for (const { kind, log } of enforcing?.edges ?? []) console.error(kind, log.slice(-10).join('\n'));
    });
  });

  it('are added in Slack, and let everybody through before there is a rule', { timeout: CHAPTER_MS }, async () => {
    for (const kind of ['gateway', 'nginx', 'haproxy'] as const) await enforcing.addEdge(kind);
    device1 = await enforcing.issue('device-1');
    await enforcing.untilAll(200, device1);
    await enforcing.untilAll(200);
  });

  it('answer 200 with the certificate and 403 without, once bound and guarded', { timeout: CHAPTER_MS }, async () => {
    await enforcing.bind();
    await enforcing.guard();
    await enforcing.untilAll(403);
    await enforcing.untilAll(200, device1);
  });

  it('answer 403 with it once bob approves its revocation, and the message says so', {
    timeout: CHAPTER_MS,
  }, async () => {
    const { alice, bob } = stack;
    const card = await enforcing.askToRevoke('device-1');
    await enforcing.untilAll(200, device1);
    await bob.click(card, 'Approve');
    await enforcing.untilAll(403, device1);
    // The installation's own gateway is one of four; it does not run here.
    await alice.until(
      () =>
        alice
          .messages(alice.dm)
          .some((one) => /effective on 3 of 4 edges after .*not yet on \*gateway\*/.test(contentOf(one))),
      20_000,
    );
  });

  it('go on enforcing with api, worker and Redis stopped, and catch up when they are back', {
    timeout: CHAPTER_MS,
  }, async () => {
    const { bob } = stack;
    const [device2, device3] = [await enforcing.issue('device-2'), await enforcing.issue('device-3')];
    await enforcing.untilAll(200, device2);
    const card = await enforcing.askToRevoke('device-2');
    await stack.kill('api');
    await stack.kill('worker');
    await stack.redis.stop();
    await enforcing.untilAll(403, device1);
    await enforcing.untilAll(200, device2);
    await enforcing.untilAll(403);
    await stack.restartRedis();
    await Promise.all([stack.start('worker'), stack.start('api')]);
    await bob.click(card, 'Approve');
    await enforcing.untilAll(403, device2, 60_000);
    await enforcing.untilAll(200, device3);
  });
});
