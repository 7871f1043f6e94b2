import type { ModalView } from '@slack/types';
import { WebAPIPlatformError } from '@slack/web-api';
import { calling } from '../limit.ts';
import type { SubmittedView, Turn } from '../turn.ts';
import { UNDER_KINDS, type Under, withUnder } from './under.ts';

/**
 * Opens a modal: on top of the one the click was made in, else by itself. Slack stacks three at most
 * (`views.push`, `push_limit_reached`).
 */
export async function openView(turn: Turn & { view?: SubmittedView | undefined }, view: ModalView): Promise<void> {
  const { view: below } = turn;
  const how = below?.type === 'modal' ? 'push' : 'open';
  const opened = below ? withUnder(view, stackedOn(below)) : view;
  await calling(turn.client.views[how]({ trigger_id: turn.triggerId, view: opened }));
  await turn.done();
}

/** The views that are drawn again when something was done on top of them; see under.ts. */
const DRAWN_AGAIN: ReadonlySet<string> = new Set(UNDER_KINDS);

/** What lies under a view that is pushed on top of this one, as far as it is drawn again. */
function stackedOn({ id, callbackId, privateMetadata, under }: SubmittedView): Under {
  if (!DRAWN_AGAIN.has(callbackId)) return under;
  return [...under, { viewId: id, kind: callbackId as Under[number]['kind'], state: privateMetadata }];
}

/** Draws the modal anew in which something was chosen, unless a later choice was faster or it is closed. */
export function redrawView(turn: Turn, shown: SubmittedView, view: ModalView): Promise<void> {
  return update(turn, { view_id: shown.id, hash: shown.hash, view: withUnder(view, shown.under) });
}

/** Goes on to something else in the same modal, whatever it shows by now; nothing happens when it is closed. */
export function replaceView(turn: Turn, shown: SubmittedView, view: ModalView): Promise<void> {
  return update(turn, { view_id: shown.id, view: withUnder(view, shown.under) });
}

async function update(turn: Turn, redrawn: { view_id: string; hash?: string; view: ModalView }): Promise<void> {
  await calling(turn.client.views.update(redrawn)).catch((error: unknown) => {
    const code = error instanceof WebAPIPlatformError ? error.data.error : undefined;
    if (code !== 'hash_conflict' && code !== 'not_found') throw error;
  });
}
