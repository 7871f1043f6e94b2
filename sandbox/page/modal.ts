import type { Block, OpenModal } from '../contract.ts';
import { renderBlocks } from './blocks/block.ts';
import type { Element } from './blocks/shape.ts';
import { fieldId, type Surface, withIds } from './blocks/surface.ts';
import { plainText } from './blocks/text.ts';
import { perform } from './connection.ts';
import { type Child, domId, h } from './dom.ts';
import { checkForm } from './form/check.ts';
import { foundErrors, setErrors } from './form/errors.ts';
import { fieldsOf, stateValues } from './form/values.ts';
import { icon } from './icons.ts';
import { refusal } from './refusal.ts';
import { changed, isWaiting, state } from './state.ts';

/** Submissions whose answer has not been shown yet: its first error gets the focus. */
const awaitingErrors = new Set<string>();

export function modalDialogs(): Child {
  const modals = state.scene?.modals ?? [];
  return modals.map((modal, index) => modalDialog(modal, index === modals.length - 1, modals.length));
}

function modalDialog(modal: OpenModal, isTop: boolean, depth: number): Child {
  const { view } = modal;
  const surface = modalSurface(modal);
  const titleId = domId('title', view.id);
  const sending = modal.busy || isWaiting(`submit ${view.id}`);
  const closing = isWaiting(`close ${view.id}`);
  const close = (all: boolean) =>
    void perform('close', { viewId: view.id, all }, { busy: `close ${view.id}`, refusal: surface.refusalKey });
  const onEscape = (event: Event) => {
    if (event instanceof KeyboardEvent && event.key !== 'Escape') return;
    event.preventDefault();
    if (!isWaiting(`close ${view.id}`)) close(false);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!sending && view.submit) void submitModal(surface, view.id);
  };
  const submitByKey = (event: Event) => {
    const { key, ctrlKey, metaKey } = event as KeyboardEvent;
    if (key === 'Enter' && (ctrlKey || metaKey)) submit(event);
  };

  return h(
    'dialog',
    {
      class: isTop ? 'modal' : 'modal modal-below',
      key: `modal ${view.id}`,
      'aria-labelledby': titleId,
      mounted: (dialog) => openDialog(dialog as HTMLDialogElement, surface),
      leaving: (dialog) => (dialog as HTMLDialogElement).close(),
      on: { keydown: onEscape, cancel: onEscape },
    },
    h(
      'form',
      {
        novalidate: true,
        'aria-busy': sending || closing ? 'true' : undefined,
        'aria-labelledby': titleId,
        on: { submit, keydown: submitByKey },
      },
      h(
        'header',
        { class: 'modal-header' },
        depth > 1 &&
          h(
            'button',
            {
              type: 'button',
              key: 'back',
              class: 'button button-icon',
              'aria-label': 'Back',
              on: { click: () => close(false) },
            },
            icon('back'),
          ),
        h('h2', { id: titleId, tabindex: '-1' }, plainText(view.title)),
        h(
          'button',
          {
            type: 'button',
            key: 'close',
            class: 'button button-icon',
            'aria-label': depth > 1 ? 'Close all' : 'Close',
            on: { click: () => close(true) },
          },
          icon('close'),
        ),
      ),
      h('div', { class: 'modal-body', tabindex: '-1' }, refusal(surface.refusalKey), renderBlocks(surface)),
      h(
        'footer',
        { class: 'modal-footer' },
        h(
          'button',
          { type: 'button', class: 'button', key: 'cancel', on: { click: () => close(false) } },
          plainText(view.close) || (view.submit ? 'Cancel' : 'Done'),
        ),
        view.submit &&
          h(
            'button',
            {
              type: 'submit',
              class: 'button button-primary',
              key: 'submit',
              'aria-disabled': sending ? 'true' : undefined,
            },
            sending && h('span', { class: 'spinner', 'aria-hidden': 'true' }),
            plainText(view.submit),
            sending && h('span', { class: 'visually-hidden', role: 'status' }, ' (sending)'),
          ),
      ),
    ),
  );
}

function modalSurface({ view, errors, busy }: OpenModal): Surface {
  return {
    key: view.id,
    container: { kind: 'modal', viewId: view.id },
    blocks: withIds(view.blocks),
    errors: { ...(busy ? {} : errors), ...foundErrors(view.id) },
    refusalKey: `modal ${view.id}`,
    headingLevel: 3,
    name: plainText(view.title),
  };
}

function openDialog(dialog: HTMLDialogElement, surface: Surface): void {
  dialog.showModal();
  const fields = fieldsOf(surface.blocks);
  const wanted = fields.find(({ element }) => element.focus_on_load) ?? fields[0];
  const target = wanted && document.getElementById(fieldId(surface, wanted.blockId, wanted.element));
  (target ?? dialog.querySelector<HTMLElement>('h2'))?.focus();
}

async function submitModal(surface: Surface, viewId: string): Promise<void> {
  const errors = checkForm(surface.key, surface.blocks);
  setErrors(surface.key, errors);
  awaitingErrors.add(viewId);
  changed();
  if (Object.keys(errors).length > 0) return;
  const values = stateValues(surface.key, surface.blocks);
  const answer = await perform('submit', { viewId, values }, { busy: `submit ${viewId}`, refusal: surface.refusalKey });
  if (!answer) awaitingErrors.delete(viewId);
}

/** After each drawing: focus to the first field that was refused, once per submission. */
export function settleModal(): void {
  const modal = state.scene?.modals.at(-1);
  if (!modal || !awaitingErrors.has(modal.view.id) || modal.busy || isWaiting(`submit ${modal.view.id}`)) return;
  const surface = modalSurface(modal);
  const first = surface.blocks.find((block) => surface.errors[block.block_id ?? '']);
  if (!first) return;
  awaitingErrors.delete(modal.view.id);
  focusField(surface, first);
}

function focusField(surface: Surface, block: Block): void {
  const field = document.getElementById(fieldId(surface, block.block_id ?? '', block['element'] as Element));
  field?.focus({ preventScroll: true });
  field?.closest('.input')?.scrollIntoView({ block: 'nearest' });
}
