import type { Block, Conversation, Message, OpenModal, Person, Scene } from '../../../sandbox/contract.ts';

/** Scenes as the sandbox's server would send them, made up for the page's own tests. */
const person = (id: string, name: string, realName: string, title: string, isBot = false): Person => ({
  id,
  name,
  realName,
  title,
  isBot,
  timeZone: 'Europe/Berlin',
});

export const ALICE = person('U0ALICE', 'alice', 'Alice Okafor', 'Operator');
export const BOB = person('U0BOB', 'bob', 'Bob Lindqvist', 'Approver');
export const EVE = person('U0EVE', 'eve', 'Eve Marsh', 'No role');
export const ADA = person('U0ADA', 'ada', 'Ada Ferreira', 'Administrator');
export const BOT = person('U0BOT', 'countersign', 'Countersign', '', true);

const NOW = 1_780_000_000;
export const at = (secondsAgo: number): string => `${NOW - secondsAgo}.000100`;

export const message = (ts: string, author: Person, text: string, more: Partial<Message> = {}): Message => ({
  ts,
  authorId: author.id,
  text,
  blocks: [],
  ephemeral: false,
  edited: false,
  files: [],
  ...more,
});

export const conversation = (id: string, name: string, more: Partial<Conversation> = {}): Conversation => ({
  id,
  kind: 'channel',
  name,
  purpose: '',
  memberIds: [ALICE.id, BOB.id, ADA.id, BOT.id],
  botIsMember: true,
  unread: 0,
  messages: [],
  ...more,
});

export const dm = (messages: Message[] = []): Conversation =>
  conversation('D0BOT', 'countersign', { kind: 'dm', memberIds: [ALICE.id, BOT.id], messages });

export const scene = (more: Partial<Scene> = {}): Scene => ({
  client: 'client-1',
  workspace: { name: 'Harbour Lights', teamId: 'T0HARBOUR' },
  me: ALICE,
  people: [ALICE, BOB, EVE, ADA, BOT],
  groups: [{ id: 'S0PLATFORM', handle: 'platform-team', name: 'Platform team' }],
  conversations: [dm(), conversation('C0OPS', 'ops'), conversation('C0APPROVE', 'approvals')],
  home: undefined,
  modals: [],
  problems: [],
  commands: [
    {
      command: '/mtls',
      description: 'Client certificates and what guards them',
      usageHint: '[issue <site> | revoke <name> | help]',
    },
  ],
  ...more,
});

const plain = (text: string) => ({ type: 'plain_text', text });
const mrkdwn = (text: string) => ({ type: 'mrkdwn', text });
const option = (value: string, text: string, description?: string) => ({
  value,
  text: plain(text),
  ...(description && { description: plain(description) }),
});

export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBkTCCATegAwIBAgIUQm9iIGFuZCBBbGljZSBzaWduZWQgdGhpczAKBggqhkjO
PQQDAjAeMRwwGgYDVQQDDBNIYXJib3VyIExpZ2h0cyBDQSBHMTAeFw0yNjA1MjAx
MjAwMDBaFw0yNzA1MjAxMjAwMDBaMBMxETAPBgNVBAMMCGRldmljZS0xMFkwEwYH
-----END CERTIFICATE-----`;
export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbm90IGEgcmVhbCBr
ZXksIG9ubHkgYSBwaWN0dXJlIG9mIG9uZQ==
-----END PRIVATE KEY-----`;

const pre = (text: string) => ({ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] });

export const keyShowing = (ts: string): Message =>
  message(ts, BOT, 'Your certificate and key', {
    ephemeral: true,
    blocks: [
      { type: 'header', block_id: 'h', text: plain('device-1 for example.com') },
      { type: 'section', block_id: 's', text: mrkdwn('Save both now: *the key is shown this once.*') },
      { type: 'rich_text', block_id: 'pem', elements: [pre(CERTIFICATE), pre(PRIVATE_KEY)] as unknown[] },
      {
        type: 'actions',
        block_id: 'done',
        elements: [{ type: 'button', action_id: 'saved', style: 'primary', text: plain('I saved it'), value: 'r1' }],
      },
    ],
  });

export const approvalCard = (ts: string, decided = false): Message =>
  message(ts, BOT, 'Alice asks to revoke device-7', {
    edited: decided,
    blocks: [
      { type: 'header', block_id: 'h', text: plain('Revoke device-7') },
      {
        type: 'section',
        block_id: 'what',
        fields: [
          mrkdwn('*Site*\nexample.com'),
          mrkdwn(`*Asked by*\n<@${ALICE.id}>`),
          mrkdwn('*Reason*\nkey compromise'),
          mrkdwn(`*Valid until*\n<!date^${NOW + 864_000}^{date_short} {time}|in ten days>`),
        ],
      },
      {
        type: 'context',
        block_id: 'id',
        elements: [mrkdwn('Request `r-7f3a` · expires in 4 h · last used 3 days ago')],
      },
      decided
        ? { type: 'section', block_id: 'by', text: mrkdwn(`:white_check_mark: Approved by <@${BOB.id}>`) }
        : {
            type: 'actions',
            block_id: 'decide',
            elements: [
              {
                type: 'button',
                action_id: 'approve',
                style: 'primary',
                text: plain('Approve'),
                value: 'r-7f3a',
                accessibility_label: 'Approve revoking device-7',
                confirm: {
                  title: plain('Approve this revocation?'),
                  text: mrkdwn('Clients that use *device-7* are refused within a second.'),
                  confirm: plain('Approve'),
                  deny: plain('Not yet'),
                },
              },
              { type: 'button', action_id: 'deny', style: 'danger', text: plain('Deny'), value: 'r-7f3a' },
              {
                type: 'overflow',
                action_id: 'more',
                options: [option('details', 'Details'), option('evidence', 'Evidence of use')],
              },
            ],
          },
    ],
  });

/** Every kind of block and element a message may hold. */
export const KITCHEN_SINK: Block[] = [
  { type: 'header', block_id: 'k1', text: plain('Every kind of block') },
  {
    type: 'section',
    block_id: 'k2',
    text: mrkdwn(
      `*bold* _italic_ ~strike~ \`code\` <https://example.com/a_b_c|a link> <@${BOB.id}> <#C0OPS> :warning: 1 &lt; 2 &amp; 3\n&gt; quoted\n<!date^${NOW}^{date_num} {time_secs}|fallback> <javascript:alert(1)|not a link>`,
    ),
    accessory: { type: 'button', action_id: 'docs', text: plain('Read more'), url: 'https://example.com/docs' },
  },
  { type: 'divider', block_id: 'k3' },
  { type: 'section', block_id: 'k4', text: mrkdwn('```\ncurl --cert device-1.pem https://api.example.com\n```') },
  {
    type: 'section',
    block_id: 'k5',
    text: mrkdwn('Site'),
    accessory: {
      type: 'static_select',
      action_id: 'site',
      placeholder: plain('Choose a site'),
      options: [option('a', 'example.com'), option('b', 'example.org')],
    },
  },
  {
    type: 'rich_text',
    block_id: 'k6',
    elements: [
      {
        type: 'rich_text_section',
        elements: [
          { type: 'text', text: 'Rich ', style: { bold: true } },
          { type: 'user', user_id: ADA.id },
          { type: 'text', text: ' and ' },
          { type: 'link', url: 'https://example.com', text: 'a place' },
          { type: 'emoji', name: 'tada' },
        ],
      },
      {
        type: 'rich_text_list',
        style: 'bullet',
        elements: [
          { type: 'rich_text_section', elements: [{ type: 'text', text: 'one' }] },
          { type: 'rich_text_section', elements: [{ type: 'text', text: 'two' }] },
        ],
      },
      { type: 'rich_text_quote', elements: [{ type: 'text', text: 'said somebody' }] },
    ] as unknown[],
  },
  {
    type: 'markdown',
    block_id: 'k7',
    text: '## Steps\n1. **Save** the key\n2. Use `curl`\n\nSee [the manual](https://example.com/manual).',
  },
  {
    type: 'table',
    block_id: 'k8',
    column_settings: [null, { align: 'right' }],
    rows: [
      [
        { type: 'raw_text', text: 'Certificate' },
        { type: 'raw_text', text: 'Days left' },
      ],
      [
        { type: 'raw_text', text: 'device-1' },
        { type: 'raw_number', value: 364 },
      ],
      [
        { type: 'raw_text', text: 'device-2' },
        { type: 'raw_number', value: 12 },
      ],
    ],
  },
  {
    type: 'image',
    block_id: 'k9',
    image_url: 'https://example.com/x.png',
    alt_text: 'certificates per week',
    title: plain('Use'),
  },
  {
    type: 'actions',
    block_id: 'k10',
    elements: [
      { type: 'users_select', action_id: 'who', placeholder: plain('Choose a person') },
      { type: 'datepicker', action_id: 'day', placeholder: plain('Choose a day') },
      {
        type: 'checkboxes',
        action_id: 'boxes',
        options: [option('x', 'Notify me'), option('y', 'Notify the channel')],
      },
      { type: 'radio_buttons', action_id: 'radios', options: [option('x', 'Now'), option('y', 'Tonight')] },
    ],
  },
  { type: 'input', block_id: 'k11', label: plain('A note'), element: { type: 'plain_text_input', action_id: 'note' } },
  { type: 'carousel', block_id: 'k12' },
  { type: 'context', block_id: 'k13', elements: [mrkdwn('Serial `04:8f:aa`'), plain('shown to alice')] },
];

const input = (block_id: string, label: string, element: object, more: object = {}): Block => ({
  type: 'input',
  block_id,
  label: plain(label),
  element,
  ...more,
});

export const createCertificate = (more: Partial<OpenModal> = {}, keySource = 'system'): OpenModal => ({
  errors: {},
  busy: false,
  ...more,
  view: {
    id: 'V0CREATE',
    type: 'modal',
    hash: `hash-${keySource}`,
    callback_id: 'issue',
    title: plain('Create Certificate'),
    submit: plain('Create'),
    close: plain('Cancel'),
    blocks: [
      { type: 'alert', block_id: 'warn', level: 'info', text: plain('Your own CSR keeps the private key with you.') },
      input('site', 'Site', {
        type: 'external_select',
        action_id: 'site',
        placeholder: plain('Search sites'),
        min_query_length: 0,
      }),
      input(
        'name',
        'Name',
        {
          type: 'plain_text_input',
          action_id: 'name',
          placeholder: plain('device-1'),
          min_length: 3,
          max_length: 64,
          focus_on_load: true,
        },
        { hint: plain('Becomes the common name, so that logs can tell clients apart.') },
      ),
      input('days', 'Valid for (days)', {
        type: 'number_input',
        action_id: 'days',
        is_decimal_allowed: false,
        min_value: '1',
        max_value: '3650',
        initial_value: '365',
      }),
      input(
        'source',
        'Private key',
        {
          type: 'radio_buttons',
          action_id: 'source',
          initial_option: option('system', 'Generated by Countersign', 'Shown to you once'),
          options: [
            option('system', 'Generated by Countersign', 'Shown to you once'),
            option('csr', 'My own CSR', 'Recommended'),
          ],
        },
        { dispatch_action: true },
      ),
      ...(keySource === 'csr'
        ? [input('csr', 'CSR (PEM)', { type: 'plain_text_input', action_id: 'csr', multiline: true })]
        : [
            input('algorithm', 'Key type', {
              type: 'static_select',
              action_id: 'algorithm',
              initial_option: option('p256', 'ECDSA P-256'),
              options: [option('p256', 'ECDSA P-256'), option('rsa', 'RSA 2048')],
            }),
          ]),
      input(
        'watchers',
        'Tell also',
        { type: 'multi_users_select', action_id: 'watchers', placeholder: plain('Add people') },
        { optional: true },
      ),
      input('mail', 'Contact address', { type: 'email_text_input', action_id: 'mail' }, { optional: true }),
      input('sure', 'Before you go on', {
        type: 'checkboxes',
        action_id: 'sure',
        options: [option('yes', 'I may use this site')],
      }),
    ],
  },
});

export const openModal = (id: string, title: string, blocks: Block[], submit = 'Create'): OpenModal => ({
  errors: {},
  busy: false,
  view: {
    id,
    type: 'modal',
    hash: `hash-${id}`,
    callback_id: 'made',
    title: plain(title),
    close: plain('Cancel'),
    ...(submit === '' ? {} : { submit: plain(submit) }),
    blocks,
  },
});

export const details: OpenModal = {
  errors: {},
  busy: false,
  view: {
    id: 'V0DETAILS',
    type: 'modal',
    hash: 'h',
    callback_id: 'details',
    title: plain('About key types'),
    blocks: [{ type: 'section', block_id: 'd', text: mrkdwn('*P-256* suits nearly every client.') }],
  },
};

export const HOME: Scene['home'] = {
  id: 'V0HOME',
  type: 'home',
  hash: 'home-1',
  callback_id: 'home',
  blocks: [
    { type: 'header', block_id: 'h1', text: plain('My certificates') },
    {
      type: 'section',
      block_id: 'c1',
      text: mrkdwn(
        `*device-1* · example.com\nValid until <!date^${NOW + 31_536_000}^{date_short}|next year> · last seen 2 hours ago`,
      ),
      accessory: {
        type: 'overflow',
        action_id: 'menu',
        options: [option('suspend', 'Suspend'), option('revoke', 'Revoke…')],
      },
    },
    { type: 'divider', block_id: 'dv' },
    {
      type: 'section',
      block_id: 'c2',
      text: mrkdwn(':warning: *device-2* · example.com\nExpires in 12 days'),
      accessory: { type: 'button', action_id: 'renew', text: plain('Renew'), value: 'device-2', style: 'primary' },
    },
    { type: 'header', block_id: 'h2', text: plain('Waiting for me') },
    { type: 'section', block_id: 'none', text: mrkdwn('Nothing is waiting for you.') },
    { type: 'context', block_id: 'foot', elements: [mrkdwn('Enforced on 3 of 3 edges')] },
  ],
};
