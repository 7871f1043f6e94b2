import type { ModalView } from '@slack/types';
import { calling } from '../limit.ts';
import type { SubmittedView, Turn } from '../turn.ts';

/**
 * Opens a modal: on top of the one the click was made in, else by itself. Slack stacks three at most
 * (`views.push`, `push_limit_reached`).
 */
export async function openView(turn: Turn & { view?: SubmittedView | undefined }, view: ModalView): Promise<void> {
  const how = turn.view?.type === 'modal' ? 'push' : 'open';
  await calling(turn.client.views[how]({ trigger_id: turn.triggerId, view }));
  await turn.done();
}
