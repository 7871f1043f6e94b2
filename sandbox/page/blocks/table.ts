import type { Block } from '../../contract.ts';
import { type Child, h } from '../dom.ts';
import { richTextBlock } from './rich-text.ts';

type Cell = { type: string; text?: string; value?: number | string; elements?: [] };
type Column = { align?: string; is_wrapped?: boolean };

/** The first row is the heading, as Slack shows it. Wide tables scroll by themselves, also by keyboard. */
export function tableBlock(block: Block, key: string): Child {
  const rows = (block['rows'] ?? []) as Cell[][];
  const columns = (block['column_settings'] ?? []) as (Column | null)[];
  const caption = typeof block['caption'] === 'string' ? block['caption'] : undefined;
  const cellClass = (index: number) =>
    [columns[index]?.align && `align-${columns[index].align}`, columns[index]?.is_wrapped && 'wrapped']
      .filter(Boolean)
      .join(' ');
  const [head = [], ...body] = rows;
  return h(
    'div',
    { class: 'table-frame', tabindex: '0', role: 'region', 'aria-label': caption ?? 'Table' },
    h(
      'table',
      {},
      caption && h('caption', {}, caption),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          head.map((cell, index) =>
            h('th', { scope: 'col', class: cellClass(index) }, cellContent(cell, `${key}-h${index}`)),
          ),
        ),
      ),
      h(
        'tbody',
        {},
        body.map((row, at) =>
          h(
            'tr',
            {},
            row.map((cell, index) => h('td', { class: cellClass(index) }, cellContent(cell, `${key}-${at}-${index}`))),
          ),
        ),
      ),
    ),
  );
}

function cellContent(cell: Cell, key: string): Child {
  if (cell.type === 'rich_text') return richTextBlock(cell.elements ?? [], key);
  return cell.text ?? String(cell.value ?? '');
}
