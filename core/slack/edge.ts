import { isAway } from '../edges/heard.ts';
import type { Edge, EdgeState } from '../store/rows.ts';
import { code, moment } from './text.ts';

/** An edge in words: the same in its form, on its card, in its message and in the list. */

export const EDGE_KINDS_TOLD = {
  gateway: 'Countersign gateway',
  nginx: 'nginx with its agent',
  haproxy: 'HAProxy with its agent',
} as const satisfies Record<Edge['kind'], string>;

export function edgeTaken(name: string): string {
  return `There is an edge ${code(name)} already. Choose another name, or remove that one first.`;
}

export type EdgeCondition = 'waiting' | 'never' | 'away' | 'behind' | 'current';

/** @param head the newest version of the account; undefined before the first. */
export function conditionOf(
  edge: Pick<Edge, 'state'>,
  state: EdgeState | undefined,
  head: { epoch: number; snapshot: number } | undefined,
  now: Date,
): EdgeCondition {
  if (edge.state === 'unshown') return 'waiting';
  if (!state) return 'never';
  if (isAway(state, now)) return 'away';
  return head && (state.epoch !== head.epoch || state.snapshot < head.snapshot) ? 'behind' : 'current';
}

/** What it has and does not enforce yet, or refuses; empty where there is no such version. */
export function waitingText({ snapshot, waiting }: Pick<EdgeState, 'snapshot' | 'waiting'>): string {
  if (!waiting) return '';
  const goesOn = snapshot > 0 ? `it goes on with version ${snapshot}` : 'nothing is known to be in effect there';
  return `Version ${waiting.snapshot} has arrived and is *not in effect*: ${goesOn}.`;
}

/** How far it is, as a sentence or two. */
export function conditionText(
  condition: EdgeCondition,
  state: EdgeState | undefined,
  head: { epoch: number; snapshot: number } | undefined,
): string {
  const missing = head && state && state.epoch === head.epoch ? head.snapshot - state.snapshot : undefined;
  const lag =
    missing === undefined
      ? ''
      : missing > 0
        ? `, ${missing} ${missing === 1 ? 'version' : 'versions'} behind`
        : ', up to date';
  switch (condition) {
    case 'waiting':
      return 'its credential has not been shown yet';
    case 'never':
      return 'has never connected';
    case 'away':
      return `*away*: last seen ${state ? moment(state.lastSeenAt) : 'never'}${lag}; it goes on with what it has`;
    case 'behind':
      return `connected${lag || ', in an older epoch'}`;
    case 'current':
      return 'connected, up to date';
  }
}
