import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { resolvePorts } from '../../../start/ports.ts';

const host = '127.0.0.1';

test('a port that is taken is named with the variable to change', async () => {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { problems } = await resolvePorts([{ variable: 'SANDBOX_PORT', host, port }]);
  server.close();
  expect(problems).toEqual([
    `SANDBOX_PORT: port ${port} is in use. Stop what uses it, or set SANDBOX_PORT to another (0 picks a free one).`,
  ]);
});

test('0 becomes a free port, another one for each', async () => {
  const wishes = ['PORT', 'SANDBOX_PORT'].map((variable) => ({ variable, host, port: 0 }));
  const { ports, problems } = await resolvePorts(wishes);
  expect(problems).toEqual([]);
  expect(ports.every((port) => port > 0)).toBe(true);
  expect(new Set(ports).size).toBe(2);
});

test('an address that is not of this machine is named', async () => {
  const { problems } = await resolvePorts([{ variable: 'PORT', host: '192.0.2.1', port: 0 }]);
  expect(problems).toEqual(['HOST: 192.0.2.1 is not an address of this machine.']);
});
