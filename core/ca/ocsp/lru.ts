/** A map that keeps the most recently used, for what can be made again. */
export type Lru<V> = { get(key: string): V | undefined; set(key: string, value: V): void };

export function makeLru<V>(limit: number): Lru<V> {
  // A Map keeps the order of insertion: what was used is put to its end.
  const entries = new Map<string, V>();
  return {
    get(key) {
      const value = entries.get(key);
      if (value === undefined) return undefined;
      entries.delete(key);
      entries.set(key, value);
      return value;
    },
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },
  };
}
