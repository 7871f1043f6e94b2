import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  ACCESS_KEY_ID,
  ACCESS_KEY_SECRET,
  makeAccessKeyId,
  makeAccessKeySecret,
} from '../../../core/access/credentials.ts';
import { makeLogger, withoutSecrets } from '../../../core/logger.ts';

describe('the halves of an API key', () => {
  it('have fixed forms that cannot be taken for one another', () => {
    for (let n = 0; n < 200; n += 1) {
      const [id, secret] = [makeAccessKeyId(randomBytes), makeAccessKeySecret(randomBytes)];
      expect(id).toMatch(ACCESS_KEY_ID);
      expect(secret).toMatch(ACCESS_KEY_SECRET);
      expect(id).not.toMatch(ACCESS_KEY_SECRET);
      expect(secret).not.toMatch(ACCESS_KEY_ID);
    }
  });

  it('use every letter equally: all values of an octet fall on the 32 letters eight times each', () => {
    const octets = Uint8Array.from({ length: 256 }, (_, n) => n);
    const letters = Array.from({ length: 256 }, (_, n) => makeAccessKeyId(() => octets.subarray(n, n + 1)).slice(4));
    const counts = new Map<string, number>();
    for (const letter of letters) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect([...counts.values()]).toEqual(Array.from({ length: 32 }, () => 8));
  });

  it('come from as many random octets as they say, and are different each time', () => {
    const asked: number[] = [];
    const random = (octets: number) => {
      asked.push(octets);
      return randomBytes(octets);
    };
    expect(makeAccessKeySecret(random)).not.toBe(makeAccessKeySecret(random));
    expect(asked).toEqual([40, 40]);
  });

  it('are told apart by the logger: the secret is cut out wherever it stands, the ID is not', () => {
    const [id, secret] = [makeAccessKeyId(randomBytes), makeAccessKeySecret(randomBytes)];
    const lines: string[] = [];
    const logger = makeLogger('x', 'info', (line) => void lines.push(line));
    logger.info({ id, nested: { url: `https://x/?s=${secret}&y` }, error: new Error(`bad ${secret}`) }, 'said');
    expect(lines.join('')).toContain(id);
    expect(lines.join('')).not.toContain(secret.slice(10, 30));
    expect(withoutSecrets(`"${secret}"`)).toBe('"[secret]"');
  });
});
