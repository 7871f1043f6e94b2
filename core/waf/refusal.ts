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
