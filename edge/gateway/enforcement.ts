import type { Logger } from '../../core/logger.ts';
import type { Enforced, Policy } from '../../core/snapshot/policy.ts';
import { type PreparedPolicy, preparePolicy } from '../decide/policy.ts';
import { rememberStandings } from '../decide/remembered.ts';
import { type Presented, type Verification, verifyNow } from '../decide/verify.ts';
import type { EnforcementSource } from './feed.ts';

export type Enforcement = {
  /** Undefined: there is nothing to enforce yet, and nothing is let through. */
  now(): { policy: PreparedPolicy; enforced: Enforced } | undefined;
  /** What a client's certificates are worth on a hostname at this moment. */
  verify(presented: Presented, hostname: string, at: Date): Verification | undefined;
  stop(): void;
};

/**
 * Follows the source. A policy that cannot be read is not taken, and with it no revocation of that version: what was
 * enforced before goes on, the version is not acknowledged, and the error says so.
 */
export function followEnforcement(options: {
  source: EnforcementSource;
  logger: Logger;
  onChange(): void;
}): Enforcement {
  const { source, logger } = options;
  let state:
    | { policy: PreparedPolicy; from: Policy; enforced: Enforced; standingOf: ReturnType<typeof rememberStandings> }
    | undefined;
  const take = () => {
    const enforced = source.current();
    if (!enforced || enforced === state?.enforced) return;
    if (state?.from === enforced.policy) {
      // Revocations only: what signatures have proven stays true.
      state = { ...state, enforced };
    } else {
      try {
        const policy = preparePolicy(enforced.policy);
        state = { policy, from: enforced.policy, enforced, standingOf: rememberStandings(policy) };
        source.setInexpressible(
          policy.unreadable.map(({ site, number, name }) => `Rule ${number} of ${site} (${name}) cannot be read.`),
        );
        for (const { site, number, problem } of policy.unreadable) {
          logger.error({ site, rule: number, problem }, 'a rule cannot be read by this edge');
        }
      } catch (error) {
        logger.error({ version: enforced.version, error }, 'a policy cannot be read and is not enforced');
        throw error;
      }
    }
    logger.info({ epoch: enforced.epoch, version: enforced.version }, 'enforcing');
    options.onChange();
  };
  try {
    take();
  } catch {
    // Said in the log; without a policy nothing is let through, and the next one is taken when it comes.
  }
  const stop = source.onChange(take);
  return {
    now: () => state,
    verify(presented, hostname, at) {
      if (!state) return undefined;
      return verifyNow(state.standingOf(presented, hostname), presented, state.policy, state.enforced, at);
    },
    stop,
  };
}
