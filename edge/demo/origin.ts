import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The server that stands behind the sandbox's gateway: it knows of certificates what the headers say, and says it. */
export async function startDemoOrigin(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { headers } = request;
    const isVerified = headers['x-client-cert-verified'] === 'true';
    const name = nameIn(String(headers['x-client-cert-subject-cn'] ?? ''));
    request.resume();
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(
      isVerified
        ? `Hello ${name}. Your certificate counts here (serial ${headers['x-client-cert-serial']}).\n`
        : 'Hello, whoever you are. You came without a certificate that counts here, and no rule keeps you out.\n',
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function nameIn(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
