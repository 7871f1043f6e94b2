import { setTimeout as wait } from 'node:timers/promises';
import { makeBreathe } from '../../core/breathe.ts';
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Policy } from '../../core/snapshot/policy.ts';
import { differenceOf, emptySet, hasSerial, type SerialSet, serialsInRun } from '../../core/snapshot/serial-set.ts';
import type { EnforcedLists } from '../../core/snapshot/snapshot.ts';
import type { ChainCertificate } from '../decide/certificate.ts';
import type { Feed } from '../feed/feed.ts';
import { makeUsageCount } from '../feed/usage-count.ts';
import type { Answered } from './access-log.ts';
import { makeDecide } from './decide.ts';
import { type Decide, startDecider } from './decider.ts';
import type { Driver, ProxyState, RevocationChange, RevokedBy } from './driver.ts';
import { type Issuers, issuersOf } from './issuers.ts';
import { tellGaps } from './limits.ts';
import { type ProxyMeans, planHosts, type ServedHost } from './plan-hosts.ts';

/** What an agent needs of the feed. */
export type AgentFeed = Pick<Feed, 'current' | 'onChange' | 'report' | 'setInexpressible' | 'setProblem'>;

export type Agent = {
  /** What a proxy has logged. */
  answered(request: Answered): void;
  /** Writes everything anew and has the proxy take it, because the servers' own certificates have changed. */
  renew(): void;
  stop(): Promise<void>;
};

const REPORTED_EVERY_MS = 2_000;
const BACKOFF_MS = { first: 1_000, most: 60_000 };
/** More changes than this are quicker written as one list. */
const MOST_CHANGES = 50_000;

/**
 * Keeps one proxy equal to the feed. A version is in effect, and acknowledged, when the proxy has taken it: a revocation
 * through what the proxy reads with each request, anything else through a configuration that it has tested and runs.
 * The two do not wait for each other, so that a revocation takes effect while a reload takes its time or fails.
 * What the proxy refuses stays out, what it ran before stays in force, people are told with the proxy's own words, and it
 * is tried again.
 */
export async function startAgent(options: {
  feed: AgentFeed;
  driver: Driver;
  hosts: readonly ServedHost[];
  proxy: ProxyMeans;
  /**
   * Those that count beside what a client sends, read anew with each configuration.
   * @throws with the sentence that says what is wrong with them.
   */
  readIntermediates?: () => Promise<readonly ChainCertificate[]>;
  /** The socket on which the proxy asks, and the group of its processes: nobody else may. */
  decideSocket: { path: string; group: string };
  clock: Clock;
  logger: Logger;
  /** Milliseconds before what has failed is tried again, doubled each time. */
  backoffMs?: { first: number; most: number };
}): Promise<Agent> {
  const { feed, driver, hosts, proxy, decideSocket, clock, logger, backoffMs = BACKOFF_MS } = options;
  const readIntermediates = options.readIntermediates ?? (async () => []);
  const hostnames = new Set(hosts.map(({ hostname }) => hostname));
  const ended = new AbortController();
  let decide: Decide = () => ({ status: 503, state: 'unverified', told: [] });
  /** What the feed said last. */
  let wanted: EnforcedLists | undefined;
  /** The version whose revocations the proxy has been told. */
  let told: EnforcedLists | undefined;
  /** The policy that the proxy runs. */
  let running: Policy | undefined;
  /** Of every authority that the proxy may still accept: one that is named no more keeps its list until that is taken. */
  let sets: ReadonlyMap<string, SerialSet> = new Map();
  let renewAsked = false;
  /** How often a version needed the list to be written anew to be in effect, and how much of that is done. */
  const lists = { wanted: 0, written: 0 };
  let revoking: Promise<void> | undefined;
  let configuring: Promise<void> | undefined;
  /** Ends a wait before the next attempt: there is something else to attempt. */
  let wake = new AbortController();
  const usage = makeUsageCount();

  const known = new WeakMap<Policy, Issuers>();
  const issuersIn = (policy: Policy): Issuers => {
    const issuers = known.get(policy) ?? issuersOf(policy);
    known.set(policy, issuers);
    return issuers;
  };
  /** Of the policy that is wanted, and of the one that runs until that is taken: the lists are for both. */
  const issuersWanted = ({ policy }: EnforcedLists): Issuers[] =>
    [...new Set([policy, running ?? policy])].map(issuersIn);

  const revocationsOf = (next: EnforcedLists): RevokedBy[] => {
    const all = issuersWanted(next);
    const ids = new Set(all.flatMap(({ patterns }) => patterns.map(({ authorityId }) => authorityId)));
    return [...ids].map((authorityId) => ({ authorityId, serials: revokedUnder(all, authorityId, sets) }));
  };

  const stateOf = (next: EnforcedLists): ProxyState => ({
    hosts: planHosts(hosts, next.policy, proxy),
    issuers: issuersIn(next.policy).patterns,
    revocations: revocationsOf(next),
    blockedFingerprints: next.policy.blockedFingerprints,
  });

  /** As of now, whatever the proxy has been told. */
  const isRevoked = (authorityId: string, serial: string) => hasSerial(sets.get(authorityId) ?? emptySet, serial);

  const pause = async (failures: number, signal: AbortSignal): Promise<void> => {
    const ms = Math.min(backoffMs.most, backoffMs.first * 2 ** (failures - 1));
    await wait(ms, undefined, { signal: AbortSignal.any([ended.signal, signal]) }).catch(() => undefined);
  };

  /** Has the proxy told of every change until there is none. */
  const tellRevocations = async (): Promise<void> => {
    for (let failures = 0; told !== wanted && !ended.signal.aborted; ) {
      const next = wanted as EnforcedLists;
      try {
        if (!told) await driver.takeUp(issuersIn(next.policy).patterns, () => revocationsOf(next));
        const changes = told ? await changesBetween(told, next, sets, issuersWanted(next)) : [];
        if (changes.length > MOST_CHANGES) lists.wanted += 1;
        else if (changes.length > 0) await driver.change(changes, () => revocationsOf(next));
        told = next;
        failures = 0;
        feed.setProblem('revocations', undefined);
        if (driver.isCrowded()) renewAsked = true;
        void configure();
      } catch (error) {
        failures += 1;
        logger.warn({ error }, 'the proxy was not told of a revocation');
        feed.setProblem('revocations', `revocations are not in effect: ${(error as Error).message}`);
        // A reload reads everything anew, and makes anew what the proxy is told through.
        renewAsked = true;
        void configure();
        await pause(failures, new AbortController().signal);
      }
    }
  };

  /** Has the proxy run what is wanted, however often it takes. */
  const bringConfiguration = async (): Promise<void> => {
    for (let failures = 0; isConfigurationOld() && !ended.signal.aborted; ) {
      const next = wanted as EnforcedLists;
      wake = new AbortController();
      const isRenewal = running === next.policy;
      const previous = decide;
      const listsNow = lists.wanted;
      renewAsked = false;
      try {
        const intermediates = await readIntermediates();
        decide = makeDecide(next.policy, { clock, isRevoked, intermediates });
        const state = stateOf(next);
        await driver.apply(state);
        running = next.policy;
        feed.setInexpressible(tellGaps(state.hosts, running, proxy));
        forgetUnnamed();
        lists.written = listsNow;
        failures = 0;
        feed.setProblem('effect', undefined);
        feed.setProblem('fold', undefined);
      } catch (error) {
        // Without one, what the agent before this has put in force goes on, and asks this one.
        if (running) decide = previous;
        renewAsked ||= isRenewal;
        failures += 1;
        const { message } = error as Error;
        logger.warn({ error, version: next.version }, 'the proxy does not take a configuration');
        if (isRenewal) feed.setProblem('fold', `the configuration was not renewed: ${message}`);
        else feed.setProblem('effect', `version ${next.epoch}.${next.version} is not in effect: ${message}`);
        firstTried();
        await pause(failures, wake.signal);
      }
    }
  };

  const forgetUnnamed = () => {
    const named = new Set([running, wanted?.policy].flatMap((policy) => policy?.authorities.map(({ id }) => id) ?? []));
    sets = new Map([...sets].filter(([id]) => named.has(id)));
  };

  const isListOld = () => lists.written < lists.wanted;
  const isConfigurationOld = () => wanted !== undefined && (renewAsked || isListOld() || running !== wanted.policy);

  // Only one of each at a time. Both clear themselves in the same step in which they find nothing more to do.
  const revoke = (): Promise<void> => {
    if (told === wanted || ended.signal.aborted) return Promise.resolve();
    revoking ??= Promise.resolve()
      .then(tellRevocations)
      .finally(() => {
        revoking = undefined;
        return revoke();
      });
    return revoking;
  };
  const configure = (): Promise<void> => {
    if (!isConfigurationOld() || ended.signal.aborted) return Promise.resolve();
    configuring ??= Promise.resolve()
      .then(bringConfiguration)
      .finally(() => {
        configuring = undefined;
        return configure();
      });
    return configuring;
  };

  /**
   * Resolves when it is in effect; until then what is wrong is told by the agent itself.
   * @throws when the agent is stopped before.
   */
  const take = async (next: EnforcedLists): Promise<void> => {
    if (wanted?.policy !== next.policy) wake.abort();
    wanted = next;
    sets = new Map([...sets, ...next.sets]);
    // Revocations first: they take effect at once, while a configuration takes its time.
    await Promise.all([revoke(), running === next.policy ? undefined : configure()]);
    if (isListOld()) await configure();
    if (ended.signal.aborted) throw new Error('the agent was stopped');
  };

  let firstTried: () => void = () => undefined;
  const reporting = setInterval(() => {
    const report = usage.take();
    if (report) feed.report(report);
  }, REPORTED_EVERY_MS).unref();
  const decider = await startDecider(decideSocket.path, decideSocket.group, (request) => decide(request));
  const stopFollowing = feed.onChange(take);
  const first = feed.current();
  if (first) {
    const tried = new Promise<void>((resolve) => {
      firstTried = resolve;
    });
    await Promise.race([take(first), tried]);
  }

  return {
    answered({ at, hostname, certificate, state, denied }) {
      if (!hostnames.has(hostname) && !isBelowWildcard(hostname, hostnames)) return;
      const seen = state === 'verified' && running ? certificate : undefined;
      const verified = seen && {
        ...seen,
        authorityId: issuersIn(running as Policy).acceptedAt(hostname, seen.authorityId),
      };
      usage.add({ at, hostname, certificate: verified, blocked: denied });
    },
    renew() {
      if (!wanted) return;
      renewAsked = true;
      wake.abort();
      void configure();
    },
    async stop() {
      stopFollowing();
      clearInterval(reporting);
      ended.abort();
      await Promise.all([revoking, configuring]);
      await driver.stop();
      await decider.stop();
    },
  };
}

/** Under one id, by all of these, each once: nginx refuses a map in which a key is there twice. */
function* revokedUnder(
  all: readonly Issuers[],
  authorityId: string,
  sets: ReadonlyMap<string, SerialSet>,
): Generator<string> {
  for (const [index, issuers] of all.entries()) {
    const before = all.slice(0, index);
    for (const serial of issuers.revokedUnder(authorityId, sets)) {
      if (!before.some((one) => one.isRevokedUnder(authorityId, serial, sets))) yield serial;
    }
  }
}

/** @param all of the policies that the proxy may run: a change is told under every id that they know its authority by. */
async function changesBetween(
  before: EnforcedLists,
  next: EnforcedLists,
  sets: ReadonlyMap<string, SerialSet>,
  all: readonly Issuers[],
): Promise<RevocationChange[]> {
  const changes: RevocationChange[] = [];
  const known = new Set(before.policy.authorities.map(({ id }) => id));
  for (const { id } of next.policy.authorities) {
    // The list of one that is new comes with the configuration that names it.
    if (!known.has(id)) continue;
    const [from, to] = [before.sets.get(id) ?? emptySet, next.sets.get(id) ?? emptySet];
    if (from === to) continue;
    const { added, removed } = await differenceOf(from, to, makeBreathe());
    for (const authorityId of new Set(all.map((issuers) => issuers.knownAs(id)))) {
      for (const serial of serialsInRun(added)) changes.push({ authorityId, serial, revoked: true });
      for (const serial of serialsInRun(removed)) {
        if (all.some((issuers) => issuers.isRevokedUnder(authorityId, serial, sets))) continue;
        changes.push({ authorityId, serial, revoked: false });
      }
    }
  }
  return changes;
}

function isBelowWildcard(hostname: string, served: ReadonlySet<string>): boolean {
  return served.has(`*${hostname.slice(hostname.indexOf('.'))}`);
}
