import type { SharedFile } from '../../contract.ts';
import type { Element } from '../blocks/shape.ts';
import { upload } from '../connection.ts';

/** Slack's own figures for a `file_input`. */
const FILES_MAX = 10;
const FILE_BYTES_MAX = 10 * 1024 * 1024;

const onTheirWay = new Map<string, number>();
const fieldKey = (surfaceKey: string, blockId: string): string => `${surfaceKey}\n${blockId}`;

export const isUploading = (surfaceKey: string, blockId: string): boolean =>
  (onTheirWay.get(fieldKey(surfaceKey, blockId)) ?? 0) > 0;

/** Sends files one after the other; `arrived` is called for each. Answers what to tell the person when one was refused. */
export async function uploadAll(
  surfaceKey: string,
  blockId: string,
  files: File[],
  arrived: (file: SharedFile) => void,
): Promise<string | undefined> {
  const key = fieldKey(surfaceKey, blockId);
  onTheirWay.set(key, (onTheirWay.get(key) ?? 0) + 1);
  try {
    for (const file of files) arrived(await upload(file));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    onTheirWay.set(key, (onTheirWay.get(key) ?? 1) - 1);
  }
}

/** What is wrong with files that somebody just chose, beside those that are there already. */
export function refuseFiles(element: Element, files: readonly File[], alreadyThere: number): string | undefined {
  const wrong = files.find(({ name }) => !hasEnding(element, name));
  if (wrong) return `${wrong.name} is not a ${endings(element).join(' or ')} file.`;
  const large = files.find(({ size }) => size > FILE_BYTES_MAX);
  if (large) return `${large.name} is larger than 10 MB.`;
  return refuseCount(element, alreadyThere + files.length);
}

export function refuseCount({ max_files: most = FILES_MAX }: Element, count: number): string | undefined {
  return count > most ? `Choose at most ${most} ${most === 1 ? 'file' : 'files'}.` : undefined;
}

export const endings = (element: Element): string[] => (element.filetypes ?? []).map((ending) => `.${ending}`);

function hasEnding(element: Element, name: string): boolean {
  const wanted = endings(element);
  return wanted.length === 0 || wanted.some((ending) => name.toLowerCase().endsWith(ending));
}
