/** A line that is longer than it may be. */
export class LongLineError extends Error {
  constructor() {
    super('a line of the feed is longer than it may be');
    this.name = 'LongLineError';
  }
}

/**
 * Whole lines of a stream, without their ends. What comes after the last end of line is not a line: a connection that
 * was cut off in the middle of one says nothing with it.
 * @throws LongLineError
 */
export async function* readLines(stream: AsyncIterable<Buffer>, mostOctets: number): AsyncGenerator<string> {
  let waiting: Buffer[] = [];
  let octets = 0;
  for await (const piece of stream) {
    let start = 0;
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      waiting.push(piece.subarray(start, end));
      octets += end - start;
      if (octets > mostOctets) throw new LongLineError();
      yield Buffer.concat(waiting).toString('utf8');
      waiting = [];
      octets = 0;
      start = end + 1;
    }
    if (start < piece.length) waiting.push(piece.subarray(start));
    octets += piece.length - start;
    if (octets > mostOctets) throw new LongLineError();
  }
}

const NEWLINE = 0x0a;
