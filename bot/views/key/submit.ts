import { randomUUID } from 'node:crypto';
import { KEY_NAME } from '../../../core/access/key.ts';
import type { CountersignError } from '../../../core/errors.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { ANSWERED_AT_ONCE_MS } from '../../../core/requests/end.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import { WAITING_MS } from '../../../core/requests/showing.ts';
import { keyTaken } from '../../../core/slack/access-key.ts';
import { section } from '../../../core/slack/blocks.ts';
import { code } from '../../../core/slack/text.ts';
import type { Request } from '../../../core/store/rows.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Caller } from '../../middleware/caller.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { SubmissionHandler } from '../../turn.ts';
import { outcomeText, waitForAnswer } from '../../wait.ts';
import { collectErrors, refuseField } from '../field-errors.ts';
import { buildNotice } from '../notice.ts';
import { KEY_BLOCKS as BLOCKS, type KeyForm, readKeyForm } from './form.ts';
import { activeSites, loadKeyCaller } from './open.ts';
import { MOST_KEY_SITES } from './view.ts';

/** A submitted "New API Key": checked in full, recorded, and only then acknowledged. */
export const submitKey: SubmissionHandler = async (deps, { person, view }) => {
  const caller = await loadKeyCaller(deps, person);
  const checked = await checkForm(deps, caller, readKeyForm(view));
  if ('errors' in checked) return { response_action: 'errors', errors: replyFieldErrors(checked.errors) };
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: caller.accountId,
    actorId: caller.userId,
    kind: 'key_create',
    payload: checked.payload,
    // A view is submitted once; whatever comes again with its id is the same submission.
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + WAITING_MS),
  });
  const answered = await waitForAnswer(deps.store, request, ANSWERED_AT_ONCE_MS / 2);
  const text = await recordedText(deps, checked.payload.name, answered);
  return { response_action: 'update', view: buildNotice('API Key', [section(text)]) };
};

async function recordedText(deps: BotDeps, name: string, answered: Request | undefined): Promise<string> {
  if (answered?.endedAt) return outcomeText(answered);
  const made = answered && (await reading(deps.store.accessKeyOfRequest(answered.id)));
  if (made) {
    return `The API key ${code(name)} is made. A direct message from me has the button *Show once*: press it when you are ready to save the secret. Until then nobody can use the key.`;
  }
  return answered
    ? `A second person is asked about the API key ${code(name)}. A direct message from me shows how it stands; when they have agreed, it has the button *Show once*.`
    : `Your request for the API key ${code(name)} is recorded. A direct message from me tells how it goes on.`;
}

async function checkForm(
  deps: BotDeps,
  caller: Caller,
  form: KeyForm,
): Promise<{ payload: Payload<'key_create'> } | { errors: ReadonlyMap<string, CountersignError> }> {
  const { errors, check } = collectErrors();
  const name = await check(BLOCKS.name, () => checkName(deps, caller, form.name));
  const siteIds = await check(BLOCKS.sites, () => checkSites(deps, caller, form));
  const access = await check(BLOCKS.access, () => form.access ?? refuseField('Choose one.'));
  const groups = await check(BLOCKS.groups, () =>
    form.groups.length > 0
      ? [...form.groups]
      : refuseField('Tick at least one: a key without operations can do nothing.'),
  );
  const mode = await check(BLOCKS.mode, () => form.mode ?? refuseField('Choose one.'));
  if (name === undefined || siteIds === undefined || !access || !groups || !mode) return { errors };
  return { payload: { name, siteIds, access, groups, mode } };
}

async function checkName(deps: BotDeps, { accountId }: Caller, name: string): Promise<string> {
  if (!KEY_NAME.test(name)) {
    return refuseField(
      'Use lower-case letters, digits, dots, dashes and underscores, at most 40, beginning with a letter or digit.',
    );
  }
  return (await reading(deps.store.accessKeyByName(accountId, name))) ? refuseField(keyTaken(name)) : name;
}

/** @returns null for all sites. */
async function checkSites(deps: BotDeps, caller: Caller, form: KeyForm): Promise<string[] | null> {
  if (form.allSites === undefined) return refuseField('Choose all sites, or the sites that it is for.');
  if (form.allSites) {
    // What was meant cannot be told: a key for everything is not made by a slip.
    return form.siteIds.length === 0
      ? null
      : refuseField('All sites are chosen above, and some here. Take these out, or choose only these above.');
  }
  if (form.siteIds.length === 0) return refuseField('Choose at least one site, or all sites above.');
  if (form.siteIds.length > MOST_KEY_SITES)
    return refuseField(`Choose at most ${MOST_KEY_SITES} sites, or all of them.`);
  const active = new Set((await activeSites(deps, caller)).map(({ id }) => id));
  return form.siteIds.every((id) => active.has(id))
    ? [...form.siteIds]
    : refuseField('One of these sites is not active any more. Choose again.');
}
