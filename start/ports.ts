import { createServer, type Server } from 'node:net';

export type PortWish = { variable: string; host: string; port: number };

/**
 * The ports as they will be: `0` becomes a free one. All are held at once while looking, so that no two get the same.
 * @returns the ports in the order of the wishes, and a sentence for each that is taken
 */
export async function resolvePorts(wishes: readonly PortWish[]): Promise<{ ports: number[]; problems: string[] }> {
  const held: Server[] = [];
  const ports: number[] = [];
  const problems: string[] = [];
  for (const wish of wishes) {
    const server = createServer();
    try {
      ports.push(await hold(server, wish));
      held.push(server);
    } catch (error) {
      ports.push(wish.port);
      problems.push(explain(wish, error as NodeJS.ErrnoException));
    }
  }
  await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  return { ports, problems };
}

function hold(server: Server, wish: PortWish): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: wish.host, port: wish.port }, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : wish.port);
    });
  });
}

function explain({ variable, host, port }: PortWish, error: NodeJS.ErrnoException): string {
  if (error.code === 'EADDRINUSE') {
    return `${variable}: port ${port} is in use. Stop what uses it, or set ${variable} to another (0 picks a free one).`;
  }
  if (error.code === 'EACCES') return `${variable}: port ${port} needs root. Set ${variable} to one above 1023.`;
  if (error.code === 'EADDRNOTAVAIL') return `HOST: ${host} is not an address of this machine.`;
  return `${variable}: cannot listen on ${host} port ${port} (${error.code ?? error.message}).`;
}
