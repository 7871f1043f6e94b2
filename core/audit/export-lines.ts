import { canonicalJson } from '../canonical-json.ts';
import { hashOfText, type LinkContent } from './chain.ts';
import { type Checkpoint, parseCheckpoint } from './checkpoint.ts';

/**
 * The lines of an export, JSON Lines: a header, the events in their order with each checkpoint behind the event it
 * signs, and an end. Every line is canonical JSON (RFC 8785), so that it has one spelling, and the hash of an event is
 * SHA-256 over the very octets between `{"event":` and `,"hash":`. docs/audit.md describes it for others.
 */
export type Header = {
  type: 'header';
  format: typeof FORMAT;
  account: string;
  exportedAt: string;
  exportedBy: string;
  /** The public key in force at the export. Whoever verifies takes the one they have pinned. */
  key: string;
  /** The first event of this file, and the hash of the one before it. */
  first: number;
  previous: string;
  /** A large export comes in several files; each says which it is, from 1 on. */
  part: number;
  /** Days in UTC, both included; null where the export was not restricted. */
  from: string | null;
  to: string | null;
};
export type EventLine = { type: 'event'; event: LinkContent; hash: string };
export type End = { type: 'end'; last: number; hash: string; continues: boolean };

export type ExportLine =
  | { kind: 'header'; header: Header }
  | { kind: 'event'; event: LinkContent; hash: string; computed: string }
  | { kind: 'checkpoint'; checkpoint: Checkpoint }
  | { kind: 'end'; end: End };

export const FORMAT = 'countersign-audit-export-v1';
/** No line is longer, in octets; events are made of ids, names and a sentence of a person at most. */
export const MOST_OCTETS = 64 * 1024;

export const headerLine = (header: Omit<Header, 'type' | 'format'>) =>
  canonicalJson({ type: 'header', format: FORMAT, ...header });
export const eventLine = (event: LinkContent, hash: string) => canonicalJson({ type: 'event', event, hash });
export const checkpointLine = (line: string) => canonicalJson({ type: 'checkpoint', line });
export const endLine = (end: Omit<End, 'type'>) => canonicalJson({ type: 'end', ...end });

const EVENT_START = '{"event":'.length;
const EVENT_END = `,"hash":"${'0'.repeat(64)}","type":"event"}`.length;

/**
 * Reads one line, strictly: exactly these properties, of these kinds, in the one canonical spelling. So no two readers
 * can take a line for two different things.
 * @returns a sentence that says what is wrong with it, where it is refused.
 */
export function parseExportLine(text: string): ExportLine | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  if (!isRecord(value)) return 'is not an object';
  switch (value['type']) {
    case 'header':
      return fits(value, HEADER) && isCanonical(value, text)
        ? { kind: 'header', header: value as Header }
        : wrong(value, text, HEADER);
    case 'end':
      return fits(value, END) && isCanonical(value, text)
        ? { kind: 'end', end: value as End }
        : wrong(value, text, END);
    case 'checkpoint': {
      const checkpoint = typeof value['line'] === 'string' ? parseCheckpoint(value['line']) : undefined;
      if (!checkpoint || !isCanonical({ type: 'checkpoint', line: checkpoint.line }, text))
        return 'is not a checkpoint';
      return { kind: 'checkpoint', checkpoint };
    }
    case 'event': {
      const { event, hash } = value;
      if (!fits(value, EVENT_LINE) || !isRecord(event) || !fits(event, EVENT) || !isDetails(event['details'])) {
        return 'is not an event as Countersign writes it';
      }
      if (!isCanonical(value, text)) return 'is not canonical JSON (RFC 8785)';
      const computed = hashOfText(text.slice(EVENT_START, text.length - EVENT_END));
      return { kind: 'event', event: event as LinkContent, hash: hash as string, computed };
    }
    default:
      return 'is neither a header, an event, a checkpoint nor an end';
  }
}

type Check = (value: unknown) => boolean;
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const isHash = matches(/^[0-9a-f]{64}$/);
/** Ids of Slack's and ours; nothing that could move a terminal's cursor when it is told. */
const isId = matches(/^[\x20-\x7e]{1,200}$/);
const isTime: Check = (value) =>
  typeof value === 'string' &&
  value.length === 24 &&
  !Number.isNaN(Date.parse(value)) &&
  new Date(value).toISOString() === value;
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 1;
const isDay: Check = (value) => value === null || matches(/^\d{4}-\d{2}-\d{2}$/)(value);
const isSubject: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(isId);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const HEADER: Readonly<Record<keyof Header, Check>> = {
  type: (value) => value === 'header',
  format: (value) => value === FORMAT,
  account: isId,
  exportedAt: isTime,
  exportedBy: isId,
  key: matches(/^[\w-]{43}$/),
  first: isCount,
  previous: isHash,
  part: isCount,
  from: isDay,
  to: isDay,
};
const END: Readonly<Record<keyof End, Check>> = {
  type: (value) => value === 'end',
  last: isCount,
  hash: isHash,
  continues: (value) => typeof value === 'boolean',
};
const EVENT_LINE: Readonly<Record<keyof EventLine, Check>> = { type: () => true, event: isRecord, hash: isHash };
const EVENT: Readonly<Record<keyof LinkContent, Check>> = {
  account: isId,
  sequence: isCount,
  previous: isHash,
  id: isId,
  at: isTime,
  actor: isId,
  action: matches(/^[a-z_]{1,32}\.[a-z_]{1,32}$/),
  subject: isSubject,
  details: isRecord,
};

function fits(value: Record<string, unknown>, shape: Readonly<Record<string, Check>>): boolean {
  const names = Object.keys(shape);
  return Object.keys(value).length === names.length && names.every((name) => shape[name]?.(value[name]) === true);
}

function isDetails(value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.values(value).every((inner) => inner === null || /^(string|number|boolean)$/.test(typeof inner))
  );
}

const isCanonical = (value: unknown, text: string) => canonicalJson(value) === text;

function wrong(value: Record<string, unknown>, text: string, shape: Readonly<Record<string, Check>>): string {
  const names = new Set([...Object.keys(shape), ...Object.keys(value)]);
  const bad = [...names].find((name) => !Object.hasOwn(shape, name) || shape[name]?.(value[name]) !== true);
  if (bad === undefined) return isCanonical(value, text) ? 'is refused' : 'is not canonical JSON (RFC 8785)';
  return Object.hasOwn(shape, bad) ? `has no proper "${bad}"` : 'has a property too many';
}
