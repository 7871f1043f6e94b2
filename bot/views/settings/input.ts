import type { PlainTextOption } from '@slack/types';
import { plain } from '../../../core/slack/blocks.ts';
import { actionOf } from './form.ts';

/** The parts that every field of "Settings" has. */
export function field(block: string, label: string, hint: string | undefined, optional = false) {
  return {
    type: 'input' as const,
    block_id: block,
    label: plain(label, 2000),
    ...(hint === undefined ? {} : { hint: plain(hint, 2000) }),
    optional,
  };
}

export const action = (block: string) => ({ action_id: actionOf(block) });

export function choice(text: string, value: string, description?: string): PlainTextOption {
  return {
    text: plain(text, 75),
    value,
    ...(description === undefined ? {} : { description: plain(description, 75) }),
  };
}

/** Slack refuses an empty list of what is chosen at first. */
export function chosenAtFirst(options: PlainTextOption[]): { initial_options?: PlainTextOption[] } {
  return options.length === 0 ? {} : { initial_options: options };
}
