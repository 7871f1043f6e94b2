import { type Child, h } from '../dom.ts';
import { currentValue } from '../form/values.ts';
import { type Control, choose, controlAttributes, controlId, keep } from './control.ts';
import { plainText } from './text.ts';

const DISPATCH_PAUSE_MS = 250;
const NATIVE_TYPES: Record<string, string> = {
  plain_text_input: 'text',
  // Not `number`: that one drops what it cannot read, and changes on scrolling.
  number_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  datepicker: 'date',
  timepicker: 'time',
  datetimepicker: 'datetime-local',
};
const pauses = new Map<string, ReturnType<typeof setTimeout>>();

/** Everything that is typed: text, numbers, addresses, dates and times. */
export function textInput(control: Control): Child {
  const { element, surface } = control;
  const value = shown(element.type, currentValue(surface.key, control));
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  const isDate = element.type.endsWith('picker');

  const onInput = (event: Event) => {
    const entered = stored(element.type, (event.target as HTMLInputElement).value);
    if (isDate) return choose(control, entered, currentValue(surface.key, control));
    keep(control, entered);
    if (control.dispatches && triggers.includes('on_character_entered')) afterPause(control, entered);
  };
  const onKeydown = (event: Event) => {
    const { key, shiftKey, isComposing } = event as KeyboardEvent;
    if (key !== 'Enter' || isComposing || (element.multiline && !shiftKey)) return;
    if (isDate || !control.dispatches || !triggers.includes('on_enter_pressed')) return;
    event.preventDefault();
    const entered = currentValue(surface.key, control);
    choose(control, entered, entered);
  };
  const attributes = {
    ...controlAttributes(control),
    class: 'text-input',
    placeholder: plainText(element.placeholder) || undefined,
    autocomplete: 'off',
    value,
    on: { input: onInput, keydown: onKeydown },
  };
  if (element.multiline) return h('textarea', { ...attributes, rows: '4', spellcheck: 'false' });
  return h('input', {
    ...attributes,
    type: NATIVE_TYPES[element.type] ?? 'text',
    inputmode: element.type === 'number_input' ? (element.is_decimal_allowed ? 'decimal' : 'numeric') : undefined,
    spellcheck: 'false',
  });
}

/** Slack tells the bot of typing; a short pause keeps that from being once per key. */
function afterPause(control: Control, entered: unknown): void {
  const id = controlId(control);
  clearTimeout(pauses.get(id));
  pauses.set(
    id,
    setTimeout(() => {
      // Sent or closed in the meantime: there is nobody left to tell.
      if (document.getElementById(id)) choose(control, currentValue(control.surface.key, control), entered);
    }, DISPATCH_PAUSE_MS),
  );
}

/** Slack keeps a moment as seconds; the browser's control as local date and time. */
function shown(type: string, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (type !== 'datetimepicker') return String(value);
  const date = new Date(Number(value) * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function stored(type: string, entered: string): string | number | null {
  if (entered === '') return null;
  return type === 'datetimepicker' ? Math.floor(new Date(entered).getTime() / 1000) : entered;
}
