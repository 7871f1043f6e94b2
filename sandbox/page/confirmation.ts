import { richText } from './blocks/text.ts';
import { type Child, h } from './dom.ts';
import { changed, state } from './state.ts';
import { withEmoji } from './text/emoji.ts';

/** The bot's own "are you sure": nothing is sent before Yes. */
export function confirmationDialog(): Child {
  const asked = state.confirmation;
  if (!asked) return undefined;
  const finish = (proceed: boolean) => {
    state.confirmation = undefined;
    changed();
    if (proceed) asked.proceed();
  };
  return h(
    'dialog',
    {
      class: 'modal confirmation',
      role: 'alertdialog',
      key: 'confirmation',
      'aria-labelledby': 'confirmation-title',
      'aria-describedby': 'confirmation-text',
      mounted: (dialog) => (dialog as HTMLDialogElement).showModal(),
      leaving: (dialog) => (dialog as HTMLDialogElement).close(),
      on: {
        cancel: (event) => {
          event.preventDefault();
          finish(false);
        },
      },
    },
    h('h2', { id: 'confirmation-title', class: 'modal-header' }, withEmoji(asked.title)),
    h('div', { id: 'confirmation-text', class: 'modal-body' }, richText(asked.text, 'confirmation')),
    h(
      'footer',
      { class: 'modal-footer' },
      h(
        'button',
        { type: 'button', class: 'button', autofocus: true, on: { click: () => finish(false) } },
        withEmoji(asked.deny),
      ),
      h(
        'button',
        {
          type: 'button',
          class: `button button-${asked.danger ? 'danger' : 'primary'}`,
          on: { click: () => finish(true) },
        },
        withEmoji(asked.confirm),
      ),
    ),
  );
}
