import type { KnownBlock } from '@slack/types';
import { SYSTEM } from '../../../core/audit/event.ts';
import { ACTIONS_TOLD, type AuditAction } from '../../../core/audit/events.ts';
import { reasonText } from '../../../core/ca/reasons.ts';
import { actions, button, section } from '../../../core/slack/blocks.ts';
import { escapeText, mention, moment, truncate } from '../../../core/slack/text.ts';
import type { HistoryPlace } from '../../../core/store/questions/history.ts';
import type { AuditEvent } from '../../../core/store/rows.ts';

export const HISTORY_ACTIONS = { older: 'history_older', newest: 'history_newest' } as const;
/** Events on a page: as many as fit one text of 3,000 characters. */
export const HISTORY_ROWS = 8;
const LINE_CHARACTERS = 350;

export type History = {
  /** Newest first. */
  events: readonly AuditEvent[];
  /** Where older ones begin; undefined when there are none. */
  older: HistoryPlace | undefined;
  /** Whether this is not the first page. */
  isOlder: boolean;
};

/** What happened to a certificate, from the audit. */
export function historyBlocks({ events, older, isOlder }: History): KnownBlock[] {
  const lines = events.map(historyLine);
  const text = lines.length === 0 ? 'Nothing is recorded any more.' : lines.join('\n');
  const pages = [
    ...(isOlder ? [button({ label: 'Newest', action: HISTORY_ACTIONS.newest, value: 'newest' })] : []),
    ...(older ? [button({ label: 'Older', action: HISTORY_ACTIONS.older, value: older.join(':') })] : []),
  ];
  return [section(`*History*\n${text}`), ...(pages.length === 0 ? [] : [actions('history', pages)])];
}

/** One event: when, who, what, and why where somebody said so. */
export function historyLine(event: AuditEvent): string {
  const told = ACTIONS_TOLD[event.action as AuditAction] ?? escapeText(event.action);
  const who = event.actorId === SYSTEM ? 'Countersign' : mention(event.actorId);
  const { reason, why, because } = event.details as Record<string, unknown>;
  const said = [why, because].find((text) => typeof text === 'string' && text !== '');
  const facts = [
    typeof reason === 'string' ? ` (${reasonText(reason)})` : '',
    said === undefined ? '' : `: ${escapeText(truncate(String(said), 150).replace(/\s+/g, ' '))}`,
  ];
  return truncate(`• ${moment(event.at)} ${who} ${told}${facts.join('')}`, LINE_CHARACTERS);
}

/** The value of *Older*; undefined for anything else. */
export function readPlace(value: string): HistoryPlace | undefined {
  const [, at, number] = /^(\d{1,15}):(\d{1,15})$/.exec(value) ?? [];
  return at === undefined || number === undefined ? undefined : [Number(at), Number(number)];
}
