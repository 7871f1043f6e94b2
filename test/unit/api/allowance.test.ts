import { expect, it } from 'vitest';
import { makeAllow } from '../../../api/routes/feed/allowance.ts';
import { silentLogger } from '../../../core/logger.ts';

const HOUR_MS = 3_600_000;
const edge = { id: 'e1', name: 'berlin-1', accountId: 'T0ACME' };

function rig() {
  const warned: unknown[] = [];
  const clock = { now: 0 };
  const logger = { ...silentLogger, warn: (facts: unknown) => void warned.push(facts) } as typeof silentLogger;
  return { warned, clock, allow: makeAllow(logger, () => clock.now) };
}

/** How much was let in of one unit after another. */
function admitted(allow: () => void, tries: number): number {
  let count = 0;
  for (let i = 0; i < tries; i++) {
    try {
      allow();
      count += 1;
    } catch {}
  }
  return count;
}

it('an edge that reports every half second all day is let in each time', () => {
  const { allow, clock, warned } = rig();
  for (; clock.now < 24 * HOUR_MS; clock.now += 500) allow(edge, 'reports');
  expect(warned).toEqual([]);
});

it('everything that was kept over an outage is let in at once, and then no more than the long run allows', () => {
  const { allow, clock, warned } = rig();
  for (let report = 0; report < 54; report++) allow(edge, 'lines', 1_000);
  expect(admitted(() => allow(edge, 'lines', 1_000), 1_000)).toBe(66);
  clock.now += HOUR_MS;
  expect(admitted(() => allow(edge, 'lines', 1_000), 10_000)).toBe(120);
  expect(warned).toEqual([{ edge: 'berlin-1', accountId: 'T0ACME', says: 'lines' }]);
});

it('says when it may go on, and keeps edges and kinds apart', () => {
  const { allow } = rig();
  expect(admitted(() => allow(edge, 'acknowledgements'), 3_000)).toBe(2_000);
  expect(() => allow(edge, 'acknowledgements')).toThrow(
    expect.objectContaining({ statusCode: 429, headers: { 'retry-after': '1' } }),
  );
  allow(edge, 'reports');
  allow({ ...edge, id: 'e2' }, 'acknowledgements');
});
