import { type FileHandle, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Breathe } from '../../core/breathe.ts';
import type { Ed25519PublicKey } from '../../core/ed25519.ts';
import type { Pin } from '../../core/edges/pin.ts';
import { comparePlaces, type Place } from '../../core/snapshot/header.ts';
import { type DeltaMessage, parseMessage } from '../../core/snapshot/messages.ts';
import { assembleSet, type SerialSet } from '../../core/snapshot/serial-set.ts';
import { followSuccessors, type Signed } from '../../core/snapshot/signed.ts';
import { acceptHeader, applyDelta, assembleSnapshot, type Snapshot } from '../../core/snapshot/snapshot.ts';

/**
 * The last good version on disk: one file with a whole version, and a log of the deltas since, each line on disk before
 * it is acknowledged. Nothing in them is believed: all of it is checked again when it is read.
 */
export type Disk = {
  /** What was kept, and a sentence for what of it could not be used. */
  load(
    trusted: Trusted,
  ): Promise<{ snapshot: Snapshot | undefined; successors: readonly Signed[]; problem: string | undefined }>;
  /** Keeps a whole version. */
  save(snapshot: Snapshot, successors: readonly Signed[]): Promise<void>;
  /** Keeps a delta to the version that is kept. */
  append(delta: DeltaMessage): Promise<void>;
  /** What the installation's own gateway was told to trust, with the proof. */
  loadPin(): Promise<ProvenPin | undefined>;
  savePin(pin: ProvenPin): Promise<void>;
  /** Whether the log has become so long that the whole version had better be kept. */
  isLong(): boolean;
  close(): Promise<void>;
};

export type ProvenPin = Pin & { proof: string };

type Trusted = { account: string; key: Ed25519PublicKey };

/** The first line of the file; after it come, of each set, the lengths of its buckets (4 octets each) and the buckets. */
type Front = {
  format: 1;
  signed: Snapshot['signed'];
  successors: readonly Signed[];
  policy: string;
  sets: readonly { authority: string; bits: number }[];
};

const FORMAT = 1;
const FILE = 'snapshot';
const LOG = 'deltas';
const PIN = 'pin';
const MODE = 0o600;
const LONG_LOG_OCTETS = 1024 * 1024;

export async function openDisk(dir: string, breathe: () => Breathe): Promise<Disk> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, FILE);
  const logFile = join(dir, LOG);
  const pinFile = join(dir, PIN);
  let log: FileHandle | undefined;
  let logOctets = 0;
  let wholeOctets = 0;

  const newLog = async () => {
    await log?.close();
    await writeWhole(dir, logFile, [Buffer.alloc(0)]);
    log = await open(logFile, 'a', MODE);
    logOctets = 0;
  };

  const continueLog = async (octets: number) => {
    log = await open(logFile, 'a', MODE);
    await log.truncate(octets);
    logOctets = octets;
  };

  return {
    async load({ account, key }) {
      const octets = await readFile(file).catch(absent);
      if (!octets) return { snapshot: undefined, successors: [], problem: undefined };
      try {
        const { front, body } = readFront(octets);
        if (front.format !== FORMAT) throw new Error('it is of another format');
        const keys = followSuccessors(account, key, front.successors);
        // The whole version may be older than the newest key: any key on the way is one that was trusted.
        const trustedFor = (id: string) => ({ account, key: keys.find((one) => one.id === id) ?? key });
        const header = acceptHeader(front.signed, trustedFor(front.signed.key), undefined);
        const sets = await readSets(front, body, breathe());
        let snapshot = assembleSnapshot(front.signed, header, front.policy, sets);
        wholeOctets = octets.length;
        let problem: string | undefined;
        const written = (await readFile(logFile).catch(absent)) ?? Buffer.alloc(0);
        // What follows the last end of line was cut off in writing.
        const whole = written.subarray(0, written.lastIndexOf(0x0a) + 1);
        const lines = whole.toString('utf8').split('\n').slice(0, -1);
        await continueLog(whole.length);
        for (const line of lines) {
          const delta = parseMessage(line);
          if (delta?.type !== 'delta') {
            problem = 'a line of the log cannot be read';
            break;
          }
          if (isDone(delta, snapshot.header)) continue;
          try {
            snapshot = await applyDelta(snapshot, delta, trustedFor(delta.key), breathe());
          } catch (error) {
            problem = (error as Error).message;
            break;
          }
        }
        return { snapshot, successors: front.successors, problem };
      } catch (error) {
        return { snapshot: undefined, successors: [], problem: (error as Error).message };
      }
    },

    async save(snapshot, successors) {
      const { signed, policyText, sets } = snapshot;
      const front: Front = {
        format: FORMAT,
        signed,
        successors,
        policy: policyText,
        sets: [...sets].map(([authority, { bits }]) => ({ authority, bits })),
      };
      const parts = [Buffer.from(`${JSON.stringify(front)}\n`), ...[...sets.values()].flatMap(partsOfSet)];
      await writeWhole(dir, file, parts);
      wholeOctets = parts.reduce((sum, part) => sum + part.length, 0);
      // Whatever is in the old log is in the file by now, and is passed over if this is cut off here.
      await newLog();
    },

    async append(delta) {
      // Without a whole version before it, a delta is of no use.
      if (!log) throw new Error('there is nothing that it could be added to');
      const line = Buffer.from(`${JSON.stringify(delta)}\n`);
      await log.appendFile(line);
      await log.datasync();
      logOctets += line.length;
    },

    async loadPin() {
      try {
        const pin = JSON.parse((await readFile(pinFile)).toString('utf8')) as Partial<ProvenPin>;
        const { account, pinnedKey, proof } = pin;
        return account && pinnedKey && proof ? { account, pinnedKey, proof } : undefined;
      } catch {
        return undefined;
      }
    },
    savePin: (pin) => writeWhole(dir, pinFile, [Buffer.from(JSON.stringify(pin))]),

    isLong: () => logOctets > Math.max(LONG_LOG_OCTETS, wholeOctets / 4),
    close: async () => {
      await log?.close();
      log = undefined;
    },
  };
}

function isDone(delta: DeltaMessage, than: Place): boolean {
  try {
    return comparePlaces(JSON.parse(delta.header) as Place, than) <= 0;
  } catch {
    return false;
  }
}

function readFront(octets: Buffer): { front: Front; body: Buffer } {
  const end = octets.indexOf(0x0a);
  if (end < 0) throw new Error('it is cut off');
  return { front: JSON.parse(octets.toString('utf8', 0, end)) as Front, body: octets.subarray(end + 1) };
}

async function readSets(front: Front, body: Buffer, breathe: Breathe): Promise<Map<string, SerialSet>> {
  const sets = new Map<string, SerialSet>();
  let at = 0;
  for (const { authority, bits } of front.sets) {
    const lengths = Array.from({ length: 2 ** bits }, (_, i) => body.readUInt32BE(at + 4 * i));
    at += 4 * lengths.length;
    const buckets = lengths.map((length) => {
      at += length;
      // A copy of its own, so that one bucket does not keep the whole file in memory.
      return Buffer.from(body.subarray(at - length, at));
    });
    sets.set(authority, await assembleSet(bits, buckets, breathe));
  }
  if (at !== body.length) throw new Error('it has more or less in it than it says');
  return sets;
}

function partsOfSet({ buckets }: SerialSet): Uint8Array[] {
  const lengths = Buffer.alloc(4 * buckets.length);
  for (const [i, { octets }] of buckets.entries()) lengths.writeUInt32BE(octets.length, 4 * i);
  return [lengths, ...buckets.map(({ octets }) => octets)];
}

/** All of it under its name, or what was there before: also after a power cut. */
async function writeWhole(dir: string, path: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(`${path}.new`, 'w', MODE);
  try {
    await handle.chmod(MODE);
    const octets = parts.reduce((sum, part) => sum + part.length, 0);
    const { bytesWritten } = await handle.writev([...parts]);
    if (bytesWritten !== octets) throw new Error('the disk took only a part');
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.new`, path);
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
