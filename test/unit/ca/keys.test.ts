import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { makeKeyPool } from '../../../core/ca/key-pool.ts';
import { type KeyPair, makeKeyPair } from '../../../core/ca/keys.ts';
import { KEY_TYPES, type KeyType } from '../../../core/ca/profile.ts';

describe('a new key', () => {
  it.each(Object.keys(KEY_TYPES) as KeyType[])(
    'of type %s opens, and its halves belong together',
    async (keyType) => {
      const { spki, privateKeyPkcs8Pem } = await makeKeyPair(keyType);
      const privateKey = createPrivateKey(privateKeyPkcs8Pem);
      const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
      expect(verify('sha256', spki, publicKey, sign('sha256', spki, privateKey))).toBe(true);
      expect(createPublicKey(privateKey).equals(publicKey)).toBe(true);
      expect(privateKeyPkcs8Pem).toBe(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    },
    120_000,
  );

  it('of an elliptic curve is written right also when its number is short', async () => {
    const keys = await Promise.all(Array.from({ length: 1_500 }, () => makeKeyPair('ec-p256')));
    for (const { spki, privateKeyPkcs8Pem } of keys) {
      const publicKey = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
      expect(verify('sha256', spki, publicKey, sign('sha256', spki, privateKeyPkcs8Pem))).toBe(true);
    }
  });

  it('of RSA leaves the event loop free', async () => {
    // Whatever else the machine does: a loop that makes a key itself is never idle meanwhile.
    const before = performance.eventLoopUtilization();
    await makeKeyPair('rsa-3072');
    expect(performance.eventLoopUtilization(before).utilization).toBeLessThan(0.8);
  }, 60_000);
});

describe('the pool', () => {
  /** Keys that are made when the test says so. */
  function setUp(stock: Partial<Record<KeyType, number>>, concurrency = 1) {
    const begun: { keyType: KeyType; done: (key: KeyPair) => void; fail: (error: Error) => void }[] = [];
    const stop = new AbortController();
    const pool = makeKeyPool({
      stock,
      concurrency,
      signal: stop.signal,
      make: (keyType) => new Promise((done, fail) => begun.push({ keyType, done, fail })),
    });
    const key = (name: string): KeyPair => ({ spki: new Uint8Array(), privateKeyPkcs8Pem: name });
    const finish = async (name: string) => {
      begun.shift()?.done(key(name));
      await setImmediate();
    };
    return { pool, begun, stop, key, finish, types: () => begun.map(({ keyType }) => keyType) };
  }

  it('makes its stock one after the other and then rests', async () => {
    const { begun, finish, types } = setUp({ 'rsa-2048': 2, 'rsa-4096': 1 });
    expect(types()).toEqual(['rsa-2048']);
    await finish('a');
    expect(types()).toEqual(['rsa-2048']);
    await finish('b');
    expect(types()).toEqual(['rsa-4096']);
    await finish('c');
    expect(begun).toHaveLength(0);
  });

  it('gives a ready key at once, each key once, and refills', async () => {
    const { pool, finish, key, types } = setUp({ 'rsa-2048': 1 });
    await finish('a');
    expect(await pool.take('rsa-2048')).toEqual(key('a'));
    expect(types()).toEqual(['rsa-2048']);
    const next = pool.take('rsa-2048');
    await finish('b');
    expect(await next).toEqual(key('b'));
  });

  it('serves people who wait before its shelves, in their order', async () => {
    const { pool, finish, key, types } = setUp({ 'rsa-2048': 2 });
    const first = pool.take('rsa-4096');
    const second = pool.take('rsa-4096');
    await finish('stock');
    expect(types()).toEqual(['rsa-4096']);
    await finish('a');
    await finish('b');
    expect(await Promise.all([first, second])).toEqual([key('a'), key('b')]);
    expect(types()).toEqual(['rsa-2048']);
  });

  it('never makes more at once than it may', () => {
    const { pool, begun } = setUp({ 'rsa-2048': 9 }, 2);
    for (let i = 0; i < 5; i++) void pool.take('rsa-3072');
    expect(begun).toHaveLength(2);
  });

  it('tells the one who waits of a failure and makes the next key', async () => {
    const { pool, begun, finish, key } = setUp({});
    const first = pool.take('rsa-2048');
    const second = pool.take('rsa-2048');
    begun.shift()?.fail(new Error('no entropy'));
    await expect(first).rejects.toThrow('no entropy');
    await finish('b');
    expect(await second).toEqual(key('b'));
  });

  it('stops when told: nobody waits for ever, nothing new begins', async () => {
    const { pool, begun, stop, finish } = setUp({ 'rsa-2048': 3 });
    const waiting = pool.take('rsa-2048');
    stop.abort(new Error('shutting down'));
    await expect(waiting).rejects.toThrow('shutting down');
    await expect(pool.take('rsa-2048')).rejects.toThrow('shutting down');
    await finish('late');
    expect(begun).toHaveLength(0);
  });
});
