import { z } from 'zod';
import { isGroup } from '../../../core/access/groups.ts';
import { GATE_NAMES, isGate } from '../../../core/approvals/gates.ts';
import { MOST_UPLOADED } from '../../../core/ca/uploaded/limit.ts';
import { ROLE_LIST_NAMES, type RoleList, type Settings } from '../../../core/settings/in-force.ts';
import type { SubmittedView } from '../../turn.ts';
import { refuseField } from '../field-errors.ts';

/** The names that tie the fields of "Settings" to what reads them. */
export const SETTINGS_VIEW = 'settings';
export const SETTINGS_SECTION = { block: 'section', action: 'settings_section' } as const;

/** The sections, one of which is shown at a time: all fields at once are too much for a phone. */
export const SECTIONS = {
  roles: 'Roles',
  channels: 'Channels',
  certificates: 'Certificates',
  four_eyes: 'Four Eyes',
  key_delivery: 'Key Delivery',
  reminders: 'Reminders',
} as const;
export type Section = keyof typeof SECTIONS;

/** Each field: the section it is in, and its block. Groups of a role have a block of their own, `..._groups`. */
export const SETTINGS_FIELDS = {
  administrators: { section: 'roles', block: 'administrators' },
  operators: { section: 'roles', block: 'operators' },
  approvers: { section: 'roles', block: 'approvers' },
  viewers: { section: 'roles', block: 'viewers' },
  auditChannel: { section: 'channels', block: 'audit_channel' },
  approvalChannel: { section: 'channels', block: 'approval_channel' },
  defaultValidityDays: { section: 'certificates', block: 'default_validity' },
  longValidityDays: { section: 'certificates', block: 'long_validity' },
  guardedSites: { section: 'certificates', block: 'guarded_sites' },
  uploadedLimit: { section: 'certificates', block: 'uploaded_limit' },
  fourEyes: { section: 'four_eyes', block: 'four_eyes' },
  openGates: { section: 'four_eyes', block: 'gates' },
  keyDelivery: { section: 'key_delivery', block: 'key_delivery' },
  reminders: { section: 'reminders', block: 'reminders' },
} as const satisfies Record<keyof SettingsForm, { section: Section; block: string }>;
export type SettingsField = keyof typeof SETTINGS_FIELDS;

export const actionOf = (block: string) => `settings_${block}`;
export const groupsBlock = (list: RoleList) => `${SETTINGS_FIELDS[list].block}_groups`;
export const GROUP_ACTIONS = ROLE_LIST_NAMES.map((list) => actionOf(groupsBlock(list)));
export const GUARDED_SITES_ACTION = actionOf(SETTINGS_FIELDS.guardedSites.block);

/** What is filled in; the reminders, and how many custom CAs there may be, as they are typed. */
export type SettingsForm = Omit<Settings, 'reminderDays' | 'uploadedLimit'> & {
  reminders: string;
  uploadedLimit: string;
};

export function formOf({ reminderDays, uploadedLimit, ...rest }: Settings): SettingsForm {
  return { ...rest, reminders: reminderDays.join(', '), uploadedLimit: String(uploadedLimit) };
}

/** Of the settings as they were opened, what has been changed in sections that are not shown at the moment. */
const keptSchema = z.object({
  seenVersion: z.int().min(0),
  shown: z.enum(Object.keys(SECTIONS) as [Section, ...Section[]]),
  lists: z.record(z.string(), z.tuple([z.array(z.string()), z.array(z.string())])),
  values: z.record(z.string(), z.unknown()),
});
type Kept = z.infer<typeof keptSchema>;

const LISTS = [...ROLE_LIST_NAMES, 'guardedSites', 'openGates'] as const;
const VALUES = [
  'auditChannel',
  'approvalChannel',
  'defaultValidityDays',
  'longValidityDays',
  'fourEyes',
  'keyDelivery',
  'reminders',
  'uploadedLimit',
] as const;

/** Slack keeps 3,000 characters with a view (`private_metadata`); other things may be written beside these. */
const MOST_KEPT = 2_600;

/**
 * What goes with the view, in Slack's keeping: changes only, and no secrets.
 * @throws CountersignError `invalid_input` when it would be more than a view holds.
 */
export function keepChanges(seenVersion: number, shown: Section, opened: SettingsForm, form: SettingsForm): string {
  const kept: Kept = { seenVersion, shown, lists: {}, values: {} };
  for (const name of LISTS) {
    const added = form[name].filter((item) => !(opened[name] as readonly string[]).includes(item));
    const gone = opened[name].filter((item) => !(form[name] as readonly string[]).includes(item));
    if (added.length + gone.length > 0) kept.lists[name] = [added, gone];
  }
  for (const name of VALUES) if (form[name] !== opened[name]) kept.values[name] = form[name];
  const text = JSON.stringify(kept);
  if (text.length > MOST_KEPT) {
    refuseField('That is a lot to change at once. Save this section first, then open the settings again.');
  }
  return text;
}

export type ReadSettings = { seenVersion: number; shown: Section; wanted: Section; form: SettingsForm };

/** @param opened the settings in force, which are those the view was opened with if the version is still that. */
export function readSettingsForm(view: SubmittedView, opened: SettingsForm): ReadSettings {
  const kept = keptSchema.parse(JSON.parse(view.privateMetadata));
  const form = { ...opened, ...(kept.values as Partial<SettingsForm>) };
  for (const name of LISTS) {
    const [added, gone] = kept.lists[name] ?? [[], []];
    Object.assign(form, { [name]: [...opened[name].filter((item) => !gone.includes(item)), ...added] });
  }
  const chosen = view.values[SETTINGS_SECTION.block]?.[SETTINGS_SECTION.action]?.selected_option?.value;
  const wanted = chosen !== undefined && Object.hasOwn(SECTIONS, chosen) ? (chosen as Section) : kept.shown;
  return { seenVersion: kept.seenVersion, shown: kept.shown, wanted, form: { ...form, ...readShown(view, form) } };
}

/** The fields that are shown; those that are not stay what they are. */
function readShown(view: SubmittedView, form: SettingsForm): Partial<SettingsForm> {
  const at = (block: string) => view.values[block]?.[actionOf(block)];
  const of = (field: SettingsField) => at(SETTINGS_FIELDS[field].block);
  const read: Partial<SettingsForm> = {};
  for (const list of ROLE_LIST_NAMES) {
    const people = of(list)?.selected_users ?? (of(list) ? [] : form[list].filter((id) => !isGroup(id)));
    const chosen = at(groupsBlock(list));
    const groups = chosen ? (chosen.selected_options ?? []).map(({ value }) => value) : form[list].filter(isGroup);
    read[list] = [...new Set([...people, ...groups])];
  }
  for (const channel of ['auditChannel', 'approvalChannel'] as const) {
    const field = of(channel);
    if (field) read[channel] = field.selected_conversation ?? null;
  }
  for (const period of ['defaultValidityDays', 'longValidityDays'] as const) {
    const field = of(period);
    if (field) read[period] = Number(field.selected_option?.value ?? 0);
  }
  const [sites, fourEyes, gates] = [of('guardedSites'), of('fourEyes'), of('openGates')];
  if (sites) read.guardedSites = (sites.selected_options ?? []).map(({ value }) => value);
  if (fourEyes) read.fourEyes = fourEyes.selected_option?.value !== 'off';
  if (gates) {
    const closed = (gates.selected_options ?? []).map(({ value }) => value).filter(isGate);
    read.openGates = GATE_NAMES.filter((gate) => !closed.includes(gate));
  }
  const [delivery, reminders] = [of('keyDelivery'), of('reminders')];
  if (delivery) read.keyDelivery = delivery.selected_option?.value === 'link' ? 'link' : 'message';
  if (reminders) read.reminders = reminders.value ?? '';
  const limit = of('uploadedLimit');
  if (limit) read.uploadedLimit = limit.value ?? '';
  return read;
}

/** Reminders are days from 1 to this. */
const MOST_REMINDER_DAYS = 365;
const MOST_REMINDERS = 10;

/**
 * `30, 14, 7, 2` as numbers, largest first; nothing typed means no reminders.
 * @throws CountersignError `invalid_input` saying what is wrong.
 */
export function parseReminders(typed: string): number[] {
  const words = typed.split(/[\s,;]+/).filter((word) => word !== '');
  const days = words.map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : 0));
  const wrong = words.find((_, i) => !(days[i] && days[i] <= MOST_REMINDER_DAYS));
  if (wrong !== undefined) {
    refuseField(
      `“${wrong.slice(0, 20)}” is not a number of days from 1 to ${MOST_REMINDER_DAYS}. Write them like 30, 14, 7, 2.`,
    );
  }
  const unique = [...new Set(days)].sort((a, b) => b - a);
  if (unique.length > MOST_REMINDERS) refuseField(`Choose ${MOST_REMINDERS} reminders at most.`);
  return unique;
}

/**
 * How many custom CAs there may be, as a number.
 * @throws CountersignError `invalid_input`.
 */
export function parseUploadedLimit(typed: string): number {
  const count = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : 0;
  if (count < 1 || count > MOST_UPLOADED) refuseField(`Give a whole number from 1 to ${MOST_UPLOADED}.`);
  return count;
}
