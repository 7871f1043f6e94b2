/** How many days before an end somebody is reminded of it, unless the account has chosen other days. */
export const REMINDER_DAYS = [30, 14, 7, 2] as const;

/** The end of an authority concerns every server, and its successor needs time to become known to them. */
const AUTHORITY_DAYS = [365, 180, 90] as const;

export const DAY_MS = 86_400_000;

/** A reminder to be sent: `tell` is the mark it is sent for, `passed` are earlier ones that nobody needs any more. */
export type DueReminder = { tell: number; passed: readonly number[] };

/**
 * Whether somebody is to be reminded of an end now, and for which mark.
 * - A mark that is longer than half of the whole lifetime does not apply: nobody is reminded of what was just made.
 * - Of several that have passed, the nearest to the end counts and the others are not needed any more.
 * - Once a mark is settled, all that are farther from the end are as well, so that changed settings repeat nothing.
 * @param marks days before the end, in any order.
 * @param settled marks that were told, or written down as not needed.
 * @returns undefined when there is nothing to tell, also after the end: both ends of a validity are inclusive.
 */
export function decideReminder(
  validity: { notBefore: Date; notAfter: Date },
  marks: readonly number[],
  settled: readonly number[],
  now: Date,
): DueReminder | undefined {
  if (now > validity.notAfter) return undefined;
  const lifetimeMs = validity.notAfter.getTime() - validity.notBefore.getTime();
  const leftMs = validity.notAfter.getTime() - now.getTime();
  const reached = [...new Set(marks)].filter((days) => 2 * days * DAY_MS <= lifetimeMs && leftMs <= days * DAY_MS);
  if (reached.length === 0) return undefined;
  const nearest = Math.min(...reached);
  if (settled.some((days) => days <= nearest)) return undefined;
  return { tell: nearest, passed: reached.filter((days) => days !== nearest && !settled.includes(days)) };
}

/** The marks of an authority: those of the account, and some that leave time to make the next one known. */
export function authorityMarks(marks: readonly number[]): number[] {
  return [...new Set([...AUTHORITY_DAYS, ...marks])];
}

/** How far from its end something may be for any mark to matter; 0 when nobody is reminded of anything. */
export function largestMarkMs(marks: readonly number[]): number {
  return Math.max(0, ...marks) * DAY_MS;
}
