import type { PlainTextOption } from '@slack/types';
import { plain } from '../../core/slack/blocks.ts';
import { days } from '../../core/slack/text.ts';

/** The validity periods that are offered by name. One year is 365 days. */
export const PRESET_DAYS = [1, 7, 30, 90, 180, 365, 730, 1825, 3650] as const;

export function validityOption(count: number): PlainTextOption {
  return { text: plain(days(count), 75), value: String(count) };
}

/** The presets within the limit, with `chosen` among them even where it is none of them. */
export function validityOptions(maxDays: number, chosen: number): PlainTextOption[] {
  const offered = new Set<number>(PRESET_DAYS.filter((count) => count <= maxDays));
  offered.add(Math.min(chosen, maxDays));
  return [...offered].sort((a, b) => a - b).map(validityOption);
}
