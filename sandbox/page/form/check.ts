import type { Block } from '../../contract.ts';
import type { Element, InputBlock } from '../blocks/shape.ts';
import { isUploading, refuseCount } from './uploads.ts';
import { currentValue, isEmpty } from './values.ts';

/**
 * What Slack's client checks before it sends a form, by block_id. The bot has to check all of it again;
 * being told here saves a round trip.
 */
export function checkForm(surfaceKey: string, blocks: Block[]): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of blocks) {
    if (block.type !== 'input') continue;
    const { element, optional } = block as unknown as InputBlock;
    const blockId = block.block_id ?? '';
    if (isUploading(surfaceKey, blockId)) {
      errors[blockId] = 'Wait until the file is here.';
      continue;
    }
    const value = currentValue(surfaceKey, { blockId, element });
    const error = isEmpty(value) ? (optional ? undefined : requiredText(element)) : checkValue(element, value);
    if (error) errors[blockId] = error;
  }
  return errors;
}

function requiredText(element: Element): string {
  if (element.type === 'checkboxes') {
    return element.options?.length === 1 ? 'Tick this box to go on.' : 'Tick at least one.';
  }
  if (element.type === 'file_input') return 'Choose a file.';
  if (element.type.endsWith('_input')) return 'Fill this in.';
  return element.type.startsWith('multi_') ? 'Choose at least one.' : 'Choose one.';
}

function checkValue(element: Element, value: unknown): string | undefined {
  if (element.type === 'file_input') return refuseCount(element, (value as unknown[]).length);
  if (Array.isArray(value)) {
    const most = element.max_selected_items;
    return most !== undefined && value.length > most ? `Choose at most ${most}.` : undefined;
  }
  if (typeof value !== 'string') return undefined;
  switch (element.type) {
    case 'plain_text_input':
      return checkLength(element, value);
    case 'number_input':
      return checkNumber(element, value);
    case 'email_text_input':
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value)
        ? undefined
        : 'Enter an e-mail address, such as name@example.com.';
    case 'url_text_input':
      return URL.canParse(value) && /^https?:/.test(value)
        ? undefined
        : 'Enter a whole address, such as https://example.com.';
    default:
      return undefined;
  }
}

function checkLength({ min_length = 0, max_length = 3_000 }: Element, value: string): string | undefined {
  if (value.length < min_length) return `Enter at least ${min_length} characters (now ${value.length}).`;
  if (value.length > max_length) return `Enter at most ${max_length} characters (now ${value.length}).`;
  return undefined;
}

function checkNumber(element: Element, value: string): string | undefined {
  if (!/^-?\d+(\.\d+)?$/.test(value.trim())) return 'Enter a number in digits.';
  if (!element.is_decimal_allowed && value.includes('.')) return 'Enter a whole number.';
  const number = Number(value);
  if (element.min_value !== undefined && number < Number(element.min_value))
    return `Enter ${element.min_value} or more.`;
  if (element.max_value !== undefined && number > Number(element.max_value))
    return `Enter ${element.max_value} or less.`;
  return undefined;
}
