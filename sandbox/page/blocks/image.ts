import { type Child, h } from '../dom.ts';
import type { Element, TextObject } from './shape.ts';
import { plainText } from './text.ts';

/** Pictures from elsewhere are described instead of loaded: the sandbox asks nothing of the internet. */
export function image(picture: Element & { title?: TextObject | undefined }): Child {
  const alt = picture.alt_text ?? '';
  const address = picture.image_url ?? '';
  const isLocal = address.startsWith('data:image/') || address.startsWith('/');
  return h(
    'figure',
    { class: 'picture' },
    isLocal ? h('img', { src: address, alt }) : h('span', { class: 'picture-words' }, `Picture: ${alt}`),
    picture.title && h('figcaption', {}, plainText(picture.title)),
  );
}
