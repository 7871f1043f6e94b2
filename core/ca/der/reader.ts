/**
 * A strict DER reader (X.690 section 10 and 11). It refuses everything that BER allows and DER does not, because two
 * readers that disagree about one certificate are how names get smuggled past a check:
 * indefinite and non-minimal lengths, trailing data, lengths beyond the input, constructed strings, non-minimal
 * INTEGERs and OBJECT IDENTIFIERs, BOOLEANs other than 00 and FF, non-zero padding bits, unsorted SETs, high tag
 * numbers (no format here has them), nesting deeper than 32.
 */
import { compareOctets } from './writer.ts';

const MAX_DEPTH = 32;
const NO_CHILDREN: readonly DerNode[] = [];

export type DerNode = {
  /** The identifier octet: class, constructed bit, tag number. */
  readonly tag: number;
  readonly source: Uint8Array;
  readonly start: number;
  readonly contentStart: number;
  readonly end: number;
  readonly children: readonly DerNode[];
};

/** The input is not DER; `message` says what is wrong, `offset` where. Callers turn it into a refusal or a finding. */
export class DerError extends Error {
  readonly offset: number;
  /** The two defects that a bad copy of good data has, apart from all others. */
  readonly reason: 'cut_off' | 'trailing_data' | 'not_der';

  constructor(message: string, offset: number, reason: DerError['reason'] = 'not_der') {
    super(message);
    this.name = 'DerError';
    this.offset = offset;
    this.reason = reason;
  }
}

/** Exactly one element that fills the input. Throws DerError. */
export function readDer(source: Uint8Array): DerNode {
  const node = readElement(source, 0, source.length, 1);
  if (node.end !== source.length) throw new DerError('there is more data after the end', node.end, 'trailing_data');
  return node;
}

/** The whole element, identifier and length included. */
export function encodedOf(node: DerNode): Uint8Array {
  return node.source.subarray(node.start, node.end);
}

export function contentOf(node: DerNode): Uint8Array {
  return node.source.subarray(node.contentStart, node.end);
}

/** The node if it is there and has this tag; throws a DerError that names what was expected otherwise. */
export function expectTag(node: DerNode | undefined, tag: number, what: string, parent?: DerNode): DerNode {
  if (node?.tag !== tag) throw new DerError(`${what} is missing or of another type`, (node ?? parent)?.start ?? 0);
  return node;
}

/**
 * Identifier and length of the element that begins at `start`, checked, and nothing inside it: for reading what is too
 * long to be held as nodes. Throws DerError.
 */
export function readStart(
  source: Uint8Array,
  start: number,
  limit: number,
): { tag: number; contentStart: number; end: number } {
  const tag = source[start];
  const lengthOctet = source[start + 1];
  if (tag === undefined || lengthOctet === undefined || start + 2 > limit)
    throw new DerError('it ends too early', start, 'cut_off');
  if ((tag & 0x1f) === 0x1f || tag === 0) throw new DerError('a tag is not one of this format', start);

  let contentStart = start + 2;
  let length = lengthOctet;
  if (lengthOctet >= 0x80) {
    const octets = lengthOctet & 0x7f;
    if (octets === 0) throw new DerError('a length is indefinite (BER, not DER)', start + 1);
    if (octets > 4) throw new DerError('a length is longer than the data', start + 1, 'cut_off');
    contentStart += octets;
    if (contentStart > limit) throw new DerError('it ends too early', start, 'cut_off');
    length = 0;
    for (let i = start + 2; i < contentStart; i++) length = length * 256 + (source[i] ?? 0);
    if (length < 0x80 || length < 256 ** (octets - 1))
      throw new DerError('a length is not minimal (BER, not DER)', start + 1);
  }
  const end = contentStart + length;
  if (end > limit) throw new DerError('a length is longer than the data', start + 1, 'cut_off');
  return { tag, contentStart, end };
}

function readElement(source: Uint8Array, start: number, limit: number, depth: number): DerNode {
  if (depth > MAX_DEPTH) throw new DerError('it is nested too deeply', start);
  const { tag, contentStart, end } = readStart(source, start, limit);

  const constructed = (tag & 0x20) !== 0;
  if ((tag & 0xc0) === 0) {
    const number = tag & 0x1f;
    if (constructed !== (number === 0x10 || number === 0x11)) {
      throw new DerError('a type is constructed where DER has it primitive, or the other way round', start);
    }
    if (!constructed) checkPrimitive(source, number, contentStart, end);
  }
  if (!constructed) return { tag, source, start, contentStart, end, children: NO_CHILDREN };

  const children: DerNode[] = [];
  for (let offset = contentStart; offset < end; ) {
    const child = readElement(source, offset, end, depth + 1);
    children.push(child);
    offset = child.end;
  }
  const node: DerNode = { tag, source, start, contentStart, end, children };
  if (tag === 0x31 && children.length > 1) checkSorted(children);
  return node;
}

function checkPrimitive(source: Uint8Array, number: number, start: number, end: number): void {
  const length = end - start;
  const first = source[start] ?? 0;
  const second = source[start + 1] ?? 0;
  const last = source[end - 1] ?? 0;
  switch (number) {
    case 0x01:
      if (length !== 1 || (first !== 0 && first !== 0xff)) throw new DerError('a BOOLEAN is neither 00 nor FF', start);
      return;
    case 0x02:
    case 0x0a:
      if (length === 0) throw new DerError('an INTEGER is empty', start);
      if (length > 1 && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80))) {
        throw new DerError('an INTEGER is not minimal', start);
      }
      return;
    case 0x03:
      if (length === 0 || first > 7 || (length === 1 && first !== 0) || (last & ((1 << first) - 1)) !== 0) {
        throw new DerError('a BIT STRING has wrong padding bits', start);
      }
      return;
    case 0x05:
      if (length !== 0) throw new DerError('a NULL is not empty', start);
      return;
    case 0x06:
      if (length === 0 || last >= 0x80) throw new DerError('an OBJECT IDENTIFIER is cut off', start);
      for (let i = start; i < end; i++) {
        if (source[i] === 0x80 && (i === start || (source[i - 1] ?? 0) < 0x80)) {
          throw new DerError('an OBJECT IDENTIFIER is not minimal', start);
        }
      }
      return;
  }
}

function checkSorted(children: readonly DerNode[]): void {
  for (let i = 1; i < children.length; i++) {
    const before = children[i - 1];
    const after = children[i];
    if (before && after && compareOctets(encodedOf(before), encodedOf(after)) > 0) {
      throw new DerError('a SET is not in DER order', after.start);
    }
  }
}
