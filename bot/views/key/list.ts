import type { Button, KnownBlock, ModalView } from '@slack/types';
import { KEY_STATES, scopeFacts } from '../../../core/slack/access-key.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, plain, section } from '../../../core/slack/blocks.ts';
import { bold, code, mention, moment } from '../../../core/slack/text.ts';
import type { AccessKey, AccessKeyUse } from '../../../core/store/rows.ts';

export const KEY_LIST_VIEW = 'key_list';
export const KEY_LIST_ACTIONS = { next: 'key_list_next', previous: 'key_list_previous' } as const;
/** Each is a section, a line beside it and a row of buttons: twenty would fit, and nobody reads them. */
export const KEYS_SHOWN = 8;

export type ListedKey = {
  key: AccessKey;
  use: AccessKeyUse | undefined;
  /** Of its sites; null for all of them. */
  siteNames: readonly string[] | null;
  /** Whether somebody else has agreed to it: without that no key acts alone. */
  agreed: boolean;
};

export type KeyListModel = {
  keys: readonly ListedKey[];
  skip: number;
  counts: { present: number; deleted: number };
  administrators: readonly string[];
  /** What came of the last click. */
  notice: string | undefined;
};

/** "API Keys": what each may do, whether it is used, and what can be done about it. */
export function buildKeyList({ keys, skip, counts, administrators, notice }: KeyListModel): ModalView {
  return {
    type: 'modal',
    callback_id: KEY_LIST_VIEW,
    title: plain('API Keys', 24),
    close: plain('Close', 24),
    private_metadata: JSON.stringify({ skip }),
    blocks: [
      ...(notice === undefined ? [] : [section(notice), { type: 'divider' as const }]),
      section(countText(keys, skip, counts)),
      ...keys.flatMap((listed) => keyBlocks(listed, administrators)),
      { type: 'divider' },
      actions('key_list', [...pageButtons(keys, skip, counts), createButton()]),
    ],
  };
}

function countText(keys: readonly unknown[], skip: number, { present, deleted }: KeyListModel['counts']): string {
  const gone =
    deleted === 0 ? '' : ` ${deleted} deleted; their names stay taken, and \`/mtls audit\` still finds them.`;
  if (present === 0) return `There is no API key.${gone}`;
  const which =
    keys.length < present
      ? `API keys ${skip + 1} to ${skip + keys.length} of ${present}.`
      : `${present} API ${present === 1 ? 'key' : 'keys'}.`;
  return `${which}${gone}`;
}

const NOT_AGREED =
  '_Nobody was asked when it was made, so it asks as soon as somebody has to be. Make another to have it agreed to._';

function keyBlocks({ key, use, siteNames, agreed }: ListedKey, administrators: readonly string[]): KnownBlock[] {
  const scope = scopeFacts(key, siteNames).map(([label, value]) => `${label}: ${value}`);
  const used = use ? `Last use: ${moment(use.usedAt)}, ${code(use.operation)}` : 'Never used';
  const maker = administrators.includes(key.createdBy) ? '' : ', who is not an administrator any more';
  const since = key.state === 'disabled' && key.endedAt !== null ? ` since ${moment(key.endedAt)}` : '';
  return [
    { type: 'divider' },
    section(
      [
        `${bold(key.name)}  ·  *${KEY_STATES[key.state]}*${since}`,
        `AccessKey ID ${code(key.accessKeyId)}`,
        ...scope,
        ...(key.access === 'write' && key.mode === 'alone' && !agreed ? [NOT_AGREED] : []),
      ].join('\n'),
    ),
    context(`${used} · made by ${mention(key.createdBy)}${maker}, ${moment(key.createdAt)}`),
    actions(`key:${key.id}`, keyButtons(key)),
  ];
}

function keyButtons(key: AccessKey): Button[] {
  return [
    ...(key.state === 'active'
      ? [
          button({
            label: 'Disable',
            action: ACTIONS.disableKey,
            value: key.id,
            spoken: `Disable the API key ${key.name}`,
          }),
        ]
      : []),
    ...(key.state === 'disabled'
      ? [
          button({
            label: 'Enable',
            action: ACTIONS.enableKey,
            value: key.id,
            spoken: `Enable the API key ${key.name}`,
          }),
        ]
      : []),
    deleteButton(key),
  ];
}

/** The one way to delete a key: asked twice. */
export function deleteButton(key: Pick<AccessKey, 'id' | 'name'>): Button {
  return {
    ...button({
      label: 'Delete…',
      action: ACTIONS.deleteKey,
      value: key.id,
      style: 'danger',
      spoken: `Delete the API key ${key.name}`,
    }),
    confirm: {
      title: plain('Delete this API key?', 100),
      text: plain(`${key.name}: its calls fail at once, for ever, and its name is not used again.`, 300),
      confirm: plain('Delete', 30),
      deny: plain('Keep', 30),
      style: 'danger',
    },
  };
}

function pageButtons(keys: readonly unknown[], skip: number, { present }: KeyListModel['counts']): Button[] {
  const page = (label: string, action: string, at: number) => button({ label, action, value: String(at) });
  return [
    ...(skip > 0 ? [page('Previous', KEY_LIST_ACTIONS.previous, Math.max(0, skip - KEYS_SHOWN))] : []),
    ...(skip + keys.length < present ? [page('Next', KEY_LIST_ACTIONS.next, skip + KEYS_SHOWN)] : []),
  ];
}

const createButton = () =>
  button({ label: 'New API key…', action: ACTIONS.openKeyCreate, value: '', style: 'primary' });
