/**
 * RSA keys made ahead, in memory. Whoever needs one gets it from the shelf at once, or waits for the next one made;
 * shelves are refilled afterwards, people waiting come first. Only `concurrency` keys are in the making at any time,
 * so that the rest of libuv's thread pool stays free for files and names.
 */
import { type KeyPair, makeKeyPair } from './keys.ts';
import type { KeyType } from './profile.ts';

export type KeyPool = {
  /** A key nobody else gets. Rejects with the signal's reason once the pool is stopped. */
  take(keyType: KeyType): Promise<KeyPair>;
};

export function makeKeyPool(options: {
  /** How many keys of a type to keep ready; types left out are made on demand. */
  stock: Partial<Record<KeyType, number>>;
  /** Stops the pool: no further key is begun, the shelves are emptied, people waiting are turned away. */
  signal: AbortSignal;
  concurrency?: number;
  make?: (keyType: KeyType) => Promise<KeyPair>;
}): KeyPool {
  const { stock, signal, concurrency = 1, make = makeKeyPair } = options;
  const stocked = Object.keys(stock) as KeyType[];
  const shelves = new Map<KeyType, KeyPair[]>();
  const inTheMaking: KeyType[] = [];
  let waiting: { keyType: KeyType; resolve: (key: KeyPair) => void; reject: (error: unknown) => void }[] = [];

  const shelf = (keyType: KeyType) => shelves.get(keyType) ?? shelves.set(keyType, []).get(keyType) ?? [];
  const begun = (keyType: KeyType) => inTheMaking.filter((type) => type === keyType).length;
  const waitingFor = (keyType: KeyType) => waiting.filter((one) => one.keyType === keyType).length;

  const nextToMake = () =>
    waiting.find(({ keyType }) => begun(keyType) < waitingFor(keyType))?.keyType ??
    stocked.find((keyType) => shelf(keyType).length + begun(keyType) - waitingFor(keyType) < (stock[keyType] ?? 0));

  const work = () => {
    while (!signal.aborted && inTheMaking.length < concurrency) {
      const keyType = nextToMake();
      if (keyType === undefined) return;
      inTheMaking.push(keyType);
      make(keyType).then(
        (key) => finish(keyType, (one) => (one ? one.resolve(key) : shelf(keyType).push(key))),
        (error) => finish(keyType, (one) => one?.reject(error)),
      );
    }
  };
  const finish = (keyType: KeyType, deliver: (one: (typeof waiting)[number] | undefined) => void) => {
    inTheMaking.splice(inTheMaking.indexOf(keyType), 1);
    // A key that comes too late is not kept: nobody would take it, and it is a secret.
    if (signal.aborted) return;
    const first = waiting.find((one) => one.keyType === keyType);
    waiting = waiting.filter((one) => one !== first);
    deliver(first);
    work();
  };

  signal.addEventListener('abort', () => {
    shelves.clear();
    for (const { reject } of waiting) reject(signal.reason);
    waiting = [];
  });
  work();

  return {
    take(keyType) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const ready = shelf(keyType).shift();
      const key = ready
        ? Promise.resolve(ready)
        : new Promise<KeyPair>((resolve, reject) => waiting.push({ keyType, resolve, reject }));
      work();
      return key;
    },
  };
}
