import type { ModalView } from '@slack/types';
import { ANSWERED_AT_ONCE_MS } from '../../../core/requests/end.ts';
import { section } from '../../../core/slack/blocks.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { outcomeText, waitForAnswer } from '../../wait.ts';
import { buildNotice } from '../notice.ts';

/** A request that needs a second person waits for one this long (DESIGN section 8). */
export const DECIDED_WITHIN_MS = 24 * 60 * 60_000;

/** What the form turns into: what came of it when it was quick, else who is asked, or where it will be told. */
export async function recordedNotice(deps: BotDeps, request: Request, title: string): Promise<ModalView> {
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS / 2);
  return buildNotice(title, [section(recordedText(answered))]);
}

function recordedText(answered: Request | undefined): string {
  if (answered?.endedAt) return outcomeText(answered);
  return answered
    ? 'A second person is asked. A direct message from me shows how it stands, and who decided.'
    : 'Your request is recorded. A direct message from me tells how it goes on, and who decided.';
}
