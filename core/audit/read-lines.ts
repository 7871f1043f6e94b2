/** A line with its number, from 1 on; `whole` is false for a last line that no line end follows. */
export type NumberedLine = { number: number; text: string; whole: boolean };

/** Input that cannot be read as what it should be. */
export class UnreadableError extends Error {}

const LINE_FEED = 0x0a;

/**
 * The lines of a stream of UTF-8, one after the other; holds one line at a time.
 * @throws UnreadableError naming the line that is longer than `mostOctets` or not UTF-8.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, mostOctets: number): AsyncGenerator<NumberedLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let rest: Uint8Array[] = [];
  let held = 0;
  const take = (part: Uint8Array) => {
    held += part.length;
    if (held > mostOctets) throw new UnreadableError(`line ${number} is longer than ${mostOctets} octets`);
    rest.push(part);
  };
  const line = (whole: boolean): NumberedLine => {
    try {
      return { number, text: decoder.decode(Buffer.concat(rest)), whole };
    } catch {
      throw new UnreadableError(`line ${number} is not UTF-8`);
    }
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      yield line(true);
      number += 1;
      rest = [];
      held = 0;
      from = end + 1;
    }
    if (from < chunk.length) take(chunk.subarray(from));
  }
  if (held > 0) yield line(false);
}
