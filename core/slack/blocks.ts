import type {
  ActionsBlock,
  Button,
  ContextBlock,
  HeaderBlock,
  KnownBlock,
  PlainTextElement,
  PlainTextOption,
  RichTextBlock,
  SectionBlock,
} from '@slack/types';
import { truncate } from './text.ts';

/** A message: `text` is what notifications and screen readers get, a whole sentence. */
export type SlackMessage = { text: string; blocks: KnownBlock[] };

/** Builders that keep Block Kit's limits by construction (Slack: Block Kit reference, "Block and element limits"). */
export function plain(text: string, limit = 150): PlainTextElement {
  return { type: 'plain_text', text: truncate(text, limit), emoji: false };
}

/** A paragraph of mrkdwn; escape data before it comes here. */
export function section(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: truncate(text, 3000) } };
}

/** Pairs of label and value, at most ten. */
export function fields(pairs: readonly (readonly [string, string])[]): SectionBlock {
  return {
    type: 'section',
    fields: pairs.slice(0, 10).map(([label, value]) => ({
      type: 'mrkdwn' as const,
      text: truncate(`*${label}*\n${value}`, 2000),
    })),
  };
}

export function header(text: string): HeaderBlock {
  return { type: 'header', text: plain(text) };
}

export function context(text: string): ContextBlock {
  return { type: 'context', elements: [{ type: 'mrkdwn', text: truncate(text, 2000) }] };
}

/** Exact text with a copy button: a PEM block, a command. */
export function preformatted(text: string): RichTextBlock {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
  };
}

export function button(options: {
  label: string;
  action: string;
  value: string;
  /** What a screen reader says where the label alone would be ambiguous. */
  spoken?: string;
  style?: 'primary' | 'danger';
}): Button {
  return {
    type: 'button',
    text: plain(options.label, 75),
    action_id: options.action,
    value: options.value,
    ...(options.spoken === undefined ? {} : { accessibility_label: truncate(options.spoken, 75) }),
    ...(options.style === undefined ? {} : { style: options.style }),
  };
}

export function actions(blockId: string, elements: Button[]): ActionsBlock {
  return { type: 'actions', block_id: blockId, elements };
}

/** One choice of a menu, radio buttons or checkboxes: 75 characters of text and of description. */
export function option(text: string, value: string, description?: string): PlainTextOption {
  return {
    text: plain(text, 75),
    value,
    ...(description === undefined ? {} : { description: plain(description, 75) }),
  };
}
