import type { Card } from '../approvals/card.ts';
import { GATE_NAMES, GATES, type Gate } from '../approvals/gates.ts';
import { code, days, mention } from '../slack/text.ts';
import { ROLE_LIST_NAMES, type Settings } from './in-force.ts';

export type SettingsChange = {
  field: keyof Settings;
  /** What a second person is needed for; null when anybody who may change settings may change this alone. */
  gate: Gate | null;
  label: string;
  /** Before and after in words (mrkdwn). */
  told: string;
};

export const SETTINGS_LABELS: Readonly<Record<keyof Settings, string>> = {
  administrators: 'Administrators',
  operators: 'Operators',
  approvers: 'Approvers',
  viewers: 'Viewers',
  auditChannel: 'Audit channel',
  approvalChannel: 'Approval channel',
  defaultValidityDays: 'Default validity',
  longValidityDays: 'Longest validity without a second person',
  fourEyes: 'Four eyes',
  openGates: 'Needs a second person',
  guardedSites: 'Guarded sites',
  keyDelivery: 'Key delivery',
  reminderDays: 'Reminders',
  uploadedLimit: 'Custom CAs at most',
};

/** Label and value of one message hold no more than ten pairs (Slack: section fields). */
const MOST_FACTS = 10;
const MOST_FIELD = 2000;

/**
 * What is different, and for what of it a second person is needed (DESIGN section 8): what makes the watch weaker or
 * hands out power, not what makes it stronger.
 * @param siteName of a site's id.
 */
export function settingsChanges(before: Settings, after: Settings, siteName: (id: string) => string): SettingsChange[] {
  const changes: (SettingsChange | undefined)[] = [
    ...ROLE_LIST_NAMES.map((list) => setChange(list, 'roles', before[list], after[list], mention)),
    change('auditChannel', 'four_eyes', before, after, channel),
    change('approvalChannel', 'four_eyes', before, after, channel),
    change('fourEyes', 'four_eyes', before, after, (on) => (on ? 'on' : 'off')),
    setChange('openGates', 'four_eyes', closed(before), closed(after), (gate) => GATES[gate]),
    change('keyDelivery', 'key_delivery', before, after, (way) => (way === 'link' ? 'by a link' : 'in Slack')),
    change(
      'longValidityDays',
      after.longValidityDays > before.longValidityDays ? 'four_eyes' : null,
      before,
      after,
      days,
    ),
    setChange(
      'guardedSites',
      before.guardedSites.some((id) => !after.guardedSites.includes(id)) ? 'four_eyes' : null,
      before.guardedSites,
      after.guardedSites,
      (id) => code(siteName(id)),
    ),
    change('uploadedLimit', after.uploadedLimit > before.uploadedLimit ? 'four_eyes' : null, before, after, String),
    change('defaultValidityDays', null, before, after, days),
    change('reminderDays', null, before, after, reminders),
  ];
  return changes.filter((one) => one !== undefined);
}

/** The gates that these changes pass, each once. */
export function gatesOf(changes: readonly SettingsChange[]): Gate[] {
  return [...new Set(changes.map(({ gate }) => gate).filter((gate) => gate !== null))];
}

/** The card of a change of settings: everything that changes, what needs the decision first. */
export function settingsCard(changes: readonly SettingsChange[]): Card {
  const sorted = [...changes].sort((a, b) => Number(a.gate === null) - Number(b.gate === null));
  const names = sorted.map(({ label }) => label.toLowerCase());
  const what = `Change the settings: ${names.join(', ')}`;
  const [first, rest] = [sorted.slice(0, MOST_FACTS - 1), sorted.slice(MOST_FACTS - 1)];
  const facts = first.map(({ label, told }) => [label, told] as const);
  if (rest.length > 0) facts.push(['And', rest.map(({ label, told }) => `${label}: ${told}`).join('\n')]);
  return {
    what,
    plain: what,
    facts,
    because: '',
    evidence: null,
    risk: gatesOf(changes)
      .map((gate) => RISKS[gate])
      .join(' '),
  };
}

/**
 * Whether the card shows all of itself: nobody should approve what a message has cut off (Slack: a field of a section
 * holds 2,000 characters).
 */
export function showsAll(card: Card): boolean {
  return card.facts.every(([label, told]) => label.length + told.length + 3 <= MOST_FIELD);
}

const RISKS: Partial<Readonly<Record<Gate, string>>> & Record<string, string> = {
  roles: 'Whoever gets a role can use it at once. Whoever can edit a user group in Slack decides who has its roles.',
  four_eyes: 'This decides what one person can do alone, and who sees it.',
  key_delivery: 'This decides which way private keys take to people.',
};

function change<F extends keyof Settings>(
  field: F,
  gate: Gate | null,
  before: Settings,
  after: Settings,
  words: (value: Settings[F]) => string,
): SettingsChange | undefined {
  const [from, to] = [words(before[field]), words(after[field])];
  if (JSON.stringify(before[field]) === JSON.stringify(after[field])) return undefined;
  return { field, gate, label: SETTINGS_LABELS[field], told: `${from} → ${to}` };
}

/** A change of something whose order means nothing. */
function setChange<T extends string>(
  field: keyof Settings,
  gate: Gate | null,
  before: readonly T[],
  after: readonly T[],
  words: (item: T) => string,
): SettingsChange | undefined {
  const added = after.filter((item) => !before.includes(item));
  const gone = before.filter((item) => !after.includes(item));
  if (added.length === 0 && gone.length === 0) return undefined;
  const list = (verb: string, items: readonly T[]) =>
    items.length === 0 ? [] : [`${verb} ${[...new Set(items)].map(words).join(', ')}`];
  const told = [...list('added:', added), ...list('taken off:', gone)].join('; ');
  return { field, gate, label: SETTINGS_LABELS[field], told };
}

const closed = ({ openGates }: Settings): Gate[] => GATE_NAMES.filter((gate) => !openGates.includes(gate));
const channel = (id: string | null) => (id === null ? 'none' : `<#${id}>`);
const reminders = (before: readonly number[]) =>
  before.length === 0 ? 'none' : `${before.join(', ')} days before the end`;
