import { WebAPIPlatformError, type WebClient } from '@slack/web-api';
import { imaginedGrant, isGroup } from '../../../core/access/groups.ts';
import { mayBeOff } from '../../../core/approvals/policy.ts';
import { CountersignError } from '../../../core/errors.ts';
import { ROLE_LIST_NAMES, type Settings } from '../../../core/settings/in-force.ts';
import type { BotDeps } from '../../deps.ts';
import { CALLING_MS, within } from '../../limit.ts';
import type { Caller } from '../../middleware/caller.ts';
import { collectErrors, refuseField } from '../field-errors.ts';
import { SETTINGS_FIELDS as FIELDS, parseReminders, parseUploadedLimit, type SettingsForm } from './form.ts';
import type { SettingsModel } from './model.ts';
import { MOST_HOLDERS } from './roles.ts';

const CHANNELS = ['auditChannel', 'approvalChannel'] as const;

/**
 * What is filled in as settings; or, by block, why not. What is new in it is looked up in Slack.
 * @throws CountersignError `slack_unavailable` when Slack does not answer in time: then nothing is recorded.
 */
export async function checkSettings(
  deps: BotDeps,
  client: WebClient,
  caller: Caller,
  model: SettingsModel,
  form: SettingsForm,
): Promise<{ settings: Settings | undefined; errors: ReadonlyMap<string, CountersignError> }> {
  const { errors, check } = collectErrors();
  const { reminders, uploadedLimit: typedLimit, ...rest } = form;
  const held = new Set([...caller.given, ...caller.grants].map((grant) => grant.userId));
  const added = [...new Set(ROLE_LIST_NAMES.flatMap((list) => form[list]))].filter((id) => !held.has(id));
  const problemWith = (id: string) =>
    isGroup(id) ? problemWithGroup(deps, caller.accountId, id) : problemWithPerson(client, caller.accountId, id);
  const holders = new Map(added.map((id) => [id, problemWith(id)]));
  const checks = [
    ...ROLE_LIST_NAMES.map((list) =>
      check(FIELDS[list].block, async () => {
        if (list === 'administrators' && form.administrators.every(isGroup)) refuseField(NO_ADMINISTRATOR);
        if (form[list].length > MOST_HOLDERS) {
          refuseField(`A role holds ${MOST_HOLDERS} people and user groups at most. Put people into a group instead.`);
        }
        const problems = await Promise.all(form[list].map((id) => holders.get(id)));
        const told = problems.filter((problem) => problem !== undefined);
        if (told.length > 0) refuseField(told.join(' '));
      }),
    ),
    ...CHANNELS.map((name) =>
      check(FIELDS[name].block, async () => {
        const chosen = form[name];
        if (chosen === null || chosen === model.opened[name]) return;
        const problem = await problemWithChannel(client, chosen);
        if (problem !== undefined) refuseField(problem);
      }),
    ),
    check(FIELDS.fourEyes.block, async () => {
      if (form.fourEyes || !model.opened.fourEyes) return;
      const wanted = form.approvers.map((id) => imaginedGrant(caller.accountId, id, 'approver'));
      const then = await deps.groups.expand(wanted);
      if (!mayBeOff(caller) || !mayBeOff({ grants: then })) refuseField(STAY_ON);
    }),
    check(FIELDS.keyDelivery.block, () => {
      if (form.keyDelivery === 'link' && model.opened.keyDelivery !== 'link' && !model.linksPossible) {
        refuseField('Links are not possible here, because PUBLIC_URL is not configured. Choose the other way.');
      }
    }),
  ];
  // A rejection of one is that of all; the others must not be taken for unhandled.
  for (const problem of holders.values()) problem.catch(() => undefined);
  await within(Promise.all(checks), CALLING_MS, slackTooSlow);
  const reminderDays = await check(FIELDS.reminders.block, () => parseReminders(reminders));
  const uploadedLimit = await check(FIELDS.uploadedLimit.block, () => parseUploadedLimit(typedLimit));
  if (errors.size > 0 || !reminderDays || !uploadedLimit) return { errors, settings: undefined };
  return { errors, settings: { ...rest, reminderDays, uploadedLimit } };
}

const NO_ADMINISTRATOR =
  'There must be an administrator who is chosen as a person: a user group can be emptied by anybody who can edit it. Choose somebody before you take the last one out.';
const STAY_ON = 'Four eyes can be switched off only while fewer than two people are approvers.';

/** Why this user group cannot hold a role: it would give it to nobody. */
async function problemWithGroup(deps: BotDeps, accountId: string, id: string): Promise<string | undefined> {
  const members = await deps.groups.expand([imaginedGrant(accountId, id, 'viewer')]);
  return members.length > 0 ? undefined : 'A user group you chose has no members, or is switched off. Take it out.';
}

/** Why Slack's user cannot hold a role, as the end of a sentence; undefined when they can. */
export async function problemWithPerson(
  client: WebClient,
  accountId: string,
  userId: string,
): Promise<string | undefined> {
  const user = await client.users.info({ user: userId }).then(
    (answer) => answer.user,
    (error: unknown) => unlessRefused(error, /^user_not_(found|visible)$/),
  );
  if (!user) return 'Somebody you chose is not a member of this workspace. Take them out.';
  const who = user.profile?.display_name || user.real_name || user.name || userId;
  const because = (reason: string) => `${who} ${reason}. Take them out.`;
  if (user.deleted) return because('has been deactivated in Slack');
  if (user.is_bot) return because('is an app, and only people can hold a role');
  if (user.is_restricted || user.is_ultra_restricted) return because('is a guest, and guests cannot hold a role');
  const home = [user.team_id, user.enterprise_user?.enterprise_id];
  if (user.is_stranger || !home.includes(accountId)) return because('belongs to another workspace');
  return undefined;
}

/** Why messages cannot be posted in this channel, with what to do; undefined when they can. */
export async function problemWithChannel(client: WebClient, channelId: string): Promise<string | undefined> {
  const channel = await client.conversations.info({ channel: channelId }).then(
    (answer) => answer.channel,
    // A private channel without the bot does not exist for it.
    (error: unknown) => unlessRefused(error, /^channel_not_found$/),
  );
  const name = channel?.name ? `#${channel.name}` : 'this channel';
  if (!channel?.is_member) return `Invite @countersign to ${name} with /invite, then save again.`;
  if (channel.is_archived) return `${name} is archived. Choose another channel.`;
  if (channel.is_ext_shared) return `${name} is shared with another company. Choose a channel of your own.`;
  return undefined;
}

/** Slack's "there is no such thing" as undefined; whatever else Slack says goes on, and silence gets a sentence. */
function unlessRefused(error: unknown, codes: RegExp): undefined {
  if (!(error instanceof WebAPIPlatformError)) throw slackTooSlow(error);
  if (codes.test(error.data.error)) return undefined;
  throw error;
}

export function slackTooSlow(cause?: unknown): CountersignError {
  return new CountersignError('slack_unavailable', {
    userMessage: 'Slack did not answer in time, nothing was changed. Save again.',
    cause,
  });
}
