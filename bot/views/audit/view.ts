import type { Button, InputBlock, KnownBlock, ModalView, PlainTextOption } from '@slack/types';
import { keyNameOf } from '../../../core/access/actor.ts';
import { ACTIONS_TOLD } from '../../../core/audit/events.ts';
import type { AuditFilter, AuditPage } from '../../../core/audit/search.ts';
import { tellEvent } from '../../../core/slack/audit-event.ts';
import { actions, button, context, option, plain, section } from '../../../core/slack/blocks.ts';
import { code, moment, truncate } from '../../../core/slack/text.ts';
import type { FoundEvent } from '../../../core/store/questions/audit.ts';
import type { AuditCheckpoint } from '../../../core/store/rows.ts';
import {
  ANY_ACTION,
  AUDIT_ACTIONS,
  AUDIT_VIEW,
  type AuditField,
  type AuditState,
  auditBlock,
  placeValue,
} from './form.ts';

export type AuditModel = {
  state: AuditState;
  page: AuditPage;
  /** The newest one, with the key it is signed with. */
  checkpoint: AuditCheckpoint | undefined;
  mayExport: boolean;
};

/** Facts of a row, of which a person can write one at length. */
const FACTS_CHARACTERS = 1_000;

/** "Audit": what to look for, and a page of what happened. */
export function buildAuditView({ state, page, checkpoint, mayExport }: AuditModel): ModalView {
  return {
    type: 'modal',
    callback_id: AUDIT_VIEW,
    title: plain('Audit', 24),
    submit: plain('Search', 24),
    close: plain('Close', 24),
    private_metadata: JSON.stringify(state),
    blocks: [
      ...fieldBlocks(state),
      { type: 'divider' },
      ...(page.found.length === 0 ? [section(emptyText(state.filter, page))] : page.found.flatMap(rowBlocks)),
      ...buttonRow('audit_pages', pageButtons(page, state.filter)),
      ...buttonRow('audit_more', exportButtons(mayExport)),
      context(checkpointText(checkpoint)),
    ],
  };
}

function fieldBlocks(state: AuditState): InputBlock[] {
  const { filter } = state;
  const keyName = keyNameOf(filter.actor ?? '');
  const input = (field: AuditField, label: string) => ({
    type: 'input' as const,
    block_id: auditBlock(field, state),
    label: plain(label, 2000),
    optional: true,
  });
  const day = (field: 'from' | 'to', label: string): InputBlock => ({
    ...input(field, label),
    element: {
      type: 'datepicker',
      action_id: AUDIT_ACTIONS[field],
      ...(filter[field] === undefined ? {} : { initial_date: filter[field] }),
    },
  });
  return [
    {
      ...input('about', 'Certificate or request'),
      hint: plain('A serial in any notation, a part of the name, or the number of a request or an incident.', 2000),
      element: {
        type: 'plain_text_input',
        action_id: AUDIT_ACTIONS.about,
        max_length: 100,
        ...(filter.about === undefined ? {} : { initial_value: filter.about }),
      },
    },
    {
      ...input('actor', 'Who'),
      element: {
        type: 'users_select',
        action_id: AUDIT_ACTIONS.actor,
        placeholder: plain('Anybody'),
        ...(filter.actor === undefined || keyName !== undefined ? {} : { initial_user: filter.actor }),
      },
    },
    {
      ...input('key', 'Or which API key'),
      element: {
        type: 'plain_text_input',
        action_id: AUDIT_ACTIONS.key,
        max_length: 44,
        placeholder: plain('Its name'),
        ...(keyName === undefined ? {} : { initial_value: keyName }),
      },
    },
    {
      ...input('action', 'What'),
      element: {
        type: 'static_select',
        action_id: AUDIT_ACTIONS.action,
        options: WHAT,
        initial_option: WHAT.find(({ value }) => value === filter.action) ?? ANYTHING,
      },
    },
    { ...day('from', 'From'), hint: plain('Days are counted in UTC.', 2000) },
    day('to', 'To'),
  ];
}

const ANYTHING = option('Anything', ANY_ACTION);
/** In the words that the audit channel tells it with, and in their order. */
const WHAT: readonly PlainTextOption[] & PlainTextOption[] = [
  ANYTHING,
  ...Object.entries(ACTIONS_TOLD).map(([action, told]) => option(`… ${told}`, action)),
];

function rowBlocks({ event, sequence }: FoundEvent): KnownBlock[] {
  const { sentence, facts } = tellEvent(event);
  const number = sequence === undefined ? 'not chained yet' : `#${sequence}`;
  const beside = [moment(event.at), ...facts, code(event.action)].join(' · ');
  return [section(`*${number}* ${sentence}`), context(truncate(beside, FACTS_CHARACTERS))];
}

function pageButtons({ newer, older, exhausted }: AuditPage, filter: AuditFilter): Button[] {
  const further = exhausted ? 'Search further' : 'Next';
  return [
    ...(newer ? [button({ label: 'Previous', action: AUDIT_ACTIONS.newer, value: placeValue(newer) })] : []),
    ...(older ? [button({ label: further, action: AUDIT_ACTIONS.older, value: placeValue(older) })] : []),
    ...(Object.keys(filter).length === 0
      ? []
      : [button({ label: 'Clear the search', action: AUDIT_ACTIONS.clear, value: 'clear' })]),
  ];
}

function exportButtons(mayExport: boolean): Button[] {
  return mayExport ? [button({ label: 'Export…', action: AUDIT_ACTIONS.export, value: 'export' })] : [];
}

const buttonRow = (blockId: string, elements: Button[]): KnownBlock[] =>
  elements.length === 0 ? [] : [actions(blockId, elements)];

function emptyText(filter: AuditFilter, { exhausted, unknown, newer }: AuditPage): string {
  if (unknown) return `No certificate and no request here is called ${code(filter.about ?? '')}.`;
  if (exhausted) return 'Nothing that fits so far. *Search further* looks at older events.';
  if (newer) return 'There is nothing more.';
  return Object.keys(filter).length === 0
    ? 'Nothing has happened here yet.'
    : 'Nothing fits. Take something out of the search, or press *Clear the search*.';
}

function checkpointText(checkpoint: AuditCheckpoint | undefined): string {
  if (!checkpoint) {
    return 'No checkpoint has been signed yet: that is done within a day, and after each decision of a second person.';
  }
  const { sequence, createdAt, publicKey } = checkpoint;
  return `Signed up to event ${sequence}, ${moment(createdAt)}. The key for \`npm run audit:verify\`: ${code(publicKey)}. Pin the one that \`npm run audit:key\` prints; this must be the same.`;
}
