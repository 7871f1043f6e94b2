import type { SharedFile } from '../contract.ts';
import { type Child, h } from './dom.ts';
import { icon } from './icons.ts';
import { state } from './state.ts';

/** The files of a message: name, kind and size, and a link that downloads. */
export function fileList(files: SharedFile[]): Child {
  if (files.length === 0) return undefined;
  return h(
    'ul',
    { class: 'files', role: 'list', 'aria-label': files.length === 1 ? 'File' : 'Files' },
    files.map(fileItem),
  );
}

function fileItem({ id, name, title, sizeBytes, kind }: SharedFile): Child {
  const client = encodeURIComponent(state.scene?.client ?? '');
  return h(
    'li',
    { class: 'file', key: id },
    icon('file'),
    h(
      'span',
      { class: 'file-words' },
      h('span', { class: 'file-name' }, title),
      h('span', { class: 'file-about' }, title === name ? '' : `${name} · `, `${kind} · ${fileSize(sizeBytes)}`),
    ),
    h(
      'a',
      {
        class: 'button button-icon',
        href: `/page/file/${encodeURIComponent(id)}?client=${client}`,
        download: name,
        'aria-label': `Download ${title}, ${fileSize(sizeBytes)}`,
      },
      icon('download'),
    ),
  );
}

/** As file managers tell it: `512 bytes`, `1.5 kB`, `10 MB`. */
export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [value, unit] = bytes < 1_000_000 ? [bytes / 1000, 'kB'] : [bytes / 1_000_000, 'MB'];
  return `${value < 10 ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
}
