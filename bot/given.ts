import { CountersignError } from '../core/errors.ts';
import type { BotDeps } from './deps.ts';
import { downloadFile, type UploadedFile } from './uploaded-file.ts';
import { refuseField } from './views/field-errors.ts';

/** Something that is pasted into one field or uploaded into the one below it. */
export type Given = { text: string; file?: UploadedFile | undefined };

/** The field that a problem stands beside: the one that was filled in. */
export function blockOfGiven<B extends string>({ text, file }: Given, blocks: { text: B; file: B }): B {
  return file && text.trim() === '' ? blocks.file : blocks.text;
}

/**
 * What was pasted, as text, or uploaded, as octets, read by `parse`.
 * @param about `thing`: how it is called, with its article. `most`: octets; `tooLong` is said beyond them.
 *   `holdsAKey`: whether a refusal says that the file holds a private key, which then stays in Slack.
 * @throws CountersignError whatever `parse` and `downloadFile` throw, or `invalid_input` for none or both.
 */
export async function readGiven<T>(
  deps: BotDeps,
  given: Given,
  about: { thing: string; most: number; tooLong: string; holdsAKey: (error: CountersignError) => boolean },
  parse: (input: string | Uint8Array) => T | Promise<T>,
): Promise<T> {
  const pasted = given.text.trim() !== '';
  if (pasted && given.file) {
    refuseField(`You pasted ${about.thing} and uploaded a file as well. Take one of them out.`);
  }
  if (!given.file) {
    if (!pasted) refuseField(`Paste ${about.thing} here, or upload its file below.`);
    return parse(given.text);
  }
  const octets = await downloadFile(deps.config.slack, given.file, about.most, about.tooLong);
  try {
    return await parse(octets);
  } catch (error) {
    if (!(error instanceof CountersignError) || !about.holdsAKey(error)) throw error;
    // What was uploaded stays in Slack until somebody deletes it.
    throw new CountersignError(error.code, {
      userMessage: `${error.userMessage} The file is in Slack now: delete it there (Files, your files).`,
      details: error.details,
    });
  }
}
