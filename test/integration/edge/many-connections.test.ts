import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { A, makeWorld } from '../../support/conformance-world.ts';
import { askEdge } from '../../support/edge-client.ts';
import { startGateway } from '../../support/gateway-rig.ts';

/** Each takes a descriptor here and one in the process that opens them; some are needed for everything else. */
const limit = Number(/Max open files\s+(\d+)/.exec(limits())?.[1] ?? 1024);
const MANY = Math.min(10_000, limit - 500);

it(`${MANY} idle connections are held, each with its certificate, and new ones are served beside them`, async () => {
  await using world = await makeWorld();
  await using edge = await startGateway(world, {
    enforced: world.enforced(),
    config: { timeouts: { keepAliveSeconds: 600, idleSeconds: 600 } },
  });
  const child = fork(fileURLToPath(new URL('./fixtures/hold-connections.mjs', import.meta.url)), { stdio: 'inherit' });
  const { certificate, key } = world.clients.good;
  child.send({ port: edge.port, ca: edge.ca, servername: A, cert: certificate, key, count: MANY });
  const [held] = (await once(child, 'message')) as [number];
  expect(held).toBe(MANY);
  expect(await askEdge(edge, { sni: A, client: world.clients.good })).toMatchObject({
    // The limit is 10,000 in all.
    ...(MANY < 10_000 ? { status: 200 } : { refused: expect.any(String) }),
  });
  child.send('one less');
  await once(child, 'message');
  expect(await askEdge(edge, { sni: A, client: world.clients.good })).toMatchObject({ status: 200 });
  child.kill();
  await once(child, 'exit');
}, 600_000);

function limits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
