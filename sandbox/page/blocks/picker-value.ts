import { currentValue } from '../form/values.ts';
import { candidates } from './candidates.ts';
import { type Control, choose } from './control.ts';
import type { Option } from './shape.ts';

/** Slack keeps some choices as options and some as ids; the picker sees options only. */
export const isMultiple = (type: string): boolean => type.startsWith('multi_');
const keepsOptions = (type: string): boolean => /static|external/.test(type);

export function chosenOptions(control: Control): Option[] {
  const { element, surface } = control;
  const value = currentValue(surface.key, control);
  const values = (isMultiple(element.type) ? value : value ? [value] : []) as (Option | string)[];
  return values.map((chosen) => (typeof chosen === 'string' ? optionOfId(control, chosen) : chosen));
}

function optionOfId({ element }: Control, id: string): Option {
  const known = candidates(element).find((candidate) => candidate.value === id);
  return known ?? { value: id, text: { type: 'plain_text', text: id } };
}

/** Picking what is already picked takes it away again, where several may be. */
export function pickOption(control: Control, option: Option): void {
  const chosen = chosenOptions(control);
  if (!isMultiple(control.element.type)) change(control, [option]);
  else if (chosen.some((other) => other.value === option.value)) removeOption(control, option);
  else change(control, [...chosen, option]);
}

export function removeOption(control: Control, option: Option): void {
  change(
    control,
    chosenOptions(control).filter((other) => other.value !== option.value),
  );
}

function change(control: Control, chosen: Option[]): void {
  const { element, surface } = control;
  const values = keepsOptions(element.type) ? chosen : chosen.map((option) => option.value);
  const value = isMultiple(element.type) ? values : (values[0] ?? null);
  choose(control, value, currentValue(surface.key, control));
}
