import type { Conversation } from '../contract.ts';
import { perform } from './connection.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { bot, changed, isWaiting, state } from './state.ts';
import { type Suggestions, suggest } from './suggest.ts';

const INPUT_ID = 'composer';
const LIST_ID = 'composer-commands';

/** What Escape closed stays closed until the text changes; what arrows chose holds as long. */
let closedFor: string | undefined;
let chosen: { text: string; index: number } | undefined;
const sent: string[] = [];

export function composer(conversation: Conversation, label: string): Child {
  const draft = state.drafts.get(conversation.id) ?? '';
  const busy = isWaiting(`say ${conversation.id}`);
  const suggestions = closedFor === draft ? { items: [], ready: -1 } : suggest(draft, state.scene?.commands ?? []);
  const active = chosen?.text === draft ? chosen.index : suggestions.ready;
  const open = suggestions.items.length > 0;
  const take = (index: number) => {
    const item = suggestions.items[index];
    if (item) type(conversation.id, item.insert);
  };
  return h(
    'form',
    {
      class: 'composer',
      key: 'composer',
      'aria-label': `Write to ${label}`,
      on: {
        submit: (event) => {
          event.preventDefault();
          void say(conversation.id);
        },
      },
    },
    open && suggestionList(suggestions, active, take),
    busy &&
      h(
        'p',
        { class: 'busy', role: 'status', key: 'busy' },
        h('span', { class: 'spinner', 'aria-hidden': 'true' }),
        `${bot()?.name ?? 'The app'} is answering…`,
      ),
    h(
      'div',
      { class: 'composer-box', key: 'box' },
      h('label', { class: 'visually-hidden', for: INPUT_ID }, `Message to ${label}`),
      h('textarea', {
        id: INPUT_ID,
        key: `input ${conversation.id}`,
        rows: String(Math.min(8, draft.split('\n').length)),
        role: 'combobox',
        'aria-autocomplete': 'list',
        'aria-haspopup': 'listbox',
        'aria-expanded': String(open),
        'aria-controls': LIST_ID,
        'aria-activedescendant': open && active >= 0 ? `${LIST_ID}-${active}` : undefined,
        autocomplete: 'off',
        placeholder: 'Type / for commands',
        value: draft,
        on: {
          input: (event) => {
            state.drafts.set(conversation.id, (event.target as HTMLTextAreaElement).value);
            changed('composer');
          },
          keydown: (event) => onKeydown(event as KeyboardEvent, conversation.id, suggestions, active, take),
        },
      }),
      h('button', { type: 'submit', class: 'button button-primary send', 'aria-label': 'Send' }, icon('send')),
    ),
    h(
      'p',
      { class: 'composer-keys', 'aria-hidden': 'true', key: 'keys' },
      'Enter sends, Shift + Enter starts a new line',
    ),
  );
}

function suggestionList({ items }: Suggestions, active: number, take: (index: number) => void): Child {
  return h(
    'div',
    {
      class: 'suggestions',
      role: 'listbox',
      id: LIST_ID,
      'aria-label': 'Commands',
      key: 'suggestions',
      on: { mousedown: (event) => event.preventDefault() },
    },
    items.map((item, index) =>
      h(
        'div',
        {
          role: 'option',
          key: item.label,
          id: `${LIST_ID}-${index}`,
          class: index === active ? 'option option-active' : 'option',
          'aria-selected': String(index === active),
          on: { click: () => take(index) },
        },
        h('code', {}, item.label),
        h('span', { class: 'choice-more' }, item.description),
      ),
    ),
  );
}

function onKeydown(
  event: KeyboardEvent,
  conversationId: string,
  { items }: Suggestions,
  active: number,
  take: (index: number) => void,
): void {
  if (event.isComposing) return;
  const draft = state.drafts.get(conversationId) ?? '';
  const open = items.length > 0;
  if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    const step = event.key === 'ArrowDown' ? 1 : -1;
    const from = active < 0 && step < 0 ? 0 : active;
    chosen = { text: draft, index: (from + step + items.length) % items.length };
    changed('composer');
  } else if (open && (event.key === 'Tab' || event.key === 'Enter') && !event.shiftKey && active >= 0) take(active);
  else if (open && event.key === 'Tab' && !event.shiftKey) take(0);
  else if (open && event.key === 'Escape') {
    closedFor = draft;
    changed('composer');
  } else if (event.key === 'ArrowUp' && draft === '' && sent.length > 0) type(conversationId, sent.at(-1) ?? '');
  else if (event.key === 'Enter' && !event.shiftKey) void say(conversationId);
  else return;
  event.preventDefault();
}

/** Puts text into the composer with the caret behind it. */
export function type(conversationId: string, text: string): void {
  state.drafts.set(conversationId, text);
  closedFor = undefined;
  changed('composer');
  queueMicrotask(() => {
    const input = document.getElementById(INPUT_ID) as HTMLTextAreaElement | null;
    input?.focus();
    input?.setSelectionRange(text.length, text.length);
  });
}

async function say(conversationId: string): Promise<void> {
  const draft = state.drafts.get(conversationId) ?? '';
  const text = draft.trim();
  if (text === '') return;
  state.drafts.set(conversationId, '');
  const about = { busy: `say ${conversationId}`, refusal: `conversation ${conversationId}` };
  const answer = await perform('say', { conversationId, text }, about);
  if (answer) sent.push(text);
  // What was refused is not lost, unless something else is being typed by now.
  else if (!state.drafts.get(conversationId)) state.drafts.set(conversationId, draft);
  changed('composer');
}
