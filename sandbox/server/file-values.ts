import { type FileJson, fileJson } from './file-json.ts';
import { fieldsOf } from './form.ts';
import { INPUT_FILE_BYTES_MAX, type LocalFile } from './local-file.ts';
import type { StateValues, StoredFile, View } from './state/model.ts';
import type { World } from './world.ts';

/** Takes a file for a `file_input`: it belongs to the person, is shared nowhere, and the app may read it. */
export function uploadForApp(world: World, userId: string, { name, bytes }: LocalFile): StoredFile {
  if (bytes.length > INPUT_FILE_BYTES_MAX) throw new Error(`${name} is larger than 10 MB: Slack does not take it.`);
  return world.files.add({ name, bytes, userId, forApp: true });
}

/**
 * Values with Slack's whole file objects in the place of what a window says of its files.
 * @throws for a file that this person did not upload for the app: nobody submits what somebody else chose
 */
export function withFileObjects(
  world: World,
  userId: string,
  view: Pick<View, 'blocks'>,
  values: StateValues,
): StateValues {
  const whole = structuredClone(values);
  for (const { blockId, actionId, element } of fieldsOf(view)) {
    const value = whole[blockId]?.[actionId];
    if (element['type'] !== 'file_input' || !Array.isArray(value?.['files'])) continue;
    value['files'] = value['files'].map((chosen: unknown): FileJson => {
      const file = world.files.find((chosen as { id?: unknown } | null)?.id);
      if (!file?.forApp || file.userId !== userId) throw new Error('A file is missing. Choose it again.');
      return fileJson(world, file);
    });
  }
  return whole;
}
