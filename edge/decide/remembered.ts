import type { PreparedPolicy } from './policy.ts';
import { digestOf, findStanding, type Presented, readPresented, type Standing } from './verify.ts';

/** What clients send again and again, read once; the oldest goes first. */
const READ = 5_000;
/** What is longer is read each time: a hundred kilobytes that anybody can send anew are not kept. */
const KEPT_OCTETS = 8_192;
/** Some hundred octets each, a chain's certificates not counted. */
const STANDINGS = 20_000;

const read = new Map<string, Presented>();

/** @param ders the certificates of a client, the leaf first. */
export function readRemembered(ders: readonly Uint8Array[]): Presented {
  const digest = digestOf(ders);
  const known = read.get(digest);
  if (known) return known;
  const presented = readPresented(ders, digest);
  if (ders.reduce((sum, der) => sum + der.length, 0) > KEPT_OCTETS) return presented;
  remember(read, READ, digest, presented);
  return presented;
}

/**
 * What signatures have proven under one policy, by hostname and by everything the client sent. It stays true for as
 * long as the policy does; time and revocation are asked again for each request.
 */
export function rememberStandings(policy: PreparedPolicy): (presented: Presented, hostname: string) => Standing {
  const standings = new Map<string, Standing>();
  return (presented, hostname) => {
    const key = `${hostname}/${presented.digest}`;
    const known = standings.get(key);
    if (known) return known;
    const standing = findStanding(presented, policy, hostname);
    remember(standings, STANDINGS, key, standing);
    return standing;
  };
}

function remember<T>(memory: Map<string, T>, most: number, key: string, value: T): void {
  if (memory.size >= most) memory.delete(memory.keys().next().value as string);
  memory.set(key, value);
}
