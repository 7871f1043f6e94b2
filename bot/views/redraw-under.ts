import type { ModalView } from '@slack/types';
import type { WebClient } from '@slack/web-api';
import { CountersignError } from '../../core/errors.ts';
import type { BotDeps } from '../deps.ts';
import { readPerson } from '../middleware/person.ts';
import type { SubmissionAnswer, SubmittedView } from '../turn.ts';
import { drawCertificate, readCertificateState } from './certificate/load.ts';
import { drawCustomCa } from './custom-ca/show.ts';
import { drawKeyList, readKeyListState } from './key/load-list.ts';
import { readListState } from './list/form.ts';
import { drawList, loadListCaller } from './list/load.ts';
import { type Under, withUnder } from './under.ts';

/** The answer to a form that lies on a list: it remembers what is below, and tells when it is closed. */
export function keepUnder(answer: SubmissionAnswer, { under }: Pick<SubmittedView, 'under'>): SubmissionAnswer {
  if (answer.response_action !== 'update' || under.length === 0) return answer;
  return { ...answer, view: { ...withUnder(answer.view, under), notify_on_close: true } };
}

/**
 * Draws the views below anew after something was done on top of them: the same filter and page, as things are now.
 * Nobody waits for it, and what fails is told in the log: the views stay as they were.
 * @param body the payload that says who looks at them; what they may see is asked anew.
 */
export async function redrawUnder(
  deps: BotDeps,
  { body, client, under }: { body: object; client: WebClient; under: Under },
): Promise<void> {
  for (const [depth, { viewId, kind, state }] of [...under.entries()].reverse()) {
    try {
      const view = await DRAWN_BY[kind](deps, body, state);
      await client.views.update({ view_id: viewId, view: withUnder(view, under.slice(0, depth)) });
    } catch (error) {
      deps.logger.info({ kind, error }, 'a view could not be drawn anew');
    }
  }
}

/** What lies below, as it is now, by its kind. */
const DRAWN_BY: Readonly<
  Record<Under[number]['kind'], (deps: BotDeps, body: object, state: string) => Promise<ModalView>>
> = {
  list: listOf,
  certificate: certificateOf,
  key_list: keysOf,
  custom_ca: (deps, body, id) => drawCustomCa(deps, readPerson(body), id),
};

async function listOf(deps: BotDeps, body: object, metadata: string) {
  const state = readListState(metadata);
  if (!state) throw new CountersignError('invalid_input');
  return drawList(deps, await loadListCaller(deps, readPerson(body)), state);
}

async function certificateOf(deps: BotDeps, body: object, metadata: string) {
  const state = readCertificateState(metadata);
  if (!state) throw new CountersignError('invalid_input');
  return drawCertificate(deps, readPerson(body), state);
}

async function keysOf(deps: BotDeps, body: object, metadata: string) {
  return drawKeyList(deps, readPerson(body), readKeyListState(metadata));
}
