import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import type { Config } from '../core/config/config.ts';
import { DEMO_EDGE } from '../core/config/demo-edge.ts';
import type { SealingKeys } from '../core/config/secrets.ts';
import { parseCredential } from '../core/edges/credential.ts';
import { deriveOwnEdge } from '../core/edges/own.ts';
import { parsePin } from '../core/edges/pin.ts';
import type { EdgeLimits } from '../core/edges/report.ts';
import { CountersignError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { type Running, runProcess } from '../core/run-process.ts';
import { obtainDemoFiles } from './demo/files.ts';
import { startDemoOrigin } from './demo/origin.ts';
import { type Feed, type FeedOptions, startFeed } from './feed/feed.ts';
import { type EdgeConfig, parseEdgeConfig } from './gateway/config.ts';
import { makeGateway } from './gateway/gateway.ts';
import { startHealth } from './health.ts';
import type { HaproxySection } from './proxy/config.ts';
import { limitsOf } from './proxy/limits.ts';
import type { ProxyMeans } from './proxy/plan-hosts.ts';
import { startHaproxyAgent, startNginxAgent } from './proxy/start.ts';

runProcess('edge', 10_000, async ({ config, keys, logger }) => {
  const isDemo = config.edgeConfig === 'demo';
  const folder = join(resolve(config.dataDir), 'edge');
  const origin = isDemo ? await startDemoOrigin() : undefined;
  const edge = origin ? demoConfig(folder, config, origin.url) : readConfig(config.edgeConfig);
  const connection = connectionOf(edge, config, keys);
  const limits = await limitsOf(edge);
  const feed = await startFeed({
    ...connection,
    dir: join(folder, 'feed'),
    software: `Countersign ${edge.nginx ? 'agent of nginx' : edge.haproxy ? 'agent of HAProxy' : 'gateway'}`,
    limits,
    logger,
  });
  // Before the gateway or agent: whoever watches sees an edge that still waits for its proxy, too.
  const health =
    config.edgeHealthPort === undefined ? undefined : await startHealth(config.edgeHealthPort, feed, systemClock);
  const served =
    edge.nginx || edge.haproxy
      ? await driveProxy(edge, feed, meansOf(limits, connection), logger)
      : await serveGateway(edge, config, feed, logger);
  return {
    ready: { ...served.ready, ...(health ? { healthPort: health.port } : {}) },
    async stop() {
      await served.stop();
      await feed.stop();
      await origin?.stop();
      await health?.stop();
    },
  };
});

async function serveGateway(edge: EdgeConfig, config: Config, feed: Feed, logger: Logger): Promise<Running> {
  const gateway = makeGateway({ config: edge, source: feed, clock: systemClock, logger });
  const { address, port } = edge.listen ?? { address: config.host, port: config.edgePort };
  const listening = await gateway.listen(address, port);
  return {
    ready: { port: listening.port, host: address, hostnames: edge.hosts.map(({ hostname }) => hostname) },
    stop: () => gateway.stop(),
  };
}

/** The proxy beside this process listens; this process only tells it what to enforce. */
async function driveProxy(
  { hosts, nginx, haproxy }: EdgeConfig,
  feed: Feed,
  limits: ProxyMeans['limits'],
  logger: Logger,
): Promise<Running> {
  const served = hosts.map(({ hostname, certificate, key, origin }) => {
    return { hostname, certificateFile: certificate, keyFile: key, origin };
  });
  const deps = { feed, hosts: served, limits, clock: systemClock, logger };
  const agent = nginx ? await startNginxAgent(deps, nginx) : await startHaproxyAgent(deps, haproxy as HaproxySection);
  return {
    ready: { drives: nginx ? 'nginx' : 'HAProxy', hostnames: hosts.map(({ hostname }) => hostname) },
    stop: () => agent.stop(),
  };
}

/** What was accepted of its gaps is named by the id that its credential begins with. */
function meansOf(limits: EdgeLimits | null, { credential }: Pick<FeedOptions, 'credential'>): ProxyMeans['limits'] {
  return limits ? { reason: limits.reason, edgeId: parseCredential(credential)?.edgeId ?? '' } : undefined;
}

/** The sandbox's: one hostname on the loopback, whatever HOST says, with an origin of its own behind it. */
function demoConfig(folder: string, config: Config, origin: string): EdgeConfig {
  const { hostname, folder: own } = DEMO_EDGE;
  const { certificate, key } = obtainDemoFiles(join(folder, own), hostname, systemClock.now());
  const listen = { address: '127.0.0.1', port: config.edgePort };
  return parseEdgeConfig(JSON.stringify({ listen, hosts: [{ hostname, certificate, key, origin }] }), folder);
}

function readConfig(path: string | undefined): EdgeConfig {
  if (path === undefined) throw new CountersignError('invalid_configuration');
  const text = readOrRefuse(path, 'EDGE_CONFIG');
  return parseEdgeConfig(text, dirname(resolve(path)));
}

/** With a credential of its own where `edge.json` says so, else as the installation's own gateway. */
function connectionOf(
  edge: EdgeConfig,
  config: Config,
  keys: SealingKeys,
): Pick<FeedOptions, 'url' | 'credential' | 'trust'> {
  if (edge.feed) {
    const trust = parsePin(edge.feed.key);
    if (!trust)
      refuse('feed.key in edge.json is not a pinned feed key: copy it as it was shown when the edge was added.');
    const credential = readOrRefuse(edge.feed.credentialFile, 'feed.credentialFile in edge.json').trim();
    return { url: edge.feed.url, credential, trust };
  }
  if (!keys.edge) {
    refuse('COUNTERSIGN_KEY_EDGE: is missing, and edge.json has no feed. npm run keys:derive prints it.');
  }
  const { credential, pinSecret } = deriveOwnEdge(keys.edge);
  return { url: config.edgeFeedUrl, credential, trust: { pinSecret } };
}

function readOrRefuse(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return refuse(`${what}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`);
  }
}

function refuse(problem: string): never {
  throw new CountersignError('invalid_configuration', {
    userMessage: `The configuration has problems:\n  - ${problem}`,
  });
}
