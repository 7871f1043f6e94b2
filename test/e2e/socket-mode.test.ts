import { expect, it } from 'vitest';
import { askForCertificate, pressShowOnce, untilShown } from '../support/acts.ts';
import { startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

describeWith('redisServer', 'Socket Mode', () => {
  it('carries the whole way to a key, also over a new connection after Slack has recycled the old one', async () => {
    await using stack = await startStack({ socketMode: true });
    const { alice, sandbox } = stack;
    const untilConnected = (times: number) =>
      expect
        .poll(() => stack.log.filter((line) => line.includes('connected to Slack')).length, { timeout: 30_000 })
        .toBe(times);
    await untilConnected(1);
    await stack.setUp();
    await askForCertificate(alice, { Name: 'device-1' });
    await pressShowOnce(alice, 'device-1');
    await untilShown(alice, 'device-1');

    sandbox.socket.recycle();
    await untilConnected(2);
    await askForCertificate(alice, { Name: 'device-2' });
    await pressShowOnce(alice, 'device-2');
    const { certificate } = await untilShown(alice, 'device-2');
    expect(certificate.subject).toContain('device-2');
    const health = await fetch(`http://127.0.0.1:${stack.port}/healthz`);
    expect(health.status).toBe(200);
  }, 120_000);
});
