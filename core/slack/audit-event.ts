import { SYSTEM } from '../audit/event.ts';
import { ACTIONS_TOLD, type AuditAction } from '../audit/events.ts';
import { formatSerial } from '../ca/serial.ts';
import type { AuditEvent } from '../store/rows.ts';
import { code, escapeText, mention, moment, truncate } from './text.ts';

/** An event in words (mrkdwn): who did what, and the facts beside it. Never a secret, because no event holds one. */
export function tellEvent(event: AuditEvent): { sentence: string; facts: string[] } {
  const told = ACTIONS_TOLD[event.action as AuditAction] ?? escapeText(event.action);
  const who = event.actorId === SYSTEM ? 'Countersign' : mention(event.actorId);
  const facts = Object.entries(event.details)
    .filter(([name, value]) => value !== null && value !== '' && !IN_THE_SENTENCE.has(name))
    .filter(([name, value]) => !(name === 'owner' && value === event.actorId))
    .map(([name, value]) => `${label(name)}: ${shown(name, value)}`);
  return { sentence: `${who} ${told}${subject(event)}.`, facts };
}

/** Facts that the sentence has said already. */
const IN_THE_SENTENCE = new Set(['site', 'name', 'role', 'person']);

/** The one fact that belongs into the sentence itself. */
function subject(event: AuditEvent): string {
  const { site, name, role, person } = event.details as Record<string, string | undefined>;
  if (role && person) return ` (${role}) ${event.action === 'role.granted' ? 'to' : 'from'} ${mention(person)}`;
  if (name && site) return `: ${escapeText(name)} for ${escapeText(site)}`;
  if (site) return ` ${escapeText(site)}`;
  if (name) return ` ${code(truncate(name, 100))}`;
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
  if (name === 'owner' || name === 'person' || name === 'requester') return mention(text);
  if (/^[CG][A-Z0-9]{6,}$/.test(text) && /channel/i.test(name)) return `<#${text}>`;
  if (name === 'notAfter' || name === 'signsFrom' || name === 'goodUntil') return moment(new Date(text));
  return code(text.length > 300 ? `${text.slice(0, 299)}…` : text);
}
