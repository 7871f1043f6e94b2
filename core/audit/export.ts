import { setImmediate } from 'node:timers/promises';
import type { Store } from '../store/store.ts';
import { GENESIS, linkContent } from './chain.ts';
import { csvHeader, csvRecord } from './csv.ts';
import { checkpointLine, endLine, eventLine, headerLine } from './export-lines.ts';

/** A file of an export holds no more than about this, in octets: it is in memory while it is uploaded. */
export const FILE_OCTETS = 16 * 1024 * 1024;
const AT_ONCE = 500;

export type ExportFormat = 'jsonl' | 'csv';

/** Where an export stands: what it covers, and with which event its next file begins. */
export type ExportPosition = {
  first: number;
  last: number;
  next: number;
  /** The hash of the event before `next`. */
  previous: string;
  /** The number of the next file, from 1 on. */
  part: number;
};

export type ExportFacts = {
  account: string;
  exportedAt: Date;
  exportedBy: string;
  key: string;
  from: string | null;
  to: string | null;
};

/** Days in UTC, both included. */
export type Period = { from?: string | undefined; to?: string | undefined };

/**
 * Where an export of this period begins: the whole chain, or the unbroken run of it that holds what happened then.
 * @returns undefined when nothing did.
 */
export async function beginExport(
  store: Store,
  accountId: string,
  period: Period,
): Promise<ExportPosition | undefined> {
  const head = await store.auditHead(accountId);
  if (!head) return undefined;
  const whole = period.from === undefined && period.to === undefined;
  const range = whole ? { first: 1, last: head.sequence } : await store.auditRange(accountId, timesOf(period));
  if (!range) return undefined;
  const before = range.first === 1 ? undefined : await store.auditLinkAt(accountId, range.first - 1);
  return { ...range, next: range.first, previous: before?.hash ?? GENESIS, part: 1 };
}

const DAY_MS = 24 * 3_600_000;

export function timesOf({ from, to }: Period): { from?: Date | undefined; until?: Date | undefined } {
  return {
    from: from === undefined ? undefined : new Date(`${from}T00:00:00Z`),
    until: to === undefined ? undefined : new Date(Date.parse(`${to}T00:00:00Z`) + DAY_MS),
  };
}

/**
 * The next file of an export, at most a little over `mostOctets`, and where the one after it begins (`undefined` after
 * the last). Reads a page at a time and lets others go on in between.
 */
export async function buildExportFile(
  store: Store,
  format: ExportFormat,
  facts: ExportFacts,
  position: ExportPosition,
  mostOctets: number = FILE_OCTETS,
): Promise<{ content: Buffer; first: number; last: number; rest: ExportPosition | undefined }> {
  const writer = format === 'csv' ? csvWriter() : jsonLinesWriter(facts, position);
  let { next: sequence, previous: hash } = position;
  for (const line of await checkpointsOf(store, facts.account, sequence - 1, sequence - 1))
    writer.checkpoint(line.line);
  while (sequence <= position.last && writer.octets < mostOctets) {
    const links = await store.auditChain(facts.account, sequence - 1, Math.min(AT_ONCE, position.last - sequence + 1));
    if (links.length === 0) break;
    const checkpoints = await checkpointsOf(store, facts.account, sequence, links.at(-1)?.sequence ?? sequence);
    for (const link of links) {
      writer.event(linkContent(link, link.sequence, link.previousHash), link.hash);
      for (const { line } of checkpoints.filter((one) => one.sequence === link.sequence)) writer.checkpoint(line);
      hash = link.hash;
      sequence = link.sequence + 1;
      if (writer.octets >= mostOctets) break;
    }
    await setImmediate();
  }
  const last = sequence - 1;
  const continues = sequence <= position.last;
  writer.end({ last, hash, continues });
  const rest = continues ? { ...position, next: sequence, previous: hash, part: position.part + 1 } : undefined;
  return { content: writer.content(), first: position.next, last, rest };
}

const checkpointsOf = (store: Store, account: string, from: number, to: number) =>
  to < 1 ? [] : store.auditCheckpoints(account, from, to);

type Writer = {
  readonly octets: number;
  event(content: ReturnType<typeof linkContent>, hash: string): void;
  checkpoint(line: string): void;
  end(end: Parameters<typeof endLine>[0]): void;
  content(): Buffer;
};

function makeWriter(write: (add: (text: string) => void) => Omit<Writer, 'octets' | 'content'>): Writer {
  const parts: Buffer[] = [];
  let octets = 0;
  const add = (text: string) => {
    const part = Buffer.from(text);
    parts.push(part);
    octets += part.length;
  };
  return {
    ...write(add),
    get octets() {
      return octets;
    },
    content: () => Buffer.concat(parts),
  };
}

function jsonLinesWriter({ exportedAt, ...facts }: ExportFacts, { next, previous, part }: ExportPosition): Writer {
  return makeWriter((add) => {
    add(`${headerLine({ ...facts, exportedAt: exportedAt.toISOString(), first: next, previous, part })}\n`);
    return {
      event: (content, hash) => add(`${eventLine(content, hash)}\n`),
      checkpoint: (line) => add(`${checkpointLine(line)}\n`),
      end: (end) => add(`${endLine(end)}\n`),
    };
  });
}

function csvWriter(): Writer {
  return makeWriter((add) => {
    add(csvHeader());
    return {
      event: (content, hash) => add(csvRecord(content, hash)),
      checkpoint: () => undefined,
      end: () => undefined,
    };
  });
}
