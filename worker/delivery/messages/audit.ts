import { SYSTEM } from '../../../core/audit/event.ts';
import { ACTIONS_TOLD, type AuditAction } from '../../../core/audit/events.ts';
import { formatSerial } from '../../../core/ca/serial.ts';
import { context, type SlackMessage, section } from '../../../core/slack/blocks.ts';
import { code, escapeText, mention, moment } from '../../../core/slack/text.ts';
import type { AuditEvent } from '../../../core/store/rows.ts';

/** One event in the audit channel: who, what, when, which serial. Never a secret, because no event holds one. */
export function auditMessage(event: AuditEvent): SlackMessage {
  const told = ACTIONS_TOLD[event.action as AuditAction] ?? event.action;
  const who = event.actorId === SYSTEM ? 'Countersign' : mention(event.actorId);
  const facts = Object.entries(event.details)
    .filter(([name, value]) => value !== null && value !== '' && !IN_THE_SENTENCE.has(name))
    .filter(([name, value]) => !(name === 'owner' && value === event.actorId))
    .map(([name, value]) => `${label(name)}: ${shown(name, value)}`);
  const sentence = `${who} ${told}${subject(event)}.`;
  return {
    text: sentence,
    blocks: [section(sentence), context([moment(event.at), ...facts, `\`${event.action}\``].join(' · '))],
  };
}

/** Facts that the sentence has said already. */
const IN_THE_SENTENCE = new Set(['site', 'name', 'role', 'person']);

/** The one fact that belongs into the sentence itself. */
function subject(event: AuditEvent): string {
  const { site, name, role, person } = event.details as Record<string, string | undefined>;
  if (role && person) return ` (${role}) ${event.action === 'role.granted' ? 'to' : 'from'} ${mention(person)}`;
  if (name && site) return `: ${escapeText(name)} for ${escapeText(site)}`;
  if (site) return ` ${escapeText(site)}`;
  return '';
}

function label(name: string): string {
  if (name === 'notAfter') return 'Valid until';
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return words[0]?.toUpperCase() + words.slice(1);
}

function shown(name: string, value: unknown): string {
  const text = String(value);
  if (name === 'serial') return code(formatSerial(text));
  if (name === 'owner' || name === 'person') return mention(text);
  if (/^[CG][A-Z0-9]{6,}$/.test(text) && /channel/i.test(name)) return `<#${text}>`;
  if (name === 'notAfter' || name === 'signsFrom') return moment(new Date(text));
  return code(text.length > 300 ? `${text.slice(0, 299)}…` : text);
}
