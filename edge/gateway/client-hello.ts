/**
 * The server name of a ClientHello (RFC 8446 4.1.2, RFC 6066 3), read before TLS begins: which hostname is asked for
 * decides whether a client certificate will be. Nothing but the name is taken from it; TLS itself judges the rest.
 */
export type Peeked =
  /** Not all of it has arrived. */
  | { state: 'more' }
  | { state: 'name'; serverName: string }
  /** A ClientHello without a name. */
  | { state: 'nameless' }
  /** Something else: no TLS, or no ClientHello that could be. */
  | { state: 'garbage' };

/** Real ones have 200 to 2,000 octets, with a hybrid key exchange; the limit is that of one record. */
export const MAX_HELLO = 16_384;
const MAX_RECORDS = 64;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;

const MORE = { state: 'more' } as const;
const GARBAGE = { state: 'garbage' } as const;

/** @param received everything since the connection began; it may be cut anywhere */
export function peekClientHello(received: Uint8Array): Peeked {
  const hello = joinRecords(received);
  if (hello === undefined) return GARBAGE;
  if (hello.length < 4) return MORE;
  if (hello[0] !== CLIENT_HELLO) return GARBAGE;
  const length = ((hello[1] ?? 0) << 16) | ((hello[2] ?? 0) << 8) | (hello[3] ?? 0);
  if (length > MAX_HELLO) return GARBAGE;
  if (hello.length < 4 + length) return MORE;
  try {
    return readHello(new Reader(hello.subarray(4, 4 + length)));
  } catch {
    return GARBAGE;
  }
}

/** The handshake octets in the records; undefined when they are no handshake records. A record may hold one octet. */
function joinRecords(received: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < received.length; ) {
    const [type, major] = [received[offset], received[offset + 1]];
    if (type !== HANDSHAKE || (major !== undefined && major !== 3)) return undefined;
    if (offset + 5 > received.length) break;
    const length = ((received[offset + 3] ?? 0) << 8) | (received[offset + 4] ?? 0);
    if (length === 0 || length > MAX_HELLO || parts.length === MAX_RECORDS) return undefined;
    parts.push(received.subarray(offset + 5, Math.min(offset + 5 + length, received.length)));
    offset += 5 + length;
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts);
}

function readHello(hello: Reader): Peeked {
  hello.skip(2 + 32);
  hello.take(1);
  hello.take(2);
  hello.take(1);
  if (hello.isAtEnd()) return { state: 'nameless' };
  const extensions = hello.take(2);
  hello.mustEnd();
  let serverName: string | undefined;
  while (!extensions.isAtEnd()) {
    const type = extensions.number(2);
    const value = extensions.take(2);
    if (type !== SERVER_NAME) continue;
    // Twice is forbidden (RFC 8446 4.2), and which one counts must not be a matter of taste.
    if (serverName !== undefined) return GARBAGE;
    const names = value.take(2);
    value.mustEnd();
    if (names.number(1) !== 0) return GARBAGE;
    serverName = Buffer.from(names.take(2).rest()).toString('latin1');
    names.mustEnd();
  }
  return serverName === undefined ? { state: 'nameless' } : { state: 'name', serverName };
}

/** Vectors with a length in front; throws a RangeError beyond the end. */
class Reader {
  readonly #octets: Uint8Array;
  #offset = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  number(octets: number): number {
    let value = 0;
    for (let i = 0; i < octets; i++) value = value * 256 + (this.#octets[this.#offset + i] ?? 0);
    this.skip(octets);
    return value;
  }

  skip(octets: number): void {
    this.#offset += octets;
    if (this.#offset > this.#octets.length) throw new RangeError('it ends too early');
  }

  take(lengthOctets: number): Reader {
    const length = this.number(lengthOctets);
    const start = this.#offset;
    this.skip(length);
    return new Reader(this.#octets.subarray(start, this.#offset));
  }

  rest(): Uint8Array {
    return this.#octets.subarray(this.#offset);
  }

  isAtEnd(): boolean {
    return this.#offset === this.#octets.length;
  }

  mustEnd(): void {
    if (!this.isAtEnd()) throw new RangeError('there is more than belongs here');
  }
}
