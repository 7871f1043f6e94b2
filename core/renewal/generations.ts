import { moment } from '../slack/text.ts';
import type { Authority } from '../store/rows.ts';

/**
 * The generations of an account's authority. One is trusted from its making on, signs from `issuesFrom` on, stays
 * trusted until the last certificate it has signed has ended, and is then retired. Only the newest that has begun
 * to sign signs certificates; all that are not retired go on signing CRLs and OCSP answers.
 */
export type GenerationState =
  | { state: 'coming'; from: Date }
  | { state: 'signing'; since: Date }
  /** `until` is the end of its last certificate; null when it has none. */
  | { state: 'trusted'; until: Date | null }
  | { state: 'retired'; at: Date };

/** How long servers have for getting to know a new generation, in days; 0 only for a leaked key. */
export const OVERLAP_DAYS = [0, 1, 7, 14, 30] as const;
export const DEFAULT_OVERLAP_DAYS = 7;

/**
 * The generation that signs certificates now.
 * @param generations in any order. Where the clock has stepped back behind all of them, the first one signs.
 */
export function signingGeneration<G extends Pick<Authority, 'generation' | 'issuesFrom' | 'retiredAt'>>(
  generations: readonly G[],
  now: Date,
): G | undefined {
  const usable = generations.filter((one) => one.retiredAt === null).sort((a, b) => b.generation - a.generation);
  return usable.find((one) => one.issuesFrom <= now) ?? usable.at(-1);
}

/** @param lastEnd the latest end of its certificates; undefined when it has none. */
export function stateOfGeneration(
  generation: Authority,
  generations: readonly Authority[],
  lastEnd: Date | undefined,
  now: Date,
): GenerationState {
  if (generation.retiredAt) return { state: 'retired', at: generation.retiredAt };
  const signing = signingGeneration(generations, now);
  if (generation.id === signing?.id) return { state: 'signing', since: generation.issuesFrom };
  if (generation.generation > (signing?.generation ?? 0)) return { state: 'coming', from: generation.issuesFrom };
  return { state: 'trusted', until: lastEnd ?? null };
}

export type RotationDecision = { allowed: true; present: Authority } | { allowed: false; because: string };

/** Whether a new generation may be made now: one at a time, so that servers never have to learn two at once. */
export function decideRotation(generations: readonly Authority[], now: Date): RotationDecision {
  const present = signingGeneration(generations, now);
  if (!present) {
    return {
      allowed: false,
      because: 'There is no authority yet: it is made with the first certificate. Ask for one with `/mtls issue`.',
    };
  }
  const coming = generations.find((one) => one.retiredAt === null && one.generation > present.generation);
  if (coming) {
    return {
      allowed: false,
      because: `Generation ${coming.generation} is on its way already: it signs from ${moment(coming.issuesFrom)}. The next one can be made after that.`,
    };
  }
  return { allowed: true, present };
}

/** Whether nobody needs to trust this generation any more: another one signs, and its last certificate has ended. */
export function mayRetire(
  generation: Authority,
  generations: readonly Authority[],
  lastEnd: Date | undefined,
  now: Date,
): boolean {
  const { state } = stateOfGeneration(generation, generations, lastEnd, now);
  return state === 'trusted' && (lastEnd === undefined || lastEnd < now);
}
