import { z } from 'zod';
import { type CertificateFilter, filterSchema } from '../../../core/inventory/filter.ts';
import type { FieldValue, SubmittedView } from '../../turn.ts';

/** The names that tie the parts of "Certificates" to what reads them. */
export const LIST_VIEW = 'list';
export const LIST_FIELDS = ['search', 'owner', 'person', 'site', 'state'] as const;
export type ListField = (typeof LIST_FIELDS)[number];
export const LIST_ACTIONS = {
  search: 'list_search',
  owner: 'list_owner',
  person: 'list_person',
  site: 'list_site',
  state: 'list_state',
  pick: 'list_pick',
  next: 'list_next',
  previous: 'list_previous',
  revokeSelected: 'list_revoke_selected',
  revokeAll: 'list_revoke_all',
} as const;

/** Options that stand for no restriction; Slack's menus know no empty one. */
export const ANY_SITE = 'any';
export const ANY_STATE = 'any';
/** Longer words are refused by the client; a fingerprint with its colons has 95 characters. */
export const MOST_SEARCH = 200;
export const ROWS = 10;

const cursor = z.string().max(200);
const listStateSchema = z.strictObject({
  filter: filterSchema.omit({ ids: true }),
  /** Where this page begins; empty for the first one. */
  after: cursor,
  /** Where the pages before it began, as far back as there is room for. */
  trail: z.array(cursor).max(50),
  page: z.int().min(1),
  /** Raised when fields are filled in anew: Slack keeps what was typed where a field's name stays the same. */
  round: z.int().min(0),
});

/** What is shown now: the view's metadata. Typing into the fields changes it only with *Search*. */
export type ListState = z.infer<typeof listStateSchema>;

/** Metadata holds 3,000 characters, and Details and Revoke carry the list's with them. */
const TRAIL_CHARACTERS = 700;

export function firstPage(filter: CertificateFilter, round: number): ListState {
  const { ids: _, ...kept } = filter;
  return { filter: kept, after: '', trail: [], page: 1, round };
}

export function nextPage(state: ListState, next: string): ListState {
  const trail = [...state.trail, state.after];
  while (trail.join('').length > TRAIL_CHARACTERS || trail.length > 50) trail.shift();
  return { ...state, after: next, trail, page: state.page + 1 };
}

/** One page back; the first one where it is not remembered any more. */
export function previousPage(state: ListState): ListState {
  const after = state.trail.at(-1);
  if (after === undefined) return firstPage(state.filter, state.round);
  return { ...state, after, trail: state.trail.slice(0, -1), page: Math.max(1, state.page - 1) };
}

/** Metadata as it was written; undefined for anything else. */
export function readListState(metadata: string): ListState | undefined {
  try {
    return listStateSchema.safeParse(JSON.parse(metadata)).data;
  } catch {
    return undefined;
  }
}

/** What is filled in, as it is: nothing here has been checked. */
export type ListForm = {
  search: string;
  owner: 'me' | 'all' | 'person';
  person: string | undefined;
  siteId: string | undefined;
  state: Pick<CertificateFilter, 'state' | 'withinDays'>;
};

export function listBlock(field: ListField, { round }: Pick<ListState, 'round'>): string {
  return `${field}:${round}`;
}

export function readListForm(view: SubmittedView): ListForm {
  const field = (name: ListField): FieldValue | undefined => {
    const values = Object.entries(view.values).find(([blockId]) => blockId.startsWith(`${name}:`))?.[1];
    return values?.[LIST_ACTIONS[name]];
  };
  const owner = field('owner')?.selected_option?.value;
  const site = field('site')?.selected_option?.value;
  return {
    search: (field('search')?.value ?? '').trim(),
    owner: owner === 'all' || owner === 'person' ? owner : 'me',
    person: field('person')?.selected_user ?? undefined,
    siteId: site === undefined || site === ANY_SITE ? undefined : site,
    state: readStateOption(field('state')?.selected_option?.value ?? ''),
  };
}

/** `active`, `expiring:30`, ...; what is none of them does not restrict. */
export function stateOption({ state, withinDays }: ListForm['state'], soonDays: number): string {
  if (state === undefined) return ANY_STATE;
  return state === 'expiring' ? `expiring:${withinDays ?? soonDays}` : state;
}

function readStateOption(value: string): ListForm['state'] {
  const [state, days] = value.split(':');
  const parsed = filterSchema
    .pick({ state: true, withinDays: true })
    .safeParse({ state, ...(days === undefined ? {} : { withinDays: Number(days) }) });
  return parsed.success ? parsed.data : {};
}

/** The ids of the rows whose boxes are ticked. */
export function readPicked(view: SubmittedView): string[] {
  return Object.values(view.values).flatMap((block) =>
    (block[LIST_ACTIONS.pick]?.selected_options ?? []).map(({ value }) => value),
  );
}
