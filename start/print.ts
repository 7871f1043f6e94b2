import { withoutSecrets } from '../core/logger.ts';

/** As wide as the longest name, `sandbox`. */
const PREFIX_WIDTH = 7;
const COLOURS: Readonly<Record<string, number>> = { sandbox: 35, worker: 36, bot: 32, redis: 33, edge: 37 };
const LEVELS: Readonly<Record<string, string>> = { warn: paint(33, 'WARN '), error: paint(31, 'ERROR ') };
/** Part of every line of a child, or said by the prefix. */
const KNOWN = new Set(['time', 'level', 'name', 'msg', 'pid', 'hostname']);
// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal from a log is exactly these.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export type LogLine = { level?: unknown; msg?: unknown; time?: unknown; [field: string]: unknown };

/** A line of a child as an object, when it is one of the logger's. */
export function parseLogLine(text: string): LogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null && 'msg' in line ? line : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What the terminal shows for one line of a process: prefix, time, level when it matters, message, fields. The stack of
 * an error follows below. Lines that are not the logger's are passed on; nothing in them can steer the terminal, and
 * tokens and keys are taken out of them here, since no logger has seen them.
 */
export function renderLine(process: string, text: string, colour: boolean): string {
  const prefix = paint(COLOURS[process] ?? 34, `${process.padEnd(PREFIX_WIDTH)} |`);
  const line = parseLogLine(text);
  const shown = line ? renderFields(line) : [plain(withoutSecrets(text))];
  const lines = shown.map((part) => `${prefix} ${part}`);
  return lines.map((whole) => (colour ? whole : withoutPaint(whole))).join('\n');
}

function renderFields(line: LogLine): string[] {
  const fields = Object.entries(line)
    .filter(([name]) => !KNOWN.has(name))
    .map(([name, value]) => paint(2, `${name}=${renderValue(value)}`));
  const first = [
    timeOf(line),
    LEVELS[String(line.level)] ?? '',
    plain(String(line.msg)),
    ...fields.map((f) => ` ${f}`),
  ];
  return [first.join(''), ...stackOf(line)];
}

function timeOf(line: LogLine): string {
  const at = new Date(line.time as string | number);
  return Number.isNaN(at.getTime()) ? '' : paint(2, `${at.toTimeString().slice(0, 8)} `);
}

function renderValue(value: unknown): string {
  if (isError(value)) return JSON.stringify(value.message);
  return typeof value === 'string' && /^[\w.:/@#+-]+$/.test(value) ? value : plain(JSON.stringify(value));
}

function stackOf(line: LogLine): string[] {
  const error = [line['err'], line['error']].find(isError);
  if (line.level !== 'error' || error?.stack === undefined) return [];
  return error.stack
    .split('\n')
    .slice(1)
    .map((frame) => paint(2, plain(frame)));
}

function isError(value: unknown): value is { message: string; stack?: string } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}

/** ESC of the paint is the only control character that is written; it is put in after this. */
function plain(text: string): string {
  return text.replace(CONTROL, ' ');
}

function paint(code: number, text: string): string {
  return `\u001b[${code}m${text}\u001b[0m`;
}

function withoutPaint(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of `paint`.
  return text.replace(/\u001b\[\d+m/g, '');
}

/** Colours are for people: on a terminal, unless NO_COLOR is set (https://no-color.org). */
export function wantsColour(stream: { isTTY?: boolean }, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY === true && !env['NO_COLOR'];
}
