import { describe, expect, it } from 'vitest';
import { assertBlocks, assertMessage, assertView } from '../../../sandbox/blockkit/assert.ts';
import {
  type Problem,
  validateBlocks,
  validateMessage,
  validateOptions,
  validateView,
} from '../../../sandbox/blockkit/validate.ts';

type Json = Record<string, unknown>;
const x = (length: number) => 'x'.repeat(length);
const plain = (length = 1) => ({ type: 'plain_text', text: x(length) });
const mrkdwn = (length = 1) => ({ type: 'mrkdwn', text: x(length) });
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const option = (value = 'v', text = 'Text') => ({ text: { type: 'plain_text', text }, value });
const options = (count: number) => times(count, (i) => option(`v${i}`, `Text ${i}`));
const button = (extra: Json = {}) => ({ type: 'button', action_id: 'b', text: plain(), ...extra });
const section = (extra: Json = {}) => ({ type: 'section', text: mrkdwn(), ...extra });
const actions = (...elements: Json[]) => ({ type: 'actions', elements });
const input = (element: Json, extra: Json = {}) => ({ type: 'input', label: plain(), element, ...extra });
const select = (extra: Json = {}) => ({ type: 'static_select', action_id: 's', options: options(2), ...extra });
const multi = (extra: Json = {}) => ({ ...select(extra), type: 'multi_static_select' });
const field = (extra: Json = {}) => ({ type: 'plain_text_input', action_id: 't', ...extra });
const modal = (blocks: unknown[], extra: Json = {}) => ({
  type: 'modal',
  title: plain(),
  submit: plain(),
  blocks,
  ...extra,
});
const home = (blocks: unknown[], extra: Json = {}) => ({ type: 'home', blocks, ...extra });
const richText = (...elements: Json[]) => ({ type: 'rich_text', elements });
const run = (text = 'x') => ({ type: 'text', text });
const preformatted = (text: string) => richText({ type: 'rich_text_preformatted', elements: [run(text)] });
const list = (indent: number) =>
  richText({
    type: 'rich_text_list',
    style: 'bullet',
    indent,
    elements: [{ type: 'rich_text_section', elements: [run()] }],
  });
const cell = { type: 'raw_text', text: 'x' };
const table = (rows: number, cells: number, extra: Json = {}) => ({
  type: 'table',
  rows: times(rows, () => times(cells, () => cell)),
  ...extra,
});
const confirm = (extra: Json = {}) => ({ title: plain(), text: plain(), confirm: plain(), deny: plain(), ...extra });

type Limit = [row: string, build: (n: number) => Json, at: number, beyond: number, message: string, pointer: string];

const less = (n: number) => `must be less than ${n + 1} characters`;
const items = (n: number) => `no more than ${n} items allowed`;

/** On a modal: the block is wrapped in a view, pointers begin at the block. */
const MODAL_BLOCKS: Limit[] = [
  ['block_id', (n) => section({ block_id: x(n) }), 255, 256, less(255), '/block_id'],
  ['block_id is not empty', (n) => section({ block_id: x(n) }), 1, 0, 'must be more than 0 characters', '/block_id'],
  ['action_id', (n) => actions(button({ action_id: x(n) })), 255, 256, less(255), '/elements/0/action_id'],
  ['section text', (n) => section({ text: mrkdwn(n) }), 3000, 3001, less(3000), '/text/text'],
  [
    'section text is not empty',
    (n) => section({ text: mrkdwn(n) }),
    1,
    0,
    'must be more than 0 characters',
    '/text/text',
  ],
  ['section fields', (n) => section({ fields: times(n, () => plain()) }), 10, 11, items(10), '/fields'],
  [
    'section has a field',
    (n) => section({ fields: times(n, () => plain()) }),
    1,
    0,
    'must provide at least 1 items',
    '/fields',
  ],
  ['section field', (n) => section({ fields: [plain(n)] }), 2000, 2001, less(2000), '/fields/0/text'],
  ['header', (n) => ({ type: 'header', text: plain(n) }), 150, 151, less(150), '/text/text'],
  ['context elements', (n) => ({ type: 'context', elements: times(n, () => plain()) }), 10, 11, items(10), '/elements'],
  [
    'actions elements',
    (n) => actions(...times(n, (i) => button({ action_id: `b${i}` }))),
    25,
    26,
    items(25),
    '/elements',
  ],
  [
    'actions have an element',
    (n) => actions(...times(n, () => button())),
    1,
    0,
    'must provide at least 1 items',
    '/elements',
  ],
  ['input label', (n) => input(field(), { label: plain(n) }), 2000, 2001, less(2000), '/label/text'],
  ['input hint', (n) => input(field(), { hint: plain(n) }), 2000, 2001, less(2000), '/hint/text'],
  ['image url', (n) => ({ type: 'image', alt_text: 'x', image_url: x(n) }), 3000, 3001, less(3000), '/image_url'],
  ['image alt text', (n) => ({ type: 'image', alt_text: x(n), image_url: 'x' }), 2000, 2001, less(2000), '/alt_text'],
  [
    'image title',
    (n) => ({ type: 'image', alt_text: 'x', image_url: 'x', title: plain(n) }),
    2000,
    2001,
    less(2000),
    '/title/text',
  ],
  [
    'rich text run is not empty',
    (n) => preformatted(x(n)),
    1,
    0,
    'must be more than 0 characters',
    '/elements/0/elements/0/text',
  ],
  ['rich text indent', list, 8, 9, 'must be less than 9', '/elements/0/indent'],
  ['alert', (n) => ({ type: 'alert', text: plain(n) }), 200, 201, less(200), '/text/text'],
  ['button text', (n) => actions(button({ text: plain(n) })), 75, 76, less(75), '/elements/0/text/text'],
  ['button value', (n) => actions(button({ value: x(n) })), 2000, 2001, less(2000), '/elements/0/value'],
  ['button url', (n) => actions(button({ url: x(n) })), 3000, 3001, less(3000), '/elements/0/url'],
  [
    'button accessibility_label',
    (n) => actions(button({ accessibility_label: x(n) })),
    75,
    76,
    less(75),
    '/elements/0/accessibility_label',
  ],
  [
    'primary buttons in a group',
    (n) => actions(...times(n, (i) => button({ action_id: `b${i}`, style: 'primary' }))),
    1,
    2,
    'no more than 1 primary button allowed',
    '/elements',
  ],
  ['select options', (n) => input(select({ options: options(n) })), 100, 101, items(100), '/element/options'],
  [
    'select has an option',
    (n) => input(select({ options: options(n) })),
    1,
    0,
    'must provide at least 1 items',
    '/element/options',
  ],
  [
    'option groups',
    (n) => input({ type: 'static_select', option_groups: times(n, () => ({ label: plain(), options: options(1) })) }),
    100,
    101,
    items(100),
    '/element/option_groups',
  ],
  [
    'options in a group',
    (n) => input({ type: 'static_select', option_groups: [{ label: plain(), options: options(n) }] }),
    100,
    101,
    items(100),
    '/element/option_groups/0/options',
  ],
  [
    'option group label',
    (n) => input({ type: 'static_select', option_groups: [{ label: plain(n), options: options(1) }] }),
    75,
    76,
    less(75),
    '/element/option_groups/0/label/text',
  ],
  ['placeholder', (n) => input(select({ placeholder: plain(n) })), 150, 151, less(150), '/element/placeholder/text'],
  [
    'max_selected_items',
    (n) => input(multi({ max_selected_items: n })),
    1,
    0,
    'must be greater than 0',
    '/element/max_selected_items',
  ],
  [
    'option text',
    (n) => input(select({ options: [option('v', x(n))] })),
    75,
    76,
    less(75),
    '/element/options/0/text/text',
  ],
  ['option value', (n) => input(select({ options: [option(x(n))] })), 150, 151, less(150), '/element/options/0/value'],
  [
    'option description',
    (n) => input(select({ options: [{ ...option(), description: plain(n) }] })),
    75,
    76,
    less(75),
    '/element/options/0/description/text',
  ],
  [
    'overflow url',
    (n) => actions({ type: 'overflow', options: [{ ...option(), url: x(n) }] }),
    3000,
    3001,
    less(3000),
    '/elements/0/options/0/url',
  ],
  ['checkboxes', (n) => input({ type: 'checkboxes', options: options(n) }), 10, 11, items(10), '/element/options'],
  [
    'radio buttons',
    (n) => input({ type: 'radio_buttons', options: options(n) }),
    10,
    11,
    items(10),
    '/element/options',
  ],
  [
    'overflow options',
    (n) => actions({ type: 'overflow', options: options(n) }),
    5,
    6,
    items(5),
    '/elements/0/options',
  ],
  ['min_length', (n) => input(field({ min_length: n })), 3000, 3001, 'must be less than 3001', '/element/min_length'],
  ['max_length', (n) => input(field({ max_length: n })), 3000, 3001, 'must be less than 3001', '/element/max_length'],
  [
    'max_length is not nought',
    (n) => input(field({ max_length: n })),
    1,
    0,
    'must be greater than 0',
    '/element/max_length',
  ],
  [
    'initial_value within max_length',
    (n) => input(field({ initial_value: x(n), max_length: 5 })),
    5,
    6,
    less(5),
    '/element/initial_value',
  ],
  [
    'max_files',
    (n) => input({ type: 'file_input', max_files: n }),
    10,
    11,
    'must be less than 11',
    '/element/max_files',
  ],
  [
    'confirm title',
    (n) => actions(button({ confirm: confirm({ title: plain(n) }) })),
    100,
    101,
    less(100),
    '/elements/0/confirm/title/text',
  ],
  [
    'confirm text',
    (n) => actions(button({ confirm: confirm({ text: mrkdwn(n) }) })),
    300,
    301,
    less(300),
    '/elements/0/confirm/text/text',
  ],
  [
    'confirm button',
    (n) => actions(button({ confirm: confirm({ confirm: plain(n) }) })),
    30,
    31,
    less(30),
    '/elements/0/confirm/confirm/text',
  ],
  [
    'deny button',
    (n) => actions(button({ confirm: confirm({ deny: plain(n) }) })),
    30,
    31,
    less(30),
    '/elements/0/confirm/deny/text',
  ],
];

const MESSAGE_BLOCKS: Limit[] = [
  ['markdown', (n) => ({ type: 'markdown', text: x(n) }), 12_000, 12_001, less(12_000), '/text'],
  ['table rows', (n) => table(n, 1), 100, 101, items(100), '/rows'],
  ['table cells', (n) => table(1, n), 20, 21, items(20), '/rows/0'],
  [
    'table column_settings',
    (n) => table(1, 1, { column_settings: times(n, () => ({ align: 'left' })) }),
    20,
    21,
    items(20),
    '/column_settings',
  ],
  ['card title', (n) => ({ type: 'card', title: mrkdwn(n) }), 150, 151, less(150), '/title/text'],
  ['card body', (n) => ({ type: 'card', body: mrkdwn(n) }), 200, 201, less(200), '/body/text'],
  [
    'card actions',
    (n) => ({ type: 'card', actions: times(n, (i) => button({ action_id: `b${i}` })) }),
    3,
    4,
    items(3),
    '/actions',
  ],
  [
    'carousel',
    (n) => ({ type: 'carousel', elements: times(n, () => ({ type: 'card', title: mrkdwn() })) }),
    10,
    11,
    items(10),
    '/elements',
  ],
  [
    'container',
    (n) => ({ type: 'container', title: plain(), child_blocks: times(n, () => section()) }),
    10,
    11,
    items(10),
    '/child_blocks',
  ],
  [
    'context_actions',
    (n) => ({
      type: 'context_actions',
      elements: times(n, (i) => ({ type: 'icon_button', action_id: `i${i}`, icon: 'trash', text: plain() })),
    }),
    5,
    6,
    items(5),
    '/elements',
  ],
  ['data table rows', (n) => ({ ...table(n, 1), type: 'data_table', caption: 'x' }), 101, 102, items(101), '/rows'],
];

const VIEW_FIELDS: Limit[] = [
  ['title', (n) => modal([section()], { title: plain(n) }), 24, 25, less(24), '/view/title/text'],
  ['submit', (n) => modal([section()], { submit: plain(n) }), 24, 25, less(24), '/view/submit/text'],
  ['close', (n) => modal([section()], { close: plain(n) }), 24, 25, less(24), '/view/close/text'],
  [
    'private_metadata',
    (n) => modal([section()], { private_metadata: x(n) }),
    3000,
    3001,
    less(3000),
    '/view/private_metadata',
  ],
  ['callback_id', (n) => modal([section()], { callback_id: x(n) }), 255, 256, less(255), '/view/callback_id'],
  ['external_id', (n) => modal([section()], { external_id: x(n) }), 255, 256, less(255), '/view/external_id'],
  ['blocks of a modal', (n) => modal(times(n, () => section())), 100, 101, items(100), '/view/blocks'],
  ['blocks of a Home', (n) => home(times(n, () => section())), 100, 101, items(100), '/view/blocks'],
];

describe('each limit holds at its value and one beyond it is refused', () => {
  it.each(MODAL_BLOCKS)('%s', (_row, build, at, beyond, message, pointer) => {
    expect(validateView(modal([build(at)]))).toEqual([]);
    expect(validateView(modal([build(beyond)]))).toContainEqual({ message, pointer: `/view/blocks/0${pointer}` });
  });

  it.each(MESSAGE_BLOCKS)('%s', (_row, build, at, beyond, message, pointer) => {
    expect(validateMessage({ text: 'x', blocks: [build(at)] })).toEqual([]);
    expect(validateBlocks([build(beyond)], 'message')).toContainEqual({ message, pointer: `/blocks/0${pointer}` });
  });

  it.each(VIEW_FIELDS)('%s', (_row, build, at, beyond, message, pointer) => {
    expect(validateView(build(at))).toEqual([]);
    expect(validateView(build(beyond))).toContainEqual({ message, pointer });
  });

  it('characters are counted as people count them: an emoji is one', () => {
    expect(validateView(modal([section()], { title: { type: 'plain_text', text: '🔐'.repeat(24) } }))).toEqual([]);
  });
});

describe('a message', () => {
  const refused = (message: Parameters<typeof validateMessage>[0], use?: 'update') =>
    validateMessage(message, use).map(({ error, pointer }) => [error, pointer]);

  it('holds 50 blocks', () => {
    expect(validateMessage({ text: 'x', blocks: times(50, () => section()) })).toEqual([]);
    expect(validateMessage({ text: 'x', blocks: times(51, () => section()) })).toEqual([
      { message: 'no more than 50 items allowed', pointer: '/blocks' },
    ]);
  });

  it('has a text, also beside blocks', () => {
    expect(refused({ blocks: [section()] })).toEqual([['no_text', '/text']]);
    expect(refused({ text: ' ' })).toEqual([['no_text', '/text']]);
    expect(refused({ text: 'A sentence.', blocks: [] })).toEqual([]);
  });

  it('keeps the lengths of text: 40,000, and 4,000 for an update of text alone', () => {
    expect(refused({ text: x(40_000) })).toEqual([]);
    expect(refused({ text: x(40_001) })).toEqual([['msg_too_long', '/text']]);
    expect(refused({ text: x(4000) }, 'update')).toEqual([]);
    expect(refused({ text: x(4001) }, 'update')).toEqual([['msg_too_long', '/text']]);
    expect(refused({ text: x(4001), blocks: [section()] }, 'update')).toEqual([]);
  });

  it('holds 13,000 characters over all blocks', () => {
    const pem = (length: number) => [...times(4, () => preformatted(x(3000))), preformatted(x(length))];
    expect(refused({ text: 'x', blocks: pem(1000) })).toEqual([]);
    expect(refused({ text: 'x', blocks: pem(1001) })).toEqual([['msg_blocks_too_long', '/blocks']]);
  });

  it('holds 12,000 characters of markdown and one table', () => {
    const markdown = (length: number) => ({ type: 'markdown', text: x(length) });
    expect(refused({ text: 'x', blocks: [markdown(6000), markdown(6000)] })).toEqual([]);
    expect(refused({ text: 'x', blocks: [markdown(6000), markdown(6001)] })).toEqual([
      ['msg_blocks_too_long', '/blocks'],
    ]);
    expect(refused({ text: 'x', blocks: [table(1, 1), table(1, 1)] })).toEqual([['only_one_table_allowed', '/blocks']]);
  });

  it('checks metadata', () => {
    expect(refused({ text: 'x', metadata: { event_type: 'audit', event_payload: { id: 1 } } })).toEqual([]);
    expect(refused({ text: 'x', metadata: { event_type: 'audit' } })).toEqual([
      ['invalid_metadata_format', '/metadata'],
    ]);
  });
});

const inModal = (block: unknown): Problem[] => validateView(modal([block]));
const inHome = (block: unknown): Problem[] => validateView(home([block]));
const inMessage = (block: unknown): Problem[] => validateBlocks([block], 'message');

describe('placement', () => {
  const email = input({ type: 'email_text_input' });
  const number = input({ type: 'number_input', is_decimal_allowed: false });
  const datetime = actions({ type: 'datetimepicker' });
  const markdown = { type: 'markdown', text: 'x' };
  const everywhere = [actions(button()), section(), { type: 'divider' }, input(field()), preformatted('x')];

  type Placement = [type: string, block: unknown, allowed: { modal: boolean; home: boolean; message: boolean }];

  it.each<Placement>([
    ...everywhere.map((block): Placement => [block.type, block, { modal: true, home: true, message: true }]),
    ['alert', { type: 'alert', text: plain() }, { modal: true, home: false, message: false }],
    ['email_text_input', email, { modal: true, home: false, message: false }],
    ['number_input', number, { modal: true, home: false, message: false }],
    ['file_input', input({ type: 'file_input' }), { modal: true, home: false, message: false }],
    ['url_text_input', input({ type: 'url_text_input' }), { modal: true, home: false, message: false }],
    ['rich_text_input', input({ type: 'rich_text_input' }), { modal: true, home: true, message: false }],
    ['datetimepicker', datetime, { modal: true, home: false, message: true }],
    ['markdown', markdown, { modal: false, home: false, message: true }],
    ['table', table(1, 1), { modal: false, home: false, message: true }],
    ['card', { type: 'card', title: mrkdwn() }, { modal: false, home: true, message: true }],
    ['file', { type: 'file', source: 'remote', external_id: 'x' }, { modal: false, home: false, message: false }],
    ['nonsense', { type: 'nonsense' }, { modal: false, home: false, message: false }],
  ])('%s', (_type, block, allowed) => {
    expect(inModal(block).length === 0).toBe(allowed.modal);
    expect(inHome(block).length === 0).toBe(allowed.home);
    expect(inMessage(block).length === 0).toBe(allowed.message);
  });

  it('an element stands only in the blocks that take it', () => {
    expect(inModal(actions(field()))).toEqual([
      { message: 'unsupported type: plain_text_input', pointer: '/view/blocks/0/elements/0/type' },
    ]);
    expect(inModal(input(button()))).toEqual([
      { message: 'unsupported type: button', pointer: '/view/blocks/0/element/type' },
    ]);
    expect(inModal(section({ accessory: field() }))).toHaveLength(1);
  });
});

describe('shape', () => {
  it.each<[string, unknown, string, string]>([
    ['unknown property', section({ colour: 'red' }), 'invalid additional property: colour', ''],
    ['missing field', { type: 'header' }, 'missing required field: text', ''],
    ['section without content', { type: 'section' }, 'must define either `text` or `fields`', ''],
    ['mrkdwn where plain is needed', { type: 'header', text: mrkdwn() }, 'unsupported type: mrkdwn', '/text/type'],
    ['enum', actions(button({ style: 'blue' })), 'must be a valid enum value', '/elements/0/style'],
    ['number where text is needed', actions(button({ value: 5 })), 'must be a string', '/elements/0/value'],
    [
      'options and groups',
      input(select({ option_groups: [{ label: plain(), options: options(1) }] })),
      'must define either `options` or `option_groups`',
      '/element',
    ],
    [
      'initial_option differs in its text',
      input(select({ initial_option: option('v0', 'Other') })),
      'must match one of the provided options',
      '/element/initial_option',
    ],
    [
      'initial_options is empty',
      input(multi({ initial_options: [] })),
      'must provide at least 1 items',
      '/element/initial_options',
    ],
    [
      'more at first than allowed',
      input(multi({ initial_options: options(2), max_selected_items: 1 })),
      'no more than 1 items allowed',
      '/element/initial_options',
    ],
    [
      'date',
      input({ type: 'datepicker', initial_date: '2026-13-01' }),
      'must match the form YYYY-MM-DD',
      '/element/initial_date',
    ],
    [
      'time',
      input({ type: 'timepicker', initial_time: '24:00' }),
      'must match the form HH:mm',
      '/element/initial_time',
    ],
    ['number_input', input({ type: 'number_input' }), 'missing required field: is_decimal_allowed', '/element'],
    [
      'number_input value',
      input({ type: 'number_input', is_decimal_allowed: false, min_value: 1 }),
      'must be a string',
      '/element/min_value',
    ],
    ['null', section({ accessory: null }), 'must be an object', '/accessory'],
  ])('%s', (_name, block, message, pointer) => {
    expect(inModal(block)).toContainEqual({ message, pointer: `/view/blocks/0${pointer}` });
  });

  it('undefined properties do not count, as JSON drops them', () => {
    expect(inModal(section({ accessory: undefined, colour: undefined }))).toEqual([]);
  });

  it('initial_option may equal an option whatever the order of keys', () => {
    expect(
      inModal(input(select({ initial_option: { value: 'v0', text: { text: 'Text 0', type: 'plain_text' } } }))),
    ).toEqual([]);
  });

  it('block_id is unique in the view and action_id in its block', () => {
    expect(validateView(modal([section({ block_id: 'a' }), section({ block_id: 'a' })]))).toEqual([
      { message: '`block_id` "a" already exists for another block', pointer: '/view/blocks/1/block_id' },
    ]);
    expect(inModal(actions(button(), button()))).toEqual([
      { message: '`action_id` "b" already exists for another element', pointer: '/view/blocks/0/elements/1/action_id' },
    ]);
    expect(validateView(modal([actions(button()), actions(button())]))).toEqual([]);
  });

  it('a modal with input needs a submit button, a Home does not', () => {
    expect(validateView({ type: 'modal', title: plain(), blocks: [section(), input(field())] })).toEqual([
      { message: 'must define `submit` to use `input` block', pointer: '/view/blocks/1/input' },
    ]);
    expect(inHome(input(field()))).toEqual([]);
  });

  it('one element at most takes the focus', () => {
    const focused = input(field({ focus_on_load: true }));
    expect(inModal(focused)).toEqual([]);
    expect(validateView(modal([focused, focused]))).toContainEqual({
      message: 'only one element may set `focus_on_load` to true',
      pointer: '/view/blocks/1/element/focus_on_load',
    });
  });

  it('a view stays within 250 kB', () => {
    const blocks = times(100, () => section({ text: mrkdwn(2500) }));
    expect(validateView(modal(blocks)).map(({ error }) => error)).toEqual(['view_too_large']);
  });

  it('something that is not a view at all is told so', () => {
    expect(validateView('view')).toEqual([{ message: 'must be an object', pointer: '/view' }]);
    expect(validateView({ type: 'wizard', title: plain(), blocks: [section()] })).toHaveLength(1);
  });
});

describe('an answer with options', () => {
  it('may be empty and holds 100', () => {
    expect(validateOptions({ options: [] })).toEqual([]);
    expect(validateOptions({ options: options(100) })).toEqual([]);
    expect(validateOptions({ options: options(101) })).toEqual([{ message: items(100), pointer: '/options' }]);
    expect(validateOptions({})).toHaveLength(1);
    expect(validateOptions(undefined)).toHaveLength(1);
  });
});

describe('the assertions for tests', () => {
  it('throw with every pointer', () => {
    expect(() => assertView(modal([section({ colour: 1 }), { type: 'header' }]))).toThrow(
      /\/view\/blocks\/0: invalid additional property: colour[\s\S]*\/view\/blocks\/1: missing required field: text/,
    );
    expect(() => assertMessage({ text: '' })).toThrow('/text: missing text');
    expect(() => assertBlocks([{ type: 'alert', text: plain() }], 'message')).toThrow('unsupported type: alert');
    expect(() => assertView(modal([section()]))).not.toThrow();
  });
});
