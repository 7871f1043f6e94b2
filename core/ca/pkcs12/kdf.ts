/**
 * The key derivation of PKCS #12 (RFC 7292 appendix B.2), for the MAC of every file and for the classic encryption.
 * Works with Web Crypto alone, in a browser and in Node.
 */
type Hash = 'SHA-1' | 'SHA-256';

/** B.3: what the derived octets are for. */
export const PURPOSE = { key: 1, iv: 2, mac: 3 } as const;

/** The block size v of both hashes, in octets. */
const BLOCK = 64;

/**
 * @param password as `bmpString` writes it.
 * @param size octets wanted.
 */
export async function deriveOctets(options: {
  hash: Hash;
  purpose: (typeof PURPOSE)[keyof typeof PURPOSE];
  password: Uint8Array;
  salt: Uint8Array;
  iterations: number;
  size: number;
}): Promise<Uint8Array<ArrayBuffer>> {
  const { hash, purpose, password, salt, iterations, size } = options;
  const diversifier = new Uint8Array(BLOCK).fill(purpose);
  const input = concat(fill(salt), fill(password));
  const out = new Uint8Array(size);
  for (let done = 0; done < size; ) {
    let block = await digest(hash, concat(diversifier, input));
    for (let i = 1; i < iterations; i += 1) block = await digest(hash, block);
    out.set(block.subarray(0, size - done), done);
    done += block.length;
    addToEachBlock(input, fill(block).subarray(0, BLOCK));
  }
  return out;
}

/** A password as UTF-16, big-endian, with two zero octets at its end (RFC 7292 B.1). */
export function bmpString(password: string): Uint8Array {
  const out = new Uint8Array(2 * password.length + 2);
  for (let i = 0; i < password.length; i += 1) {
    out[2 * i] = password.charCodeAt(i) >> 8;
    out[2 * i + 1] = password.charCodeAt(i) & 0xff;
  }
  return out;
}

export function concat(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function digest(hash: Hash, octets: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest(hash, octets));
}

/** Repeated until whole blocks are full; nothing stays nothing. */
function fill(octets: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil(octets.length / BLOCK) * BLOCK);
  for (let i = 0; i < out.length; i += 1) out[i] = octets[i % octets.length] ?? 0;
  return out;
}

/** I = (I + B + 1) mod 2^512, for each block of I. */
function addToEachBlock(input: Uint8Array, b: Uint8Array): void {
  for (let start = 0; start < input.length; start += BLOCK) {
    let carry = 1;
    for (let i = BLOCK - 1; i >= 0; i -= 1) {
      const sum = (input[start + i] ?? 0) + (b[i] ?? 0) + carry;
      input[start + i] = sum & 0xff;
      carry = sum >> 8;
    }
  }
}
