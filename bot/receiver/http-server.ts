import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '../../core/logger.ts';
import { SLACK_PATH, type SlackEndpoint } from './slack-endpoint.ts';

export type HttpServer = {
  listen(port: number, host: string): Promise<{ port: number }>;
  /** From now on `/healthz` says 503 and no new connection is taken; resolves when the open ones have ended. */
  drain(): Promise<void>;
};

/** `GET /healthz` in every mode, and Slack's endpoint where Slack reaches us over HTTP. */
export function makeHttpServer(endpoint: SlackEndpoint | undefined, logger: Logger): HttpServer {
  let draining = false;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').split('?')[0];
    if (path === '/healthz' && (request.method === 'GET' || request.method === 'HEAD')) {
      return void response
        .writeHead(draining ? 503 : 200, { 'content-type': 'text/plain' })
        .end(draining ? 'draining' : 'ok');
    }
    if (path === SLACK_PATH && endpoint !== undefined) {
      if (request.method !== 'POST') return void response.writeHead(405, { allow: 'POST' }).end();
      return endpoint.handle(request, response);
    }
    response.writeHead(404).end();
  };

  const server: Server = createServer({ headersTimeout: 5_000, requestTimeout: 10_000 }, (request, response) => {
    if (draining) response.setHeader('connection', 'close');
    answer(request, response).catch((error: unknown) => {
      if (request.destroyed && !request.complete) return;
      logger.error({ error }, 'a request could not be handled');
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });

  return {
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve({ port: (server.address() as AddressInfo).port });
        });
      }),
    drain: () => {
      draining = true;
      if (!server.listening) return Promise.resolve();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}
