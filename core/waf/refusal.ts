import { CountersignError } from '../errors.ts';
import { code, truncate } from '../slack/text.ts';

/**
 * Says what is wrong with a rule's expression, and where.
 * @param sentence mrkdwn, as all that people are told.
 * @param index where the fault begins in the text, from 0, in UTF-16 units; told as a column from 1, in characters.
 * @throws CountersignError `rule_refused`, always. `details.column` is the column.
 */
export function refuseAt(text: string, index: number, sentence: string): never {
  const column = Array.from(text.slice(0, index)).length + 1;
  throw new CountersignError('rule_refused', {
    userMessage: `column ${column}: ${sentence}`,
    details: { column },
  });
}

/** What was typed, short enough to be told, and with nothing in it that Slack would read as more than text. */
export function told(text: string): string {
  return code(truncate(text, 60));
}

/** What stands behind such a character is shown in front of it: a rule would not be the one that people see. */
export const REVERSES_DIRECTION = /\p{Bidi_Control}/u;

/** Whether a name is shown as it is: on one line, in the order of its characters. */
export function isReadable(name: string): boolean {
  return !/[\p{Cc}\p{Surrogate}]/u.test(name) && !REVERSES_DIRECTION.test(name);
}
