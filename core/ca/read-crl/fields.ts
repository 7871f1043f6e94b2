/**
 * The fields of a TBSCertList (RFC 5280 5.1), taken from its octets, whoever made it. Strict: a DerError for every
 * departure. Nothing is read of the entries but where they are, and what is around them is bounded, so that a CRL of a
 * million entries takes no more memory than one of ten.
 */
import { DerError, type DerNode, expectTag, readDer, readStart } from '../der/reader.ts';
import { type ExtensionField, extensionsIn } from '../fields.ts';

/** An element that has not been looked into. */
export type Span = { start: number; tag: number; contentStart: number; end: number };

export type CrlFields = {
  /** The INTEGER; undefined in v1. */
  version: DerNode | undefined;
  /** The whole AlgorithmIdentifier. */
  algorithm: DerNode;
  /** The whole Name. */
  issuerName: DerNode;
  thisUpdate: DerNode;
  nextUpdate: DerNode | undefined;
  /** Undefined where nothing is listed. */
  entries: Span | undefined;
  /** Undefined where there are none, as in v1. */
  extensions: readonly ExtensionField[] | undefined;
};

/** Of everything that is not an entry; names and extensions of real CRLs take some hundred octets. */
export const MOST_AROUND_ENTRIES = 64 * 1024;

export function readCrlFields(tbs: Uint8Array): CrlFields {
  const list = readStart(tbs, 0, tbs.length);
  if (list.tag !== 0x30) throw new DerError('the signed part is missing or of another type', 0);
  if (list.end !== tbs.length) throw new DerError('there is more data after the end', list.end, 'trailing_data');
  const parts = spansIn(tbs, list.contentStart, list.end);
  const isNext = (...tags: number[]) => parts[0] !== undefined && tags.includes(parts[0].tag);
  const take = (tags: readonly number[], what: string): DerNode => {
    const part = parts.shift();
    if (!part || !tags.includes(part.tag))
      throw new DerError(`${what} is missing or of another type`, part?.start ?? list.end);
    if (part.end - part.start > MOST_AROUND_ENTRIES) throw new DerError(`${what} is too long`, part.start);
    return readDer(tbs.subarray(part.start, part.end));
  };
  const version = isNext(0x02) ? take([0x02], 'the version') : undefined;
  const algorithm = take([0x30], 'the signature algorithm');
  const issuerName = take([0x30], 'the issuer');
  const thisUpdate = take([0x17, 0x18], 'thisUpdate');
  const nextUpdate = isNext(0x17, 0x18) ? take([0x17, 0x18], 'nextUpdate') : undefined;
  const entries = isNext(0x30) ? parts.shift() : undefined;
  const extensions = isNext(0xa0) ? take([0xa0], 'the list of extensions').children : undefined;
  if (parts[0]) throw new DerError('there is a field that does not belong here', parts[0].start);
  if (extensions?.[1]) throw new DerError('there is more than one list of extensions', extensions[1].start);
  return {
    version,
    algorithm,
    issuerName,
    thisUpdate,
    nextUpdate,
    entries,
    extensions: extensions && extensionsIn(expectTag(extensions[0], 0x30, 'the list of extensions')),
  };
}

/** There are seven at most; one more is enough to say that something does not belong. */
function spansIn(source: Uint8Array, from: number, to: number): Span[] {
  const spans: Span[] = [];
  for (let start = from; start < to && spans.length < 8; ) {
    const span = { start, ...readStart(source, start, to) };
    spans.push(span);
    start = span.end;
  }
  return spans;
}
