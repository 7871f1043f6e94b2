import type { Clock } from '../../core/clock.ts';
import { makeLogger } from '../../core/logger.ts';
import type { Enforced } from '../../core/snapshot/policy.ts';
import type { UsageReport } from '../../edge/feed/usage.ts';
import { type EdgeConfig, parseEdgeConfig } from '../../edge/gateway/config.ts';
import type { EnforcementSource } from '../../edge/gateway/feed.ts';
import { makeGateway } from '../../edge/gateway/gateway.ts';
import type { ConformanceEdge } from './conformance.ts';
import type { World } from './conformance-world.ts';

/** A source of enforcement that a test holds in its hand. */
export function makeTestSource(first?: Enforced) {
  let current = first;
  const listeners = new Set<Parameters<EnforcementSource['onChange']>[0]>();
  const reports: UsageReport[] = [];
  let inexpressible: readonly string[] = [];
  const source: EnforcementSource = {
    current: () => current,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    report: (usage) => void reports.push(usage),
    setInexpressible: (sentences) => {
      inexpressible = sentences;
    },
  };
  return {
    source,
    reports,
    inexpressible: () => inexpressible,
    /** Rejects when it could not be put into effect, as the feed then does not acknowledge it. */
    async set(enforced: Enforced) {
      current = enforced;
      for (const listener of listeners) await listener(enforced);
    },
  };
}

export type GatewayRig = Awaited<ReturnType<typeof startGateway>>;

/** The gateway on a free port of the loopback, in this process. */
export async function startGateway(
  world: World,
  options: { config?: Partial<Record<keyof EdgeConfig, unknown>>; clock?: Clock; enforced?: Enforced } = {},
) {
  const test = makeTestSource(options.enforced);
  const log: Record<string, unknown>[] = [];
  const gateway = makeGateway({
    config: parseEdgeConfig(JSON.stringify({ hosts: world.hosts, ...options.config }), world.folder),
    source: test.source,
    clock: options.clock ?? { now: () => new Date() },
    logger: makeLogger('edge', 'debug', (line) => void log.push(JSON.parse(line))),
  });
  const { port } = await gateway.listen('127.0.0.1', 0);
  const edge = {
    host: '127.0.0.1',
    port,
    ca: world.serverAuthority.pem,
    gateway,
    reports: test.reports,
    /** Every line that was logged. */
    log,
    inexpressible: test.inexpressible,
    apply: (enforced: Enforced) => test.set(enforced),
    [Symbol.asyncDispose]: () => gateway.stop(),
  };
  return edge satisfies ConformanceEdge;
}
