import { randomUUID } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import type { CountersignError } from '../../../core/errors.ts';
import { ANSWERED_AT_ONCE_MS } from '../../../core/requests/end.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { section } from '../../../core/slack/blocks.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { plainText, replyFieldErrors, replyMessage } from '../../reply.ts';
import type { Submission, SubmissionAnswer } from '../../turn.ts';
import { outcomeText, waitForAnswer, waitForEnd } from '../../wait.ts';
import { buildNotice } from '../notice.ts';
import { DECIDED_WITHIN_MS } from '../revoke/recorded.ts';
import { checkSettings } from './check.ts';
import { readSettingsForm, SECTIONS, SETTINGS_FIELDS, SETTINGS_SECTION, type Section } from './form.ts';
import { loadSettings, requireSameSettings } from './load.ts';

/**
 * Submitted "Settings". Who and what is new in them is looked up in Slack first, since a channel that cannot be
 * reached and a role for a deactivated person would be noticed only when they are needed.
 */
export async function submitSettings(deps: BotDeps, { person, client, view }: Submission): Promise<SubmissionAnswer> {
  const begunAt = performance.now();
  const { caller, model } = await loadSettings(deps, person);
  const { seenVersion, shown, form } = readSettingsForm(view, model.opened);
  requireSameSettings(seenVersion, model);
  const { settings, errors } = await checkSettings(deps, client, caller, model, form);
  if (settings === undefined) return { response_action: 'errors', errors: besideFields(errors, shown) };

  const { request, fresh } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'settings',
    payload: { ...settings, seenVersion },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  const left = Math.max(0, ANSWERED_AT_ONCE_MS - (performance.now() - begunAt));
  const answered = await waitForAnswer(deps.store, request, left);
  if (answered?.state === 'waiting') return notice(WAITING);
  if (answered && answered.state !== 'done') return notice(outcomeText(answered));
  // The form closes before the end is known. The worker tells of what takes longer than two seconds; what ends
  // within them and after the form has closed would be told by nobody.
  if (!answered && fresh) void tellRefusal(deps, client, request);
  return { response_action: 'clear' };
}

const WAITING =
  'This needs a second person, so nothing is changed yet. It is posted in the approval channel; a direct message from me tells how it goes on, and there you can withdraw it.';

const notice = (text: string): SubmissionAnswer => ({
  response_action: 'update',
  view: buildNotice('Settings', [section(text)]),
});

/** Slack takes errors for fields it shows; those of other sections stand beside the chooser, by their section. */
function besideFields(errors: ReadonlyMap<string, CountersignError>, shown: Section): Record<string, string> {
  const sections = new Map<string, Section>(
    Object.values(SETTINGS_FIELDS).map((field) => [field.block, field.section]),
  );
  const here = new Map([...errors].filter(([block]) => sections.get(block) === shown));
  const elsewhere = [...errors]
    .filter(([block]) => sections.get(block) !== shown)
    .map(([block, error]) => `${SECTIONS[sections.get(block) ?? shown]}: ${plainText(error.userMessage)}`);
  return {
    ...replyFieldErrors(here),
    ...(elsewhere.length === 0 ? {} : { [SETTINGS_SECTION.block]: elsewhere.join(' ') }),
  };
}

async function tellRefusal(deps: BotDeps, client: WebClient, request: Request): Promise<void> {
  try {
    const ended = await waitForEnd(deps.store, request, ANSWERED_AT_ONCE_MS);
    if (!ended || ended.state === 'done') return;
    await client.chat.postMessage({ channel: request.actorId, ...replyMessage(outcomeText(ended)) });
  } catch (error) {
    deps.logger.warn({ id: request.id, error }, 'a refused change of settings could not be told');
  }
}
