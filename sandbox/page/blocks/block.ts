import type { Block } from '../../contract.ts';
import { type Child, domId, h } from '../dom.ts';
import { icon } from '../icons.ts';
import { markdown } from '../text/markdown.ts';
import { elementControl } from './element.ts';
import { image } from './image.ts';
import { inputBlock } from './input.ts';
import { richTextBlock } from './rich-text.ts';
import type { Element, TextObject } from './shape.ts';
import type { Surface } from './surface.ts';
import { tableBlock } from './table.ts';
import { plainText, richText } from './text.ts';
import { unknown } from './unknown.ts';

export function renderBlocks(surface: Surface): Child {
  return surface.blocks.map((block) => {
    const blockId = block.block_id ?? '';
    return h(
      'div',
      { class: `block block-${block.type}`, key: `${block.type} ${blockId}` },
      safely(surface, block, blockId),
    );
  });
}

/** One broken block must not take the page with it. */
function safely(surface: Surface, block: Block, blockId: string): Child {
  try {
    return renderBlock(surface, block, blockId);
  } catch (error) {
    return h('p', { class: 'unknown' }, `This ${block.type} block could not be shown: ${String(error)}`);
  }
}

function renderBlock(surface: Surface, block: Block, blockId: string): Child {
  const key = domId(surface.key, blockId);
  switch (block.type) {
    case 'section':
      return section(surface, block, blockId, key);
    case 'header':
      return h(`h${surface.headingLevel}`, { class: 'block-title' }, plainText(block['text'] as TextObject));
    case 'divider':
      return h('hr');
    case 'context':
      return (block['elements'] as (Element | TextObject)[]).map((element, index) =>
        element.type === 'image'
          ? image(element as Element)
          : h('span', { class: 'context-text' }, richText(element as TextObject, `${key}-${index}`)),
      );
    case 'actions':
      return (block['elements'] as Element[]).map((element) =>
        elementControl({ surface, blockId, element, label: undefined }),
      );
    case 'input':
      return inputBlock(surface, block, blockId);
    case 'image':
      return image({ ...(block as Element), title: block['title'] as TextObject | undefined });
    case 'rich_text':
      return richTextBlock((block['elements'] ?? []) as [], key);
    case 'markdown':
      return markdown(String(block['text'] ?? ''), key);
    case 'table':
    case 'data_table':
      return tableBlock(block, key);
    case 'alert':
      return alertBlock(block, key);
    default:
      return h('p', {}, unknown('block', block.type));
  }
}

function section(surface: Surface, block: Block, blockId: string, key: string): Child {
  const text = block['text'] as TextObject | undefined;
  const fields = (block['fields'] ?? []) as TextObject[];
  const accessory = block['accessory'] as Element | undefined;
  const textId = domId('text', key);
  return [
    h(
      'div',
      { class: 'section-main' },
      text && h('div', { class: 'section-text', id: textId }, richText(text, key)),
      fields.length > 0 &&
        h(
          'div',
          { class: 'fields' },
          fields.map((field, index) => h('div', { class: 'field-pair' }, richText(field, `${key}-f${index}`))),
        ),
    ),
    accessory &&
      h(
        'div',
        { class: 'accessory' },
        accessory.type === 'image'
          ? image(accessory)
          : elementControl({ surface, blockId, element: accessory, label: text && { id: textId } }),
      ),
  ];
}

const LEVELS: Record<string, string> = {
  info: 'Note',
  warning: 'Warning',
  error: 'Error',
  success: 'Success',
};

function alertBlock(block: Block, key: string): Child {
  const level = String(block['level'] ?? 'default');
  const text = block['text'] as TextObject | string;
  return h(
    'div',
    { class: `notice notice-${level}`, role: 'note' },
    icon(level === 'success' ? 'check' : level === 'warning' || level === 'error' ? 'warning' : 'info'),
    h(
      'div',
      {},
      LEVELS[level] && h('strong', { class: 'notice-level' }, `${LEVELS[level]}: `),
      richText(typeof text === 'string' ? { type: 'plain_text', text } : text, key),
    ),
  );
}
