import { describe, expect, it } from 'vitest';
import { authorityMarks, DAY_MS, decideReminder, largestMarkMs } from '../../../core/renewal/due.ts';

const MARKS = [30, 14, 7, 2];
const START = new Date('2027-03-01T12:00:00Z');
const daysAfter = (from: Date, days: number, ms = 0) => new Date(from.getTime() + days * DAY_MS + ms);
/** As core/ca/profile.ts makes it: one minute before, and the last second of the last day. */
const lifetime = (days: number, start = START) => ({
  notBefore: new Date(start.getTime() - 60_000),
  notAfter: daysAfter(start, days, -1000),
});
const beforeEnd = (validity: { notAfter: Date }, days: number, ms = 0) => daysAfter(validity.notAfter, -days, ms);

describe('a reminder of an end', () => {
  const year = lifetime(365);

  it.each([
    ['a millisecond before the first mark', 30, -1, undefined],
    ['at the first mark to the millisecond', 30, 0, { tell: 30, passed: [] }],
    ['a day after it, because nobody looked before', 29, 0, { tell: 30, passed: [] }],
    ['at the last moment in which it is valid', 0, 0, { tell: 2, passed: [30, 14, 7] }],
    ['a millisecond after its end', 0, 1, undefined],
  ])('%s', (_what, days, ms, due) => {
    expect(decideReminder(year, MARKS, [], beforeEnd(year, days, ms))).toEqual(due);
  });

  it('tells only the nearest of several that passed while nobody looked, and gives the others up', () => {
    expect(decideReminder(year, MARKS, [], beforeEnd(year, 6))).toEqual({ tell: 7, passed: [30, 14] });
    expect(decideReminder(year, MARKS, [30], beforeEnd(year, 6))).toEqual({ tell: 7, passed: [14] });
  });

  it('is told once for each mark', () => {
    const told: number[] = [];
    for (let hours = 40 * 24; hours >= -24; hours -= 1) {
      const due = decideReminder(year, MARKS, told, beforeEnd(year, hours / 24));
      if (due) told.push(due.tell, ...due.passed);
    }
    expect(told).toEqual([30, 14, 7, 2]);
  });

  it('is not repeated when the clock steps back', () => {
    expect(decideReminder(year, MARKS, [30, 14], beforeEnd(year, 13))).toBeUndefined();
    expect(decideReminder(year, MARKS, [30, 14], beforeEnd(year, 20))).toBeUndefined();
    expect(decideReminder(year, MARKS, [30, 14], beforeEnd(year, 90))).toBeUndefined();
  });

  it('is not repeated for a mark that is chosen later and lies farther from the end', () => {
    expect(decideReminder(year, [45], [30], beforeEnd(year, 25))).toBeUndefined();
    expect(decideReminder(year, [60, 45, 30], [30], beforeEnd(year, 25))).toBeUndefined();
    expect(decideReminder(year, [20, 10], [30], beforeEnd(year, 18))).toEqual({ tell: 20, passed: [] });
  });

  it.each([
    [1, []],
    [3, []],
    [4, [2]],
    [7, [2]],
    [14, [7, 2]],
    [28, [14, 7, 2]],
    [59, [14, 7, 2]],
    [60, [30, 14, 7, 2]],
  ])('of a certificate for %i days uses the marks of at most half of that', (days, expected) => {
    const validity = lifetime(days);
    const used = MARKS.filter((mark) => decideReminder(validity, [mark], [], validity.notAfter));
    expect(used).toEqual(expected);
    expect(decideReminder(validity, MARKS, [], START)).toBeUndefined();
  });

  it.each([
    ['a leap day', '2028-02-29T00:00:00Z'],
    ['a year’s end', '2027-12-31T23:59:59Z'],
    ['the boundary of UTCTime', '2049-12-31T23:59:59Z'],
    ['a change to summer time', '2027-03-28T01:30:00Z'],
  ])('counts days of 24 hours across %s', (_what, end) => {
    const notAfter = new Date(end);
    const validity = { notBefore: daysAfter(notAfter, -365), notAfter };
    expect(decideReminder(validity, [2], [], daysAfter(notAfter, -2, -1))).toBeUndefined();
    expect(decideReminder(validity, [2], [], daysAfter(notAfter, -2))).toEqual({ tell: 2, passed: [] });
  });

  it('is none where the account wants none, and marks that are named twice count once', () => {
    expect(decideReminder(year, [], [], beforeEnd(year, 1))).toBeUndefined();
    expect(decideReminder(year, [7, 7, 30, 30], [], beforeEnd(year, 6))).toEqual({ tell: 7, passed: [30] });
    expect(largestMarkMs([])).toBe(0);
    expect(largestMarkMs([7, 90, 2])).toBe(90 * DAY_MS);
  });

  it('of an authority begins a year before', () => {
    const century = { notBefore: START, notAfter: daysAfter(START, 25 * 365) };
    const due = decideReminder(century, authorityMarks(MARKS), [], daysAfter(century.notAfter, -365));
    expect(due).toEqual({ tell: 365, passed: [] });
    expect(authorityMarks([365, 30])).toEqual([365, 180, 90, 30]);
  });
});
