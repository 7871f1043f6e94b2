import {
  boolean,
  byType,
  type Check,
  type Fields,
  integer,
  listOf,
  number,
  object,
  oneOf,
  required,
  string,
} from './check.ts';

/** Rich text: sections, lists (indent 0 to 8), quotes, preformatted text. Empty text runs are refused (slack.md 2.1). */

const style = object({ bold: boolean, italic: boolean, strike: boolean, code: boolean, underline: boolean });

const RUNS: Record<string, Fields> = {
  text: { text: required(string({ min: 1 })) },
  link: { url: required(string({ min: 1, max: 3000 })), text: string({ min: 1 }), unsafe: boolean },
  user: { user_id: required(string({ min: 1 })) },
  usergroup: { usergroup_id: required(string({ min: 1 })) },
  channel: { channel_id: required(string({ min: 1 })) },
  team: { team_id: required(string({ min: 1 })) },
  broadcast: { range: required(oneOf('here', 'channel', 'everyone')) },
  emoji: { name: required(string({ min: 1 })), unicode: string(), url: string() },
  color: { value: required(string({ min: 1 })) },
  date: { timestamp: required(number), format: required(string({ min: 1 })), url: string(), fallback: string() },
};

function runs(...allowed: string[]): Check {
  const tables = new Map(
    allowed.map((type) => [type, object({ type: required(oneOf(type)), style, ...RUNS[type] })] as const),
  );
  return listOf(byType((type) => tables.get(type)));
}

const anyRuns = runs(...Object.keys(RUNS));
const border = oneOf(0, 1);

const section = object({ type: required(oneOf('rich_text_section')), elements: required(anyRuns) });

const PARTS = new Map<string, Check>([
  ['rich_text_section', section],
  ['rich_text_quote', object({ type: required(oneOf('rich_text_quote')), elements: required(anyRuns), border })],
  [
    'rich_text_preformatted',
    object({
      type: required(oneOf('rich_text_preformatted')),
      elements: required(runs('text', 'link')),
      border,
      language: string({ min: 1 }),
    }),
  ],
  [
    'rich_text_list',
    object({
      type: required(oneOf('rich_text_list')),
      style: required(oneOf('bullet', 'ordered')),
      elements: required(listOf(byType((type) => (type === 'rich_text_section' ? section : undefined)))),
      indent: integer({ min: 0, max: 8 }),
      offset: integer({ min: 0 }),
      border,
    }),
  ],
]);

export const richText: Check = object({
  type: required(oneOf('rich_text')),
  block_id: string({ min: 1, max: 255 }),
  elements: required(listOf(byType((type) => PARTS.get(type)))),
});
