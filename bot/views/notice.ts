import type { KnownBlock, ModalView } from '@slack/types';
import { plain } from '../../core/slack/blocks.ts';

/** A modal that only says something. */
export function buildNotice(title: string, blocks: KnownBlock[]): ModalView {
  return { type: 'modal', callback_id: 'notice', title: plain(title, 24), close: plain('Close', 24), blocks };
}
