import type { Outcome } from '../../../core/requests/end.ts';
import { type SlackMessage, section } from '../../../core/slack/blocks.ts';
import type { Request } from '../../../core/store/rows.ts';

const ASKED = {
  issue: 'Your certificate request',
  show: 'Showing your key',
  site_add: 'Adding the site',
  site_remove: 'Removing the site',
  settings: 'Changing the settings',
} as const satisfies Record<Request['kind'], string>;

/** Tells whoever asked what came of it, when it came too late to be the answer to the command itself. */
export function requestMessage(request: Request): SlackMessage {
  const outcome = request.outcome as Outcome | null;
  const sentence = `${ASKED[request.kind]}: ${outcome?.message ?? 'this is still being worked on.'}`;
  return { text: sentence, blocks: [section(sentence)] };
}
