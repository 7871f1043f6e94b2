import { appendFile, chmod, mkdir, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { makeHaproxyDriver } from '../haproxy/driver.ts';
import { makeNginxDriver } from '../nginx/driver.ts';
import { makeFrameReader, readAnswered } from './access-log.ts';
import { type Agent, type AgentFeed, startAgent } from './agent.ts';
import type { HaproxySection, NginxSection } from './config.ts';
import { letIn } from './effects.ts';
import { readIntermediates } from './intermediates.ts';
import { followLog } from './log-file.ts';
import type { ProxyMeans, ProxySight, ServedHost } from './plan-hosts.ts';
import { watchFiles } from './watch-files.ts';

/** nginx has neither SHA-256 nor anything but the leaf. */
export const NGINX_SEES: ProxySight = { fingerprints: false, chain: false };
export const HAPROXY_SEES: ProxySight = { fingerprints: true, chain: true };

type Started = { stop(): Promise<void> };
type Deps = {
  feed: AgentFeed;
  hosts: readonly ServedHost[];
  limits?: ProxyMeans['limits'];
  clock: Clock;
  logger: Logger;
};

/** Drives the nginx beside this process, and reads what it answers from its log. */
export async function startNginxAgent(
  { feed, hosts, limits, clock, logger }: Deps,
  section: NginxSection,
): Promise<Started> {
  const { folder } = section;
  await openFolder(folder);
  // nginx opens it as root, and would let everybody read it.
  const accessLog = join(folder, 'access.log');
  await appendFile(accessLog, '', { mode: 0o600 });
  await chmod(accessLog, 0o600);
  const driver = makeNginxDriver({ ...section, oldWorkersMs: section.oldWorkersSeconds * 1_000, logger });
  const { decide, group, intermediates } = section;
  const agent = await startAgent({
    feed,
    driver,
    hosts,
    proxy: { sees: NGINX_SEES, decide, limits },
    ...(intermediates ? { readIntermediates: () => readIntermediates(intermediates) } : {}),
    decideSocket: { path: join(folder, 'decide.sock'), group },
    clock,
    logger,
  });
  const log = followLog(accessLog, (line) => count(agent, line));
  return whole(agent, log, hosts, intermediates ? [intermediates] : []);
}

/** Drives the HAProxy beside this process, which sends its log to a socket of the agent's. */
export async function startHaproxyAgent(
  { feed, hosts, limits, clock, logger }: Deps,
  section: HaproxySection,
): Promise<Started> {
  const { folder, group } = section;
  await openFolder(folder);
  const driver = makeHaproxyDriver({ ...section, asks: !limits });
  const decideSocket = { path: join(folder, 'decide.sock'), group };
  const proxy = { sees: HAPROXY_SEES, decide: section.decide, limits };
  const agent = await startAgent({ feed, driver, hosts, proxy, decideSocket, clock, logger });
  const log = await listenForLog(join(folder, 'log.sock'), group, (line) => count(agent, line));
  return whole(agent, log, hosts);
}

/**
 * The proxy's own user has to get to what is in it, whatever mode somebody has made it with; which groups may use it each
 * socket says itself. Nobody sees what there is.
 */
async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
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

async function listenForLog(path: string, group: string, onMessage: (message: string) => void): Promise<Started> {
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
  // What comes here is counted: nobody but HAProxy may say who was seen.
  await letIn(path, group);
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        // HAProxy never ends its own.
        for (const connection of connections) connection.destroy();
      }),
  };
}
