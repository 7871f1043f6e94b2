/** What an agent before this one has left: a list of what was revoked, and the folder of what had changed since. */
import { createReadStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Breathe, makeBreathe } from '../../core/breathe.ts';
import { buildSet, differenceOf, packSerials, type SerialSet, serialsInRun } from '../../core/snapshot/serial-set.ts';
import type { RevocationChange, RevokedBy } from '../proxy/driver.ts';
import type { IssuerPattern } from '../proxy/plan.ts';

/** Beside the list: under which id it names which issuer. */
export async function writeIssuers(path: string, issuers: readonly IssuerPattern[]): Promise<void> {
  await writeFile(join(path, 'issuers.json'), JSON.stringify(issuers));
}

/**
 * Under which ids the authorities of today are known there. What nginx tells issuers apart by is their name, and that was
 * perhaps the name of another entry first, which is gone from the policy now.
 */
export async function readIds(path: string, issuers: readonly IssuerPattern[]): Promise<(id: string) => string> {
  const then = new Map((await readIssuers(path)).map(({ pattern, authorityId }) => [pattern, authorityId]));
  const ids = new Map(issuers.map(({ pattern, authorityId }) => [authorityId, then.get(pattern) ?? authorityId]));
  return (id) => ids.get(id) ?? id;
}

/** None where they are not there whole: that list was never in force. */
async function readIssuers(path: string): Promise<IssuerPattern[]> {
  try {
    return JSON.parse(await readFile(join(path, 'issuers.json'), 'utf8'));
  } catch {
    return [];
  }
}

/** What has to be changed there so that it revokes the same. What it says of authorities that are none of these stays. */
export async function changesTo(
  path: string,
  idOf: (authorityId: string) => string,
  revocations: readonly RevokedBy[],
): Promise<RevocationChange[]> {
  const breathe = makeBreathe();
  const there = await readRevoked(path);
  const changes: RevocationChange[] = [];
  for (const one of revocations) {
    const authorityId = idOf(one.authorityId);
    const from = await setOf(there.get(authorityId) ?? makePile(), breathe);
    const wanted = makePile();
    for (const serial of one.serials) if (wanted.add(serial)) await breathe();
    const { added, removed } = await differenceOf(from, await setOf(wanted, breathe), breathe);
    for (const serial of serialsInRun(added)) changes.push({ authorityId, serial, revoked: true });
    for (const serial of serialsInRun(removed)) changes.push({ authorityId, serial, revoked: false });
  }
  return changes;
}

/** As nginx reads it: what was released is not revoked, wherever else it is. */
async function readRevoked(path: string): Promise<Map<string, Pile>> {
  const piles = new Map<string, Pile>();
  const released = new Set(await filesBelow(join(path, 'released')));
  const add = (key: string) => {
    const [, authorityId, serial] = /^(.+):((?!00.)(?:[0-9A-F]{2}){1,20})$/.exec(key) ?? [];
    // A line that was not written to its end says nothing: it will be told again.
    if (authorityId === undefined || serial === undefined || released.has(key)) return;
    const pile = piles.get(authorityId) ?? makePile();
    piles.set(authorityId, pile);
    pile.add(serial.toLowerCase());
  };
  for (const key of await filesBelow(join(path, 'recent'))) add(key);
  const map = createReadStream(join(path, 'revoked.map'));
  try {
    for await (const line of createInterface({ input: map })) if (line.endsWith(' 1;')) add(line.slice(0, -3));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return piles;
}

/** `AUTHORITY:SERIAL` for each `AUTHORITY/SERIAL`. */
async function filesBelow(path: string): Promise<string[]> {
  const ids = await readdir(path).catch(() => []);
  const files = await Promise.all(ids.map(async (id) => (await readdir(join(path, id))).map((one) => `${id}:${one}`)));
  return files.flat();
}

/** Serials that are packed a few thousand at a time: a million strings would hold up everybody in the process. */
type Pile = { /** @returns whether some were packed. */ add(serial: string): boolean; runs(): Buffer[] };
const PACKED_AT_ONCE = 4_096;

function makePile(): Pile {
  const runs: Buffer[] = [];
  let loose: string[] = [];
  const pack = () => {
    runs.push(packSerials(loose));
    loose = [];
  };
  return {
    add(serial) {
      loose.push(serial);
      const isMuch = loose.length >= PACKED_AT_ONCE;
      if (isMuch) pack();
      return isMuch;
    },
    runs() {
      pack();
      return runs;
    },
  };
}

const setOf = (pile: Pile, breathe: Breathe): Promise<SerialSet> => buildSet(pile.runs(), breathe);
