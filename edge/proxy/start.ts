import { chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { makeHaproxyDriver } from '../haproxy/driver.ts';
import { makeNginxDriver } from '../nginx/driver.ts';
import { makeFrameReader, readAnswered } from './access-log.ts';
import { type Agent, type AgentFeed, startAgent } from './agent.ts';
import type { HaproxySection, NginxSection } from './config.ts';
import { readIntermediates } from './intermediates.ts';
import { followLog } from './log-file.ts';
import type { ProxySight, ServedHost } from './plan-hosts.ts';
import { watchFiles } from './watch-files.ts';

/** nginx has neither SHA-256 nor anything but the leaf. */
export const NGINX_SEES: ProxySight = { fingerprints: false, chain: false };
export const HAPROXY_SEES: ProxySight = { fingerprints: true, chain: true };

type Started = { stop(): Promise<void> };
type Deps = { feed: AgentFeed; hosts: readonly ServedHost[]; clock: Clock; logger: Logger };

/** Drives the nginx beside this process, and reads what it answers from its log. */
export async function startNginxAgent({ feed, hosts, clock, logger }: Deps, section: NginxSection): Promise<Started> {
  const { folder } = section;
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const driver = makeNginxDriver({ ...section, oldWorkersMs: section.oldWorkersSeconds * 1_000, logger });
  const decideSocket = join(folder, 'decide.sock');
  const { decide, intermediates } = section;
  const agent = await startAgent({
    feed,
    driver,
    hosts,
    proxy: { sees: NGINX_SEES, decide },
    ...(intermediates ? { readIntermediates: () => readIntermediates(intermediates) } : {}),
    decideSocket,
    clock,
    logger,
  });
  const log = followLog(join(folder, 'access.log'), (line) => count(agent, line));
  return whole(agent, log, hosts, intermediates ? [intermediates] : []);
}

/** Drives the HAProxy beside this process, which sends its log to a socket of the agent's. */
export async function startHaproxyAgent(
  { feed, hosts, clock, logger }: Deps,
  section: HaproxySection,
): Promise<Started> {
  const { folder } = section;
  // HAProxy's own user has to get to the agent's sockets in it; what is secret is in folders and files of its own.
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const driver = makeHaproxyDriver(section);
  const decideSocket = join(folder, 'decide.sock');
  const proxy = { sees: HAPROXY_SEES, decide: section.decide };
  const agent = await startAgent({ feed, driver, hosts, proxy, decideSocket, clock, logger });
  const log = await listenForLog(join(folder, 'log.sock'), (line) => count(agent, line));
  return whole(agent, log, hosts);
}

function whole(agent: Agent, log: Started, hosts: readonly ServedHost[], more: readonly string[] = []): Started {
  const own = hosts.flatMap(({ certificateFile, keyFile }) => [certificateFile, keyFile]);
  const watch = watchFiles([...new Set([...own, ...more])], () => agent.renew());
  return {
    async stop() {
      watch.stop();
      await log.stop();
      await agent.stop();
    },
  };
}

function count(agent: Agent, line: string): void {
  const answered = readAnswered(line);
  if (answered) agent.answered(answered);
}

async function listenForLog(path: string, onMessage: (message: string) => void): Promise<Started> {
  await rm(path, { force: true });
  const connections = new Set<Socket>();
  const server = createServer((connection) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
    connection.on('data', makeFrameReader(onMessage));
    // HAProxy connects again by itself.
    connection.on('error', () => connection.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  // The one who writes is HAProxy's own user.
  await chmod(path, 0o666);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // HAProxy never ends its own.
        for (const connection of connections) connection.destroy();
      }),
  };
}
