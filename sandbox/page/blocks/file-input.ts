import type { SharedFile } from '../../contract.ts';
import { type Child, h } from '../dom.ts';
import { fileSize } from '../file-list.ts';
import { foundErrors, setErrors } from '../form/errors.ts';
import { endings, isUploading, refuseFiles, uploadAll } from '../form/uploads.ts';
import { currentValue } from '../form/values.ts';
import { icon } from '../icons.ts';
import { announce, changed } from '../state.ts';
import { type Control, choose, controlAttributes, controlId } from './control.ts';

/** A file field: the browser's own, sent at once; what has arrived stands below it and can be taken away again. */
export function fileInput(control: Control): Child {
  const { element, surface, blockId } = control;
  const files = chosenFiles(control);
  const uploading = isUploading(surface.key, blockId);
  const most = element.max_files ?? 10;
  return h(
    'div',
    { class: 'file-field' },
    h('input', {
      ...controlAttributes(control),
      class: 'file-input',
      type: 'file',
      accept: endings(element).join(',') || undefined,
      multiple: most > 1,
      on: { change: (event) => void take(control, event.target as HTMLInputElement) },
    }),
    h('p', { class: 'file-note', role: 'status' }, note(control, uploading)),
    files.length > 0 &&
      h(
        'ul',
        { class: 'files', role: 'list', 'aria-label': 'Chosen' },
        files.map((file) => fileItem(control, file)),
      ),
  );
}

const chosenFiles = (control: Control): SharedFile[] => currentValue(control.surface.key, control) as SharedFile[];

function note({ element }: Control, uploading: boolean): string {
  if (uploading) return 'Sending…';
  const most = element.max_files ?? 10;
  const kinds = endings(element).join(', ');
  return [kinds, most > 1 ? `up to ${most} files` : 'one file', '10 MB at most'].filter(Boolean).join(', ');
}

async function take(control: Control, input: HTMLInputElement): Promise<void> {
  const { element, surface, blockId } = control;
  const files = [...(input.files ?? [])];
  // So that choosing the same file again, corrected meanwhile, is a change.
  input.value = '';
  // One in place of another, where there may be one.
  const single = element.max_files === 1 && files.length === 1;
  const refused = refuseFiles(element, files, single ? 0 : chosenFiles(control).length);
  const problem = refused ?? (await uploadChosen(control, files, single));
  if (problem) setErrors(surface.key, { ...foundErrors(surface.key), [blockId]: problem });
  changed();
  if (!problem) announce(`${files.map(({ name }) => name).join(', ')} chosen.`);
}

function uploadChosen(control: Control, files: File[], replaces: boolean): Promise<string | undefined> {
  const sent = uploadAll(control.surface.key, control.blockId, files, (file) => {
    const before = chosenFiles(control);
    choose(control, replaces ? [file] : [...before, file], before);
  });
  changed();
  return sent;
}

function fileItem(control: Control, file: SharedFile): Child {
  const remove = () => {
    const before = chosenFiles(control);
    choose(
      control,
      before.filter(({ id }) => id !== file.id),
      before,
    );
    document.getElementById(controlId(control))?.focus();
  };
  return h(
    'li',
    { class: 'file', key: file.id },
    icon('file'),
    h(
      'span',
      { class: 'file-words' },
      h('span', { class: 'file-name' }, file.name),
      h('span', { class: 'file-about' }, fileSize(file.sizeBytes)),
    ),
    h(
      'button',
      { type: 'button', class: 'button button-icon', 'aria-label': `Remove ${file.name}`, on: { click: remove } },
      icon('close'),
    ),
  );
}
