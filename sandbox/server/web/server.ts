import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '../../../core/logger.ts';
import type { SocketMode } from '../socket-mode.ts';
import type { World } from '../world.ts';
import { faultRoutes } from './fault-routes.ts';
import { receiveUpload, serveFile, serveLogin } from './files.ts';
import type { Guard } from './guard.ts';
import { answerJson, answerText, BodyTooLarge } from './http.ts';
import type { PageRoutes } from './page.ts';
import type { SlackRoutes } from './slack.ts';

type Routes = { world: World; guard: Guard; page: PageRoutes; slack: SlackRoutes; socket: SocketMode; logger: Logger };

/** One server: `/api/*`, response URLs and files for the app, `/link` for Socket Mode, `/faults` for tests, the rest is the page. */
export function makeServer(routes: Routes): Server {
  const server = createServer((request, response) => {
    handle(routes, request, response).catch((error: unknown) => {
      if (error instanceof BodyTooLarge) answerText(response, 413, 'This is too large.\n', { connection: 'close' });
      else {
        routes.logger.error({ error, path: request.url?.split('?')[0] }, 'request failed');
        if (response.headersSent) response.destroy();
        else
          answerJson(response, 500, {
            ok: false,
            error: 'internal_error',
            problem: 'The sandbox has a fault of its own.',
          });
      }
    });
  });
  server.on('upgrade', (request, socket, head) => {
    if (routes.guard.isLoopbackHost(request) && request.url?.startsWith('/link?'))
      routes.socket.upgrade(request, socket, head);
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
  });
  return server;
}

async function handle(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!routes.guard.isLoopbackHost(request))
    return answerText(response, 421, 'The sandbox answers on loopback only.\n');
  const url = new URL(request.url ?? '/', 'http://sandbox');
  if (url.pathname === '/healthz') return answerText(response, 200, 'ok');
  // People can begin once the roles are given out.
  if (url.pathname === '/readyz') {
    const ready = routes.world.store.workspace.rolesSeeded;
    return answerText(response, ready ? 200 : 503, ready ? 'ok' : 'the roles are not given out yet');
  }
  const forApps = /^\/(?:api\/([\w.]+)|(?:actions|commands)\/\w+\/\d+\/[\w-]+)$/.exec(url.pathname);
  if (forApps) {
    if (request.method !== 'POST' || routes.guard.isFromBrowser(request)) {
      return answerText(response, 403, 'This is for apps, by POST.\n');
    }
    return forApps[1] === undefined
      ? routes.slack.responseUrl(request, response, url.pathname)
      : routes.slack.method(request, response, forApps[1]);
  }
  if (url.pathname.startsWith('/upload/')) {
    if (request.method !== 'POST' || routes.guard.isFromBrowser(request)) {
      return answerText(response, 403, 'This is for apps, by POST.\n');
    }
    return receiveUpload(routes.world, request, response, url.pathname);
  }
  if (url.pathname.startsWith('/files-pri/')) return serveFile(routes.world, request, response, url.pathname);
  if (url.pathname === '/signin') return serveLogin(response);
  if (url.pathname.startsWith('/faults'))
    return faultRoutes(routes.world, routes.guard, request, response, url.pathname);
  return routes.page.handle(request, response, url);
}
