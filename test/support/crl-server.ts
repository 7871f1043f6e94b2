import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server on the loopback that answers as it is told; `answer` may be changed at any time. */
export async function startCrlServer(answer: RequestListener, host = '127.0.0.1') {
  const requests: IncomingMessage[] = [];
  const served = {
    answer,
    requests,
    port: 0,
    url: '',
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((request, response) => {
    requests.push(request);
    served.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  served.port = (server.address() as AddressInfo).port;
  served.url = `http://${host}:${served.port}/root.crl`;
  return served;
}
