import { clearError } from '../form/errors.ts';
import { setValue, valueKey } from '../form/values.ts';
import { changed } from '../state.ts';
import type { Element } from './shape.ts';
import { act, afterConfirming, fieldId, type Surface } from './surface.ts';

/** One interactive element where it stands: alone in a message, or as the control of an input block. */
export type Control = {
  surface: Surface;
  blockId: string;
  element: Element;
  /** The words that name it; without any, its placeholder does. */
  label: { id: string; bound?: boolean } | undefined;
  describedBy?: string | undefined;
  invalid?: boolean;
  required?: boolean;
  /** Inputs tell the bot of changes only when it asked for that; everything else always does. */
  dispatches?: boolean;
  isInput?: boolean;
};

export const controlId = ({ surface, blockId, element }: Control): string => fieldId(surface, blockId, element);

/** The attributes every control shares. A control without a visible label is named by its placeholder. */
export function controlAttributes(control: Control): Record<string, unknown> {
  const { element, label, describedBy, invalid, required, surface } = control;
  const fallback = element.placeholder?.text ?? `${element.type.replaceAll('_', ' ')} in ${surface.name}`;
  return {
    id: controlId(control),
    'aria-labelledby': label && !label.bound ? label.id : undefined,
    'aria-label': label ? undefined : fallback,
    'aria-describedby': describedBy,
    'aria-invalid': invalid ? 'true' : undefined,
    'aria-required': required && control.isInput ? 'true' : undefined,
    'data-block': control.blockId,
  };
}

/** Remembers a value without telling the bot. */
export function keep(control: Control, value: unknown): void {
  setValue(control.surface.key, control, { [valueKey(control.element.type)]: value });
  clearError(control.surface.key, control.blockId);
  changed(control.surface.key);
}

/** Remembers a choice, and tells the bot where it listens, after the confirmation it may want. */
export function choose(control: Control, value: unknown, before: unknown): void {
  keep(control, value);
  if (control.isInput && !control.dispatches) return;
  const { surface, blockId, element } = control;
  const send = () => void act(surface, blockId, element, { [valueKey(element.type)]: value });
  if (!element.confirm) {
    send();
    return;
  }
  keep(control, before);
  afterConfirming(element.confirm, () => {
    keep(control, value);
    send();
  });
}
