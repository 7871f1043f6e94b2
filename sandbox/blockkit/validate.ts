import { anyBlock, textLength } from './blocks.ts';
import {
  below,
  boolean,
  type Check,
  countCharacters,
  fail,
  isObject,
  type Json,
  listOf,
  object,
  oneOf,
  type Place,
  type Problem,
  required,
  type Surface,
  string,
} from './check.ts';
import { menuOption, optionGroup, plain } from './objects.ts';

export type { Problem, Surface } from './check.ts';

/** What Slack would refuse about a message, a view or an answer with options; none means that it would be accepted. */

export type MessageLike = { text?: unknown; blocks?: unknown; metadata?: unknown };

/** 50 blocks in a message, 100 in a view. */
const MESSAGE_BLOCKS = 50;
const VIEW_BLOCKS = 100;
/** Slack cuts `text` off above this; refused here, so that nothing is lost unseen. */
const TEXT_MAX = 40_000;
/** `chat.update` of text alone. */
const UPDATED_TEXT_MAX = 4000;
/** Reported ceiling over all blocks of one message. */
const MESSAGE_BLOCKS_TEXT_MAX = 13_000;
/** Markdown summed over a message. */
const MARKDOWN_MAX = 12_000;
const VIEW_BYTES_MAX = 250_000;

/** @param use `update`: text alone is held to the shorter limit of `chat.update`. */
export function validateMessage(message: MessageLike, use: 'post' | 'update' = 'post'): Problem[] {
  const place: Place = { pointer: '', surface: 'message', problems: [] };
  const hasBlocks = Array.isArray(message.blocks) ? message.blocks.length > 0 : message.blocks !== undefined;
  checkFallback(message.text, hasBlocks, use, below(place, 'text'));
  if (hasBlocks) checkMessageBlocks(message.blocks, below(place, 'blocks'));
  if (message.metadata !== undefined) checkMetadata(message.metadata, below(place, 'metadata'));
  return place.problems;
}

/** Screen readers and notifications read `text`, also where blocks are shown: it is never left out. */
function checkFallback(text: unknown, hasBlocks: boolean, use: 'post' | 'update', place: Place): void {
  if (text !== undefined && typeof text !== 'string') {
    fail(place, 'must be a string', 'invalid_arguments');
    return;
  }
  const length = countCharacters(text ?? '');
  const max = use === 'update' && !hasBlocks ? UPDATED_TEXT_MAX : TEXT_MAX;
  if (length > max) fail(place, `must be less than ${max + 1} characters`, 'msg_too_long');
  if (text === undefined || text.trim() === '') {
    fail(place, hasBlocks ? 'missing required field: text (the fallback of `blocks`)' : 'missing text', 'no_text');
  }
}

function checkMessageBlocks(blocks: unknown, place: Place): void {
  checkBlocks(blocks, MESSAGE_BLOCKS, 0, place);
  const known = asBlocks(blocks);
  if (known.filter((block) => block['type'] === 'table').length > 1) {
    fail(place, 'only one table block allowed', 'only_one_table_allowed');
  }
  if (textLength(known.filter((block) => block['type'] === 'markdown')) > MARKDOWN_MAX) {
    fail(place, `no more than ${MARKDOWN_MAX} characters of markdown allowed`, 'msg_blocks_too_long');
  }
  if (textLength(known.filter((block) => block['type'] !== 'data_table')) > MESSAGE_BLOCKS_TEXT_MAX) {
    fail(place, `no more than ${MESSAGE_BLOCKS_TEXT_MAX} characters allowed over all blocks`, 'msg_blocks_too_long');
  }
}

const metadata = object({
  event_type: required(string({ min: 1, max: 255 })),
  event_payload: required((value, place) => {
    if (!isObject(value)) fail(place, 'must be an object');
  }),
});

function checkMetadata(value: unknown, place: Place): void {
  const inner: Place = { ...place, problems: [] };
  metadata(value, inner);
  for (const problem of inner.problems) place.problems.push({ ...problem, error: 'invalid_metadata_format' });
}

const common = {
  blocks: required((() => undefined) satisfies Check),
  private_metadata: string({ max: 3000 }),
  callback_id: string({ max: 255 }),
  external_id: string({ max: 255 }),
};

const modal = object({
  type: required(oneOf('modal')),
  title: required(plain(24)),
  submit: plain(24),
  close: plain(24),
  clear_on_close: boolean,
  notify_on_close: boolean,
  ...common,
});

const home = object({ type: required(oneOf('home')), ...common });

export function validateView(view: unknown): Problem[] {
  const surface = isObject(view) && view['type'] === 'home' ? 'home' : 'modal';
  const place: Place = { pointer: '/view', surface, problems: [] };
  (surface === 'home' ? home : modal)(view, place);
  if (!isObject(view)) return place.problems;
  const blocks = asBlocks(view['blocks']);
  if (view['blocks'] !== undefined) {
    checkBlocks(view['blocks'], VIEW_BLOCKS, surface === 'modal' ? 1 : 0, below(place, 'blocks'));
  }
  const firstInput = blocks.findIndex((block) => block['type'] === 'input');
  if (surface === 'modal' && firstInput >= 0 && view['submit'] === undefined) {
    fail({ ...place, pointer: `/view/blocks/${firstInput}/input` }, 'must define `submit` to use `input` block');
  }
  checkFocus(blocks, below(place, 'blocks'));
  if (Buffer.byteLength(JSON.stringify(view)) > VIEW_BYTES_MAX) {
    fail(place, `must be less than ${VIEW_BYTES_MAX + 1} bytes`, 'view_too_large');
  }
  return place.problems;
}

/** Blocks by themselves, for the builders of parts of a message or view. */
export function validateBlocks(blocks: unknown, surface: Surface): Problem[] {
  const place: Place = { pointer: '/blocks', surface, problems: [] };
  if (surface === 'message') checkMessageBlocks(blocks, place);
  else checkBlocks(blocks, VIEW_BLOCKS, 0, place);
  return place.problems;
}

const optionsAnswer = object(
  { options: listOf(menuOption, { min: 0, max: 100 }), option_groups: listOf(optionGroup, { min: 0, max: 100 }) },
  (value, place) => {
    if ((value['options'] === undefined) === (value['option_groups'] === undefined)) {
      fail(place, 'must define either `options` or `option_groups`');
    }
  },
);

/** The answer to a `block_suggestion`; an empty list is legal. */
export function validateOptions(answer: unknown): Problem[] {
  const place: Place = { pointer: '', surface: 'modal', problems: [] };
  optionsAnswer(answer, place);
  return place.problems;
}

function checkBlocks(blocks: unknown, max: number, min: number, place: Place): void {
  listOf(anyBlock, { min, max })(blocks, place);
  checkUnique(asBlocks(blocks), place);
}

/** `block_id` once in the message or view, `action_id` once in its block. */
function checkUnique(blocks: Json[], place: Place): void {
  const seen = new Set<string>();
  blocks.forEach((block, index) => {
    const at = below(place, index);
    const id = block['block_id'];
    if (typeof id === 'string') {
      if (seen.has(id)) fail(below(at, 'block_id'), `\`block_id\` "${id}" already exists for another block`);
      seen.add(id);
    }
    const actions = new Set<string>();
    for (const [element, pointer] of elementsOf(block, at)) {
      const action = element['action_id'];
      if (typeof action !== 'string') continue;
      if (actions.has(action)) {
        fail(below(pointer, 'action_id'), `\`action_id\` "${action}" already exists for another element`);
      }
      actions.add(action);
    }
  });
}

/** At most one element of a view may take the focus. */
function checkFocus(blocks: Json[], place: Place): void {
  const focused = blocks
    .flatMap((block, index) => elementsOf(block, below(place, index)))
    .filter(([element]) => element['focus_on_load'] === true);
  for (const [, pointer] of focused.slice(1)) {
    fail(below(pointer, 'focus_on_load'), 'only one element may set `focus_on_load` to true');
  }
}

/** The elements that stand directly in a block, each with its place. */
function elementsOf(block: Json, place: Place): [Json, Place][] {
  const many = ['elements', 'actions'].flatMap((name): [unknown, Place][] => {
    const list = block[name];
    return Array.isArray(list) ? list.map((item, index) => [item, below(below(place, name), index)]) : [];
  });
  const single = ['element', 'accessory'].map((name): [unknown, Place] => [block[name], below(place, name)]);
  return [...many, ...single].filter((entry): entry is [Json, Place] => isObject(entry[0]));
}

function asBlocks(blocks: unknown): Json[] {
  return Array.isArray(blocks) ? blocks.filter(isObject) : [];
}
