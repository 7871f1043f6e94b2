import { randomUUID } from 'node:crypto';
import type { WebClient } from '@slack/web-api';
import { requireRole } from '../../core/access/access.ts';
import type { CountersignError } from '../../core/errors.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import { ANSWERED_AT_ONCE_MS } from '../../core/requests/end.ts';
import { recordRequest } from '../../core/requests/record.ts';
import { section } from '../../core/slack/blocks.ts';
import type { Request } from '../../core/store/rows.ts';
import type { BotDeps } from '../deps.ts';
import { CALLING_MS, within } from '../limit.ts';
import { type Caller, loadCaller } from '../middleware/caller.ts';
import { replyFieldErrors, replyMessage } from '../reply.ts';
import type { Submission, SubmissionAnswer } from '../turn.ts';
import { outcomeText, waitForEnd } from '../wait.ts';
import { collectErrors, refuseField } from './field-errors.ts';
import { buildNotice } from './notice.ts';
import { problemWithChannel, problemWithPerson, slackTooSlow } from './settings-check.ts';
import { SETTINGS_BLOCKS as BLOCKS, readSettingsForm, type Seen } from './settings-form.ts';

const COMMAND_DEADLINE_MS = 10 * 60_000;
const PEOPLE = ['administrators', 'operators', 'approvers', 'viewers'] as const;
const CHANNELS = ['auditChannel', 'approvalChannel'] as const;

/**
 * Submitted "Settings". Who and what is new in them is looked up in Slack first, since a channel that cannot be
 * reached and a role for a deactivated person would be noticed only when they are needed.
 */
export async function submitSettings(deps: BotDeps, { person, client, view }: Submission): Promise<SubmissionAnswer> {
  const begunAt = performance.now();
  const caller = await loadCaller(deps, person);
  requireRole(caller.roles, 'settings', caller.administrators);
  const { settings, seen } = readSettingsForm(view);
  const errors = await checkSettings(client, caller, settings, seen);
  if (errors.size > 0) return { response_action: 'errors', errors: replyFieldErrors(errors) };

  const { request, fresh } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'settings',
    payload: settings,
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + COMMAND_DEADLINE_MS),
  });
  const left = Math.max(0, ANSWERED_AT_ONCE_MS - (performance.now() - begunAt));
  const ended = await waitForEnd(deps.store, request, left);
  if (ended && ended.state !== 'done') {
    return { response_action: 'update', view: buildNotice('Settings', [section(outcomeText(ended))]) };
  }
  // The form closes before the end is known. The worker tells of what takes longer than two seconds; what ends
  // within them and after the form has closed would be told by nobody.
  if (!ended && fresh) void tellRefusal(deps, client, request);
  return { response_action: 'clear' };
}

async function checkSettings(
  client: WebClient,
  caller: Caller,
  settings: Payload<'settings'>,
  seen: Seen,
): Promise<ReadonlyMap<string, CountersignError>> {
  const { errors, check } = collectErrors();
  const held = new Set(caller.grants.map((grant) => grant.userId));
  const added = [...new Set(PEOPLE.flatMap((field) => settings[field]))].filter((userId) => !held.has(userId));
  const people = new Map(added.map((userId) => [userId, problemWithPerson(client, caller.accountId, userId)]));
  const checks = [
    ...PEOPLE.map((field) =>
      check(BLOCKS[field], async () => {
        if (field === 'administrators' && settings.administrators.length === 0) {
          refuseField('There must be an administrator. Choose somebody else before you take yourself out.');
        }
        const problems = await Promise.all(settings[field].map((userId) => people.get(userId)));
        const told = problems.filter((problem) => problem !== undefined);
        if (told.length > 0) refuseField(told.join(' '));
      }),
    ),
    ...CHANNELS.map((field) =>
      check(BLOCKS[field], async () => {
        const chosen = settings[field];
        if (chosen === null || chosen === seen[field]) return;
        const problem = await problemWithChannel(client, chosen);
        if (problem !== undefined) refuseField(problem);
      }),
    ),
  ];
  await within(Promise.all(checks), CALLING_MS, slackTooSlow);
  return errors;
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
