import { describe, expect, it } from 'vitest';
import { decideRepetition } from '../../../api/esa/repeat.ts';
import type { Request } from '../../../core/store/rows.ts';
import { anApproval, aRequest } from '../../support/rows.ts';

const NOW = new Date('2026-03-02T12:00:00Z');
const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
const later = new Date(NOW.getTime() + 60_000);
const approved = anApproval({ state: 'approved' });

describe('a call that was made before', () => {
  it.each<[string, Partial<Request>, typeof approved | undefined, 'alone' | 'asks', string]>([
    ['is on its way, of a key that asks', { state: 'recorded', deadlineAt: later }, undefined, 'asks', 'wait'],
    ['is on its way, of a key that acts alone', { state: 'recorded', deadlineAt: later }, undefined, 'alone', 'new'],
    ['was approved and is on its way', { state: 'recorded', deadlineAt: later }, approved, 'alone', 'wait'],
    ['is past its deadline', { state: 'recorded', deadlineAt: hoursAgo(1) }, undefined, 'asks', 'new'],
    ['waits for a person', { state: 'waiting' }, anApproval(), 'asks', 'pending'],
    ['was denied today', { state: 'denied', endedAt: hoursAgo(23) }, anApproval({ state: 'denied' }), 'asks', 'denied'],
    [
      'was denied yesterday',
      { state: 'denied', endedAt: hoursAgo(24) },
      anApproval({ state: 'denied' }),
      'asks',
      'new',
    ],
    ['was approved and done today', { state: 'done', endedAt: hoursAgo(23) }, approved, 'asks', 'done'],
    ['was approved and done yesterday', { state: 'done', endedAt: hoursAgo(24) }, approved, 'asks', 'new'],
    ['was done without anybody', { state: 'done', endedAt: hoursAgo(1) }, undefined, 'asks', 'new'],
    ['was refused', { state: 'refused', endedAt: hoursAgo(1) }, approved, 'asks', 'new'],
    ['failed', { state: 'failed', endedAt: hoursAgo(1) }, undefined, 'asks', 'new'],
    ['expired', { state: 'expired', endedAt: hoursAgo(1) }, anApproval({ state: 'expired' }), 'asks', 'new'],
  ])('and %s is', (_, set, approval, mode, expected) => {
    expect(decideRepetition({ request: aRequest(set), approval }, { mode }, NOW)).toBe(expected);
  });

  it('never, is a new one', () => {
    expect(decideRepetition(undefined, { mode: 'asks' }, NOW)).toBe('new');
  });
});
