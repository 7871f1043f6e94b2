import { GENESIS } from './chain.ts';
import { type Checkpoint, verifyCheckpoint } from './checkpoint.ts';
import { type End, type ExportLine, type Header, MOST_OCTETS, parseExportLine } from './export-lines.ts';
import * as faults from './faults.ts';
import type { AuditPublicKey } from './key.ts';
import { readLines, UnreadableError } from './read-lines.ts';

export type ExportReport = {
  header: Header;
  /** The last event that is intact, and its hash; `header.first - 1` when none is. */
  last: number;
  hash: string;
  /** Up to which event a checkpoint in the file is signed with a pinned key. */
  signed: number;
  /** Up to which event an anchor given by hand agrees, and how many do. */
  anchored: number;
  anchors: number;
  faults: readonly faults.Fault[];
};

export type Verification = { keys: readonly AuditPublicKey[]; anchors: readonly Checkpoint[] };

/**
 * Checks an export against pinned keys and anchors; several files are the parts of one export, in their order. Holds
 * one line at a time.
 * @throws UnreadableError naming the file and the line that is not what an export holds.
 */
export async function verifyExport(
  files: readonly { name: string; chunks: AsyncIterable<Uint8Array> }[],
  given: Verification,
): Promise<ExportReport> {
  const verifier = new Verifier(given);
  for (const { name, chunks } of files) {
    try {
      for await (const { number, text, whole } of readLines(chunks, MOST_OCTETS)) {
        // What no line end follows was not written to its end; whatever it says, the file breaks off before it.
        if (!whole) break;
        const line = parseExportLine(text);
        const refusal = typeof line === 'string' ? line : verifier.take(line);
        if (refusal !== undefined) throw new UnreadableError(`line ${number} ${refusal}`);
      }
    } catch (error) {
      throw error instanceof UnreadableError ? new UnreadableError(`${name}: ${error.message}.`) : error;
    }
  }
  return verifier.report();
}

/** Follows the chain line by line. After its first break only the event that is missing is looked for. */
class Verifier {
  readonly #keys: ReadonlyMap<string, AuditPublicKey>;
  readonly #given: readonly Checkpoint[];
  /** Those given that are signed and of this account, by event. */
  #anchors: readonly Checkpoint[] = [];
  readonly #faults: faults.Fault[] = [];
  #broken = false;
  #missing: { expected: number; found: number; turnsUp: boolean } | undefined;
  #header: Header | undefined;
  #end: End | undefined;
  #last = 0;
  #hash = '';
  #signed = 0;
  #anchored = 0;
  #agreeing = 0;

  constructor({ keys, anchors }: Verification) {
    this.#keys = new Map(keys.map((key) => [key.id, key]));
    this.#given = [...anchors].sort((a, b) => a.sequence - b.sequence);
  }

  /** @returns a sentence where the line cannot stand here at all. */
  take(line: ExportLine): string | undefined {
    if (line.kind === 'header') return this.#begin(line.header);
    if (!this.#header) return 'comes before a header';
    if (this.#end) return 'comes after the end';
    if (line.kind === 'event') this.#event(this.#header, line);
    else if (line.kind === 'checkpoint') this.#checkpoint(this.#header, line.checkpoint);
    else this.#finish(line.end);
    return undefined;
  }

  report(): ExportReport {
    const header = this.#header;
    if (!header) throw new UnreadableError('This is not an export: it has no header.');
    if (this.#missing) {
      const { expected, found, turnsUp } = this.#missing;
      this.#faults.push(faults.outOfPlace(expected, found, turnsUp));
    }
    if (!this.#broken && !this.#end) this.#break(faults.breaksOff(this.#last));
    if (!this.#broken && this.#end?.continues) this.#break(faults.partMissing(this.#last));
    for (const anchor of this.#anchors) this.#settle(header, anchor);
    return {
      header,
      last: this.#last,
      hash: this.#hash,
      signed: this.#signed,
      anchored: this.#anchored,
      anchors: this.#agreeing,
      faults: this.#faults,
    };
  }

  #break(fault: faults.Fault): void {
    this.#broken = true;
    this.#faults.push(fault);
  }

  #begin(header: Header): string | undefined {
    if (!this.#header) {
      this.#first(header);
      return undefined;
    }
    if (!this.#end) return 'is a header, and what came before it has no end';
    if (!this.#end.continues) return 'is a header, and the export has ended before';
    this.#end = undefined;
    if (this.#broken) return undefined;
    if (header.account !== this.#header.account) {
      this.#break(
        faults.otherAccount('The file that begins with event', header.first, header.account, this.#header.account),
      );
    } else if (header.first !== this.#last + 1 || header.previous !== this.#hash) {
      this.#break(faults.beginsElsewhere(this.#last, header.first));
    }
    return undefined;
  }

  #first(header: Header): void {
    this.#header = header;
    this.#last = header.first - 1;
    this.#hash = header.previous;
    if (header.first === 1 && header.previous !== GENESIS) this.#break(faults.noGenesis());
    this.#anchors = this.#given.filter((anchor) => {
      if (!this.#isSigned(anchor, 'The anchor')) return false;
      if (anchor.account === header.account) return true;
      this.#faults.push(faults.otherAccount('The anchor of event', anchor.sequence, anchor.account, header.account));
      return false;
    });
    this.#meetAnchors();
  }

  #event({ account }: Header, { event, hash, computed }: Extract<ExportLine, { kind: 'event' }>): void {
    if (this.#missing?.expected === event.sequence) this.#missing.turnsUp = true;
    if (this.#broken) return;
    const expected = this.#last + 1;
    if (event.account !== account) {
      this.#break(faults.otherAccount('Event', event.sequence, event.account, account));
    } else if (event.sequence !== expected) {
      this.#broken = true;
      this.#missing = { expected, found: event.sequence, turnsUp: false };
    } else if (computed !== hash) {
      this.#break(faults.changed(event));
    } else if (event.previous !== this.#hash) {
      this.#break(faults.unlinked(event));
    } else {
      this.#last = expected;
      this.#hash = hash;
      this.#meetAnchors();
    }
  }

  #checkpoint({ account }: Header, checkpoint: Checkpoint): void {
    if (this.#broken) return;
    if (checkpoint.account !== account) {
      this.#faults.push(
        faults.otherAccount('The checkpoint of event', checkpoint.sequence, checkpoint.account, account),
      );
    } else if (this.#isSigned(checkpoint, 'The checkpoint')) {
      if (checkpoint.sequence > this.#last) this.#break(faults.checkpointAhead(checkpoint, this.#last));
      else if (checkpoint.sequence < this.#last) this.#faults.push(faults.checkpointLate(checkpoint, this.#last));
      else if (checkpoint.hash === this.#hash) this.#signed = checkpoint.sequence;
      // One that contradicts says it for all that follow: what is rewritten stays so.
      else if (!this.#says('contradicted'))
        this.#faults.push(this.#contradiction('The checkpoint', checkpoint, this.#signed));
    }
  }

  #finish(end: End): void {
    this.#end = end;
    if (this.#broken || (end.last === this.#last && end.hash === this.#hash)) return;
    this.#break(faults.endsElsewhere(this.#last, end.last));
  }

  #isSigned(checkpoint: Checkpoint, what: string): boolean {
    const key = this.#keys.get(checkpoint.keyId);
    if (key && verifyCheckpoint(checkpoint, key)) return true;
    const kind = key ? 'forged_checkpoint' : 'foreign_key';
    if (!this.#says(kind)) this.#faults.push((key ? faults.forged : faults.foreignKey)(what, checkpoint));
    return false;
  }

  #says(kind: faults.Fault['kind']): boolean {
    return this.#faults.some((fault) => fault.kind === kind);
  }

  /** Compares the anchors of the event that has just been followed. */
  #meetAnchors(): void {
    for (const anchor of this.#anchors) {
      if (anchor.sequence > this.#last) return;
      if (anchor.sequence < this.#last) continue;
      if (anchor.hash !== this.#hash) {
        this.#faults.push(this.#contradiction('The anchor', anchor, this.#anchored));
      } else {
        this.#anchored = anchor.sequence;
        this.#agreeing += 1;
      }
    }
  }

  #contradiction(what: string, checkpoint: Checkpoint, agreed: number): faults.Fault {
    return faults.contradicted(what, checkpoint, Math.max(agreed, (this.#header?.first ?? 1) - 1));
  }

  /** Every anchor that is given must lie within the export: a missing beginning or end must not pass for a range. */
  #settle({ first }: Header, anchor: Checkpoint): void {
    const { sequence } = anchor;
    if (sequence < first - 1) this.#faults.push(faults.beforeBeginning(anchor, first));
    else if (sequence > this.#last) {
      const ended = !this.#broken || this.#end === undefined;
      this.#faults.push(ended ? faults.cutOff(anchor, this.#last) : faults.behindBreak(anchor));
    }
  }
}
