import type { Button, KnownBlock, ModalView } from '@slack/types';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { actions, button, context, plain, section } from '../../../core/slack/blocks.ts';
import { conditionOf, conditionText, EDGE_KINDS_TOLD, waitingText } from '../../../core/slack/edge.ts';
import { bold, escapeText, mention, moment, truncate } from '../../../core/slack/text.ts';
import type { Edge, EdgeState } from '../../../core/store/rows.ts';

const EDGE_LIST_VIEW = 'edge_list';
/** Each is six blocks at most, with what is wrong and the button; a view holds 100. */
const EDGES_SHOWN = 15;
const SENTENCES_SHOWN = 5;

export type EdgeListModel = {
  edges: readonly Edge[];
  states: ReadonlyMap<string, EdgeState>;
  /** The newest version; undefined before the first. */
  head: { epoch: number; snapshot: number } | undefined;
  /** Whether whoever looks may add and remove. */
  mayChange: boolean;
  now: Date;
  /** What came of the last click. */
  notice: string | undefined;
};

/** "Edges": what each is, how far it is, and what it cannot do. Those that need somebody come first. */
export function buildEdgeList(model: EdgeListModel): ModalView {
  const { edges, states, head, mayChange, now, notice } = model;
  const urgency = (edge: Edge) => {
    const state = states.get(edge.id);
    const condition = conditionOf(edge, state, head, now);
    const troubled = (state?.problems.length ?? 0) + (state?.inexpressible.length ?? 0) > 0;
    return condition === 'away' ? 0 : troubled || condition === 'behind' ? 1 : 2;
  };
  const inOrder = [...edges].sort((a, b) => urgency(a) - urgency(b) || (a.name < b.name ? -1 : 1));
  return {
    type: 'modal',
    callback_id: EDGE_LIST_VIEW,
    title: plain('Edges', 24),
    close: plain('Close', 24),
    blocks: [
      ...(notice === undefined ? [] : [section(notice), { type: 'divider' as const }]),
      section(countText(edges, head)),
      ...inOrder.slice(0, EDGES_SHOWN).flatMap((edge) => edgeBlocks(edge, model)),
      ...(mayChange ? [{ type: 'divider' as const }, actions('edge_list', [addButton()])] : []),
    ],
  };
}

function countText(edges: readonly Edge[], head: EdgeListModel['head']): string {
  if (edges.length === 0) return 'There is no edge yet. An edge enforces here what is decided: `/mtls edge add`.';
  const which =
    edges.length > EDGES_SHOWN
      ? `${EDGES_SHOWN} of ${edges.length} edges, those that need somebody first.`
      : `${edges.length} ${edges.length === 1 ? 'edge' : 'edges'}.`;
  return head ? `${which} The newest version is ${head.snapshot}.` : which;
}

function edgeBlocks(edge: Edge, { states, head, mayChange, now }: EdgeListModel): KnownBlock[] {
  const state = states.get(edge.id);
  const condition = conditionText(conditionOf(edge, state, head, now), state, head);
  const version = state && state.snapshot > 0 ? ` · version ${state.snapshot} in effect` : '';
  const waiting = state && waitingText(state);
  const software = state?.software ? ` · ${escapeText(truncate(state.software, 80))}` : '';
  const seen = state ? `last seen ${moment(state.lastSeenAt)} · ` : '';
  const made = edge.createdBy === 'system' ? 'the built-in one' : `added by ${mention(edge.createdBy)}`;
  return [
    { type: 'divider' },
    section([`${bold(edge.name)}  ·  ${condition}`, ...(waiting ? [waiting] : [])].join('\n')),
    context(`${EDGE_KINDS_TOLD[edge.kind]}${software}${version} · ${seen}${made}, ${moment(edge.createdAt)}`),
    ...sentences('Problems', state?.problems ?? []),
    ...sentences('It cannot ask its agent', state?.limits ? [`${state.limits.reason}.`] : []),
    ...sentences('It cannot express', state?.inexpressible ?? []),
    ...(mayChange ? [actions(`edge:${edge.id}`, [removeButton(edge)])] : []),
  ];
}

/** What an edge says is shown as text, whatever is in it. */
function sentences(title: string, said: readonly string[]): KnownBlock[] {
  if (said.length === 0) return [];
  const lines = said.slice(0, SENTENCES_SHOWN).map((one) => `• ${escapeText(truncate(one, 300))}`);
  const more = said.length > SENTENCES_SHOWN ? [`• and ${said.length - SENTENCES_SHOWN} more`] : [];
  return [section(`*${title}*\n${[...lines, ...more].join('\n')}`)];
}

/** The one way to remove an edge: asked twice. */
export function removeButton(edge: Pick<Edge, 'id' | 'name'>): Button {
  return {
    ...button({
      label: 'Remove…',
      action: ACTIONS.removeEdge,
      value: edge.id,
      style: 'danger',
      spoken: `Remove the edge ${edge.name}`,
    }),
    confirm: {
      title: plain('Remove this edge?', 100),
      text: plain(
        `${edge.name}: its credential is worth nothing from then on. Where it still runs, it goes on with what it has and hears of no later revocation.`,
        300,
      ),
      confirm: plain('Remove', 30),
      deny: plain('Keep', 30),
      style: 'danger',
    },
  };
}

const addButton = () => button({ label: 'Add edge…', action: ACTIONS.openEdgeAdd, value: '', style: 'primary' });
