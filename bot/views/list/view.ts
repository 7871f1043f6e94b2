import type { Button, KnownBlock, ModalView, SectionBlock } from '@slack/types';
import type { Possible } from '../../../core/inventory/may.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, plain, section } from '../../../core/slack/blocks.ts';
import { certificateStateLine, certificateTitle } from '../../../core/slack/certificate.ts';
import type { ListedCertificate } from '../../../core/store/questions/inventory.ts';
import { type ListChoices, listFields } from './fields.ts';
import { LIST_ACTIONS, LIST_VIEW, type ListForm, type ListState } from './form.ts';

export type ListRow = {
  certificate: ListedCertificate;
  possible: Possible;
  /** A few words of mrkdwn; empty while nothing is known about the use of any. */
  lastUse: string;
};

export type ListModel = {
  viewerId: string;
  choices: ListChoices;
  form: ListForm;
  state: ListState;
  rows: readonly ListRow[];
  /** Where the next page begins; null when there is none. */
  next: string | null;
  /** The search has looked at as much as it may at once. */
  exhausted: boolean;
  /** Which certificates these are, after "This shows" (mrkdwn). */
  summary: string;
  /** What could not be understood or done, sentences of mrkdwn. */
  notices: readonly string[];
  /** Whether *Revoke all that match* could do anything. */
  mayRevokeAll: boolean;
  now: Date;
};

/** "Certificates": the fields to narrow it down, and a page of it. */
export function buildListView(model: ListModel): ModalView {
  const { choices, form, state, rows } = model;
  return {
    type: 'modal',
    callback_id: LIST_VIEW,
    title: plain('Certificates', 24),
    submit: plain('Search', 24),
    close: plain('Close', 24),
    private_metadata: JSON.stringify(state),
    blocks: [
      ...listFields(choices, form, state),
      { type: 'divider' },
      ...model.notices.slice(0, 5).map((notice) => context(`*Not understood:* ${notice}`)),
      context(place(model)),
      ...(rows.length === 0 ? [section(emptyText(model))] : rows.flatMap((row) => rowBlocks(row, model))),
      ...buttons('list_pages', pageButtons(model)),
      ...buttons('list_many', manyButtons(model)),
    ],
  };
}

function place({ state, next, rows, summary }: ListModel): string {
  const whole = state.page === 1 && next === null;
  const shown = whole ? `This shows ${summary}` : `Page ${state.page} of ${summary}`;
  const unknown = rows.length > 0 && rows.every(({ lastUse }) => lastUse === '');
  return `${shown}.${unknown ? ' No edge has reported yet, so nothing is known about their use.' : ''}`;
}

function rowBlocks({ certificate, possible, lastUse }: ListRow, { viewerId, now }: ListModel): KnownBlock[] {
  const { id, name, siteName } = certificate;
  const title = certificateTitle(certificate, viewerId);
  const text: SectionBlock = {
    ...section(
      [title, [certificateStateLine(certificate, now), lastUse].filter((part) => part !== '').join(' · ')].join('\n'),
    ),
    block_id: `row:${id}`,
  };
  const which = `${name} for ${siteName}`;
  const row = [
    button({ label: 'Details', action: ACTIONS.openCertificate, value: id, spoken: `Details of ${which}` }),
    ...(possible.renew
      ? [button({ label: 'Renew', action: ACTIONS.openRenew, value: id, spoken: `Renew ${which}` })]
      : []),
    ...(possible.release
      ? [button({ label: 'Release', action: ACTIONS.openRelease, value: id, spoken: `Release ${which}` })]
      : possible.revoke
        ? [button({ label: 'Revoke', action: ACTIONS.openRevoke, value: id, spoken: `Revoke ${which}` })]
        : []),
  ];
  return [possible.revoke ? { ...text, accessory: pick(id) } : text, actions(`act:${id}`, row)];
}

function pick(id: string): NonNullable<SectionBlock['accessory']> {
  return { type: 'checkboxes', action_id: LIST_ACTIONS.pick, options: [{ text: plain('Select', 75), value: id }] };
}

function pageButtons({ state, next, exhausted }: ListModel): Button[] {
  const back = state.trail.length > 0 ? 'Previous' : 'First page';
  return [
    ...(state.page > 1 ? [button({ label: back, action: LIST_ACTIONS.previous, value: 'previous' })] : []),
    ...(next === null
      ? []
      : [button({ label: exhausted ? 'Search further' : 'Next', action: LIST_ACTIONS.next, value: next })]),
  ];
}

function manyButtons({ rows, mayRevokeAll, state, next }: ListModel): Button[] {
  const several = rows.filter(({ possible }) => possible.revoke).length > 1;
  const more = next !== null || state.page > 1;
  return [
    ...(several ? [button({ label: 'Revoke selected…', action: LIST_ACTIONS.revokeSelected, value: 'selected' })] : []),
    ...(mayRevokeAll && (several || more)
      ? [button({ label: 'Revoke all that match…', action: LIST_ACTIONS.revokeAll, value: 'all' })]
      : []),
  ];
}

const buttons = (blockId: string, elements: Button[]): KnownBlock[] =>
  elements.length === 0 ? [] : [actions(blockId, elements)];

/** What to do when nothing is there. */
function emptyText({ exhausted, state, choices, viewerId }: ListModel): string {
  if (exhausted) return 'Nothing that fits so far. *Search further* looks at older ones.';
  if (state.page > 1) return 'There is nothing more.';
  const { filter } = state;
  const onlyUsual = Object.keys(filter).every((key) => key === 'owner' || key === 'state');
  if (onlyUsual && filter.owner === viewerId && filter.state === 'active') {
    const others = choices.seesAll ? ' Choose *Everybody* as the owner to see those of others.' : '';
    return `You have no active certificates. Create one with \`/mtls issue\`, or choose *Any state* to see those that have ended.${others}`;
  }
  return choices.seesAll
    ? 'Nothing fits. Take something out of *Search*, or choose *Everybody*, *All sites* or *Any state*, and press *Search*.'
    : 'None of your certificates fits. Take something out of *Search*, or choose *All sites* or *Any state*, and press *Search*.';
}
