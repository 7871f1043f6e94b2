import {
  below,
  boolean,
  byType,
  type Check,
  countCharacters,
  type Fields,
  fail,
  integer,
  isObject,
  type Json,
  listOf,
  number,
  object,
  oneOf,
  type Place,
  required,
  type Surface,
  string,
} from './check.ts';
import { elementIn, elementOf } from './elements.ts';
import { imageSource, mrkdwn, plain, requireImageSource, text } from './objects.ts';
import { richText } from './rich-text.ts';

/** Blocks: fields and limits (slack.md 2.1) and the surfaces each may stand on (2.2). `file` blocks are never sent by apps. */

type Block = { on?: readonly Surface[]; check: Check };

function block(type: string, fields: Fields, ...rules: ((value: Json, place: Place) => void)[]): Check {
  return object({ type: required(oneOf(type)), block_id: string({ min: 1, max: 255 }), ...fields }, ...rules);
}

function requireOneOf(...names: string[]): (value: Json, place: Place) => void {
  const list = names.map((name) => `\`${name}\``).join(' or ');
  return (value, place) => {
    if (names.every((name) => value[name] === undefined)) fail(place, `must define either ${list}`);
  };
}

/** Slack asks for at most one primary button in a group; two are two "main" actions. */
function requireOnePrimary(name: string): (value: Json, place: Place) => void {
  return (value, place) => {
    const group = Array.isArray(value[name]) ? value[name] : [];
    if (group.filter((item) => isObject(item) && item['style'] === 'primary').length > 1) {
      fail(below(place, name), 'no more than 1 primary button allowed');
    }
  };
}

const contextElement = byType((type, place) => (type === 'image' ? elementIn('context', type, place) : text()));
const image = byType((type, place) => (type === 'image' ? elementIn('card', type, place) : undefined));
const button = byType((type, place) => (type === 'button' ? elementIn('card', type, place) : undefined));

const rawText = object({ type: required(oneOf('raw_text')), text: required(string({ min: 1 })) });
const rawNumber = object({
  type: required(oneOf('raw_number')),
  value: required(number),
  text: required(string({ min: 1 })),
});
const cell = byType(
  (type) =>
    ({ raw_text: rawText, raw_number: rawNumber, rich_text: richText })[type as 'raw_text'] as Check | undefined,
);

/** 20,000 characters over all cells of a data table. */
function requireFewCharacters(value: Json, place: Place): void {
  if (textLength(value['rows']) > 20_000) fail(below(place, 'rows'), 'no more than 20000 characters allowed');
}

const card = block(
  'card',
  {
    hero_image: image,
    icon: image,
    title: mrkdwn(150),
    subtitle: mrkdwn(150),
    body: mrkdwn(200),
    subtext: mrkdwn(200),
    actions: listOf(button, { max: 3 }),
  },
  requireOneOf('hero_image', 'title', 'actions', 'body'),
  requireOnePrimary('actions'),
);

const taskCard = block('task_card', {
  task_id: required(string({ min: 1 })),
  title: required(string({ min: 1 })),
  details: richText,
  output: richText,
  sources: listOf(object({ type: required(oneOf('url')), url: required(string()), text: required(string()) })),
  status: required(oneOf('pending', 'in_progress', 'complete', 'error')),
});

const IN_CONTAINER = [
  'actions',
  'context',
  'divider',
  'header',
  'image',
  'input',
  'rich_text',
  'section',
  'table',
  'video',
];

const BLOCKS: Record<string, Block> = {
  section: {
    check: block(
      'section',
      {
        text: text(3000),
        fields: listOf(text(2000), { max: 10 }),
        accessory: elementOf('section'),
        expand: boolean,
      },
      requireOneOf('text', 'fields'),
    ),
  },
  header: { check: block('header', { text: required(plain(150)) }) },
  divider: { check: block('divider', {}) },
  context: { check: block('context', { elements: required(listOf(contextElement, { max: 10 })) }) },
  actions: {
    check: block(
      'actions',
      { elements: required(listOf(elementOf('actions'), { max: 25 })) },
      requireOnePrimary('elements'),
    ),
  },
  input: {
    check: block('input', {
      label: required(plain(2000)),
      hint: plain(2000),
      element: required(elementOf('input')),
      optional: boolean,
      dispatch_action: boolean,
    }),
  },
  image: {
    check: block(
      'image',
      { alt_text: required(string({ min: 1, max: 2000 })), title: plain(2000), ...imageSource },
      requireImageSource,
    ),
  },
  rich_text: { check: richText },
  video: {
    check: block('video', {
      alt_text: required(string({ min: 1, max: 2000 })),
      title: required(plain(199)),
      video_url: required(string({ min: 1, max: 3000 })),
      thumbnail_url: required(string({ min: 1, max: 3000 })),
      title_url: string({ min: 1, max: 3000 }),
      author_name: string({ max: 49 }),
      provider_name: string({ max: 49 }),
      provider_icon_url: string({ min: 1, max: 3000 }),
      description: plain(200),
    }),
  },
  alert: {
    on: ['modal'],
    check: block('alert', {
      text: required(text(200)),
      level: oneOf('default', 'info', 'warning', 'error', 'success'),
    }),
  },
  markdown: { on: ['message'], check: block('markdown', { text: required(string({ min: 1, max: 12_000 })) }) },
  table: {
    on: ['message'],
    check: block('table', {
      rows: required(listOf(listOf(cell, { max: 20 }), { max: 100 })),
      column_settings: listOf(object({ align: oneOf('left', 'center', 'right'), is_wrapped: boolean }), { max: 20 }),
    }),
  },
  context_actions: {
    on: ['message'],
    check: block('context_actions', { elements: required(listOf(elementOf('context_actions'), { max: 5 })) }),
  },
  task_card: { on: ['message'], check: taskCard },
  plan: { on: ['message'], check: block('plan', { title: required(string({ min: 1 })), tasks: listOf(taskCard) }) },
  card: { on: ['message', 'home'], check: card },
  carousel: {
    on: ['message', 'home'],
    check: block('carousel', {
      elements: required(
        listOf(
          byType((type) => (type === 'card' ? card : undefined)),
          { max: 10 },
        ),
      ),
    }),
  },
  container: {
    on: ['message', 'home'],
    check: block(
      'container',
      {
        title: plain(150),
        rich_text_title: richText,
        subtitle: text(150),
        child_blocks: required(
          listOf(
            byType((type, place) => (IN_CONTAINER.includes(type) ? blockOn(type, place) : undefined)),
            { max: 10 },
          ),
        ),
        width: oneOf('narrow', 'standard', 'wide', 'full'),
        icon: image,
        is_collapsible: boolean,
        default_collapsed: boolean,
        has_header_divider: boolean,
      },
      requireOneOf('title', 'rich_text_title'),
    ),
  },
  // Published figures for the rows differ (100 to 200 below the header): the smaller one is safe everywhere.
  data_table: {
    on: ['message', 'home'],
    check: block(
      'data_table',
      {
        caption: required(string({ min: 1 })),
        rows: required(listOf(listOf(cell, { max: 20 }), { max: 101 })),
        page_size: integer({ min: 1, max: 100 }),
        row_header_column_index: integer({ min: 0, max: 19 }),
      },
      requireFewCharacters,
    ),
  },
  // Its fields are not described in the library's types: only its place is checked.
  data_visualization: { on: ['message', 'home'], check: () => undefined },
};

function blockOn(type: string, place: Place): Check | undefined {
  const entry = Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined;
  return entry && (!entry.on || entry.on.includes(place.surface)) ? entry.check : undefined;
}

export const anyBlock: Check = byType(blockOn);

/** Characters in every `text` below a value: what counts towards the ceiling of a whole message. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + textLength(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) => sum + (key === 'text' && typeof item === 'string' ? countCharacters(item) : textLength(item)),
    0,
  );
}
