import { type Child, h } from '../dom.ts';
import { currentValue } from '../form/values.ts';
import { type Control, choose, controlAttributes, keep } from './control.ts';
import { plainText } from './text.ts';

type Run = { text?: string; elements?: Run[]; type: string };
type RichText = { type: string; elements: Run[] };

/** Rich text is typed here without its marks: what the bot gets is one section of plain text, in Slack's own shape. */
export function richTextInput(control: Control): Child {
  const { element, surface } = control;
  const value = currentValue(surface.key, control) as RichText | null;
  const tells = control.dispatches === true || !control.isInput;
  return h('textarea', {
    ...controlAttributes(control),
    class: 'text-input rich-text-input',
    rows: String(Math.max(element.min_lines ?? 4, 2)),
    placeholder: plainText(element.placeholder) || undefined,
    value: wordsOf(value),
    on: {
      input: (event) => keep(control, richTextOf((event.target as HTMLTextAreaElement).value)),
      change: () => tells && choose(control, currentValue(surface.key, control), value),
    },
  });
}

function richTextOf(text: string): RichText | null {
  if (text === '') return null;
  const run = { type: 'text', text };
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [run] }] };
}

function wordsOf(value: RichText | null): string {
  if (!value) return '';
  const words = (run: Run): string =>
    run.text ?? (run.elements ?? []).map(words).join(run.type === 'rich_text_list' ? '\n' : '');
  return value.elements.map(words).join('\n');
}
