import { h } from './dom.ts';

/** Strokes on a 20 by 20 grid. Decoration only: whatever an icon says is also said in words. */
const STROKES = {
  back: 'M12 4 6 10l6 6',
  bot: 'M10 2.5v3M4.5 7.5h11v9h-11zM8 11.5v1M12 11.5v1',
  channel: 'M8 3 6 17M14 3l-2 14M3.5 7.5h13M3 12.5h13',
  check: 'm4 10.5 4 4 8-9',
  chevron: 'm5 8 5 5 5-5',
  close: 'm5 5 10 10M15 5 5 15',
  copy: 'M7 7h9v10H7zM13 7V3H4v10h3',
  download: 'M10 3v9M6 8.500 10 12.500l4-4M4 16.500h12',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5ZM10 8a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  file: 'M5 2.500h7l4 4v11H5zM11.500 3v4H16',
  help: 'M7.5 7.5a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.1.9-1.1 1.8M10 14.5v.2M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16',
  home: 'm3 10 7-6 7 6M5 9v7h10V9',
  info: 'M10 9v5M10 6v.1M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16',
  more: 'M4.5 10h.1M10 10h.1M15.5 10h.1',
  open: 'M11 3h6v6M17 3l-8 8M8 4H4v12h12v-4',
  people:
    'M7 9a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM1.5 17c0-4 2.500-5.500 5.500-5.500s5.500 1.500 5.500 5.500M13 3.500a2.700 2.700 0 0 1 0 5.200M15 12c2 .6 3.500 2.200 3.500 5',
  private: 'M5 9h10v8H5zM7 9V6.500a3 3 0 0 1 6 0V9',
  seal: 'M10 2.500 15.500 5v5c0 4-2.500 6.500-5.500 7.500-3-1-5.500-3.500-5.500-7.500V5zM7 10l2.200 2.200L13.200 8',
  send: 'M3 10h12M10 4.500 16 10l-6 5.500',
  warning: 'M10 3 18 17H2zM10 8v4M10 14.500v.1',
} as const;

export type IconName = keyof typeof STROKES;

export function icon(name: IconName) {
  return h('svg', { class: 'icon', viewBox: '0 0 20 20', 'aria-hidden': 'true' }, h('path', { d: STROKES[name] }));
}
