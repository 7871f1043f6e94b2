import { makeBreathe } from '../../core/breathe.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Policy } from '../../core/snapshot/policy.ts';
import { differenceOf, emptySet, serialsInRun } from '../../core/snapshot/serial-set.ts';
import type { EnforcedLists } from '../../core/snapshot/snapshot.ts';
import type { Feed } from '../feed/feed.ts';
import { makeUsageCount } from '../feed/usage-count.ts';
import type { Answered } from './access-log.ts';
import { makeDecide } from './decide.ts';
import { type Decide, startDecider } from './decider.ts';
import type { Driver, ProxyState, RevocationChange } from './driver.ts';
import { type Issuers, issuersOf } from './issuers.ts';
import { planHosts, type ServedHost } from './plan-hosts.ts';

/** What an agent needs of the feed. */
export type AgentFeed = Pick<Feed, 'current' | 'onChange' | 'report' | 'setProblem' | 'tryAgain'>;

export type Agent = {
  /** What a proxy has logged. */
  answered(request: Answered): void;
  /** Writes everything anew and has the proxy take it, because the servers' own certificates have changed. */
  renew(): void;
  stop(): Promise<void>;
};

const REPORTED_EVERY_MS = 2_000;

/**
 * Keeps one proxy equal to the feed. A version is in effect, and acknowledged, when the proxy has taken it: a revocation
 * through what the proxy reads with each request, anything else through a configuration that it has tested and runs.
 * What it refuses stays out, what it ran before stays in force, and people are told with the proxy's own words.
 */
export async function startAgent(options: {
  feed: AgentFeed;
  driver: Driver;
  hosts: readonly ServedHost[];
  /** Whether the proxy itself looks up which certificates are blocked. */
  seesFingerprints: boolean;
  /** The socket on which the proxy asks. */
  decideSocket: string;
  clock: Clock;
  logger: Logger;
}): Promise<Agent> {
  const { feed, driver, hosts, seesFingerprints, clock, logger } = options;
  const hostnames = new Set(hosts.map(({ hostname }) => hostname));
  let decide: Decide = () => 503;
  /** What the proxy runs. */
  let running: EnforcedLists | undefined;
  let folding: Promise<void> | undefined;
  const usage = makeUsageCount();

  const known = new WeakMap<Policy, Issuers>();
  const issuersIn = (policy: Policy): Issuers => {
    const issuers = known.get(policy) ?? issuersOf(policy);
    known.set(policy, issuers);
    return issuers;
  };

  const stateOf = ({ policy, sets }: EnforcedLists): ProxyState => ({
    hosts: planHosts(hosts, policy, { seesFingerprints }),
    issuers: issuersIn(policy).patterns,
    revocations: issuersIn(policy).patterns.map(({ authorityId }) => ({
      authorityId,
      serials: issuersIn(policy).revokedUnder(authorityId, sets),
    })),
    blockedFingerprints: policy.blockedFingerprints,
  });

  /** One configuration after the other: what is written last is what the proxy runs. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const done = turn.then(task);
    turn = done.catch(() => undefined);
    return done;
  };

  const take = async (next: EnforcedLists): Promise<void> => {
    const before = running;
    // Revocations first: they take effect at once, while a configuration takes its time.
    if (before) {
      const changes = await changesBetween(before, next, issuersIn(before.policy));
      // Before the proxy is told: what is written anew meanwhile is written with them.
      running = withRevocationsOf(before, next);
      try {
        if (changes.length > 0) await driver.change(changes);
      } catch (error) {
        // Not all of them are in effect: the next version is compared with this one, and tells them again.
        running = before;
        throw error;
      }
    }
    if (before?.policy === next.policy) running = next;
    else await inTurn(() => putInForce(next));
    if (driver.isCrowded()) fold();
  };

  /** What it refuses leaves the policy before in force, with the revocations of this version. */
  const putInForce = async (next: EnforcedLists): Promise<void> => {
    const previous = decide;
    decide = makeDecide(next.policy, clock);
    try {
      await driver.apply(stateOf(next));
    } catch (error) {
      decide = previous;
      throw error;
    }
    running = next;
  };

  /** Everything is written anew, changes into one list again, while the proxy goes on. */
  const fold = () => {
    folding ??= inTurn(() => driver.apply(stateOf(running as EnforcedLists)))
      .then(
        () => feed.setProblem('fold', undefined),
        (error: unknown) => feed.setProblem('fold', `the configuration was not renewed: ${(error as Error).message}`),
      )
      .finally(() => {
        folding = undefined;
      });
  };

  const reporting = setInterval(() => {
    const report = usage.take();
    if (report) feed.report(report);
  }, REPORTED_EVERY_MS).unref();
  const decider = await startDecider(options.decideSocket, (request) => decide(request));
  const stopFollowing = feed.onChange(take);
  const first = feed.current();
  if (first) {
    await take(first).catch((error: unknown) => {
      logger.error({ version: first.version, error }, 'the proxy does not take what is enforced');
      feed.setProblem(
        'effect',
        `version ${first.epoch}.${first.version} is not in effect: ${(error as Error).message}`,
      );
      feed.tryAgain();
    });
  }

  return {
    answered({ at, hostname, certificate, state, denied }) {
      if (!hostnames.has(hostname) && !isBelowWildcard(hostname, hostnames)) return;
      const seen = state === 'verified' && running ? certificate : undefined;
      const verified = seen && {
        ...seen,
        authorityId: issuersIn((running as EnforcedLists).policy).acceptedAt(hostname, seen.authorityId),
      };
      usage.add({ at, hostname, certificate: verified, blocked: denied });
    },
    renew: () => {
      if (running) fold();
    },
    async stop() {
      stopFollowing();
      clearInterval(reporting);
      await folding;
      await decider.stop();
    },
  };
}

/**
 * What a proxy runs whose configuration is still the one before. An authority that the next policy does not name any
 * more keeps its list: the configuration before still accepts its certificates.
 */
function withRevocationsOf(before: EnforcedLists, next: EnforcedLists): EnforcedLists {
  return { ...next, policy: before.policy, sets: new Map([...before.sets, ...next.sets]) };
}

/** @param issuers of the policy that the proxy runs. */
async function changesBetween(
  before: EnforcedLists,
  next: EnforcedLists,
  issuers: Issuers,
): Promise<RevocationChange[]> {
  const changes: RevocationChange[] = [];
  const { sets } = withRevocationsOf(before, next);
  for (const { id } of next.policy.authorities) {
    const [from, to] = [before.sets.get(id) ?? emptySet, next.sets.get(id) ?? emptySet];
    if (from === to) continue;
    const { added, removed } = await differenceOf(from, to, makeBreathe());
    const authorityId = issuers.knownAs(id);
    for (const serial of serialsInRun(added)) changes.push({ authorityId, serial, revoked: true });
    for (const serial of serialsInRun(removed)) {
      if (issuers.isRevokedUnder(authorityId, serial, sets)) continue;
      changes.push({ authorityId, serial, revoked: false });
    }
  }
  return changes;
}

function isBelowWildcard(hostname: string, served: ReadonlySet<string>): boolean {
  return served.has(`*${hostname.slice(hostname.indexOf('.'))}`);
}
