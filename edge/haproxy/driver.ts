import { createReadStream, createWriteStream } from 'node:fs';
import { appendFile, mkdir, readFile, readlink, rename } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toPem } from '../../core/ca/certificate.ts';
import type { Driver, ProxyState, RevocationChange, RevokedBy } from '../proxy/driver.ts';
import { ProxyRefused } from '../proxy/driver.ts';
import { entriesOf, pointTo, removeAll, run, untilVersion, writeWhole } from '../proxy/effects.ts';
import { type HostPlan, type IssuerPattern, word } from '../proxy/plan.ts';
import { type HaproxyPlaces, haproxyConfig } from './config.ts';
import { decideScript } from './script.ts';

export type HaproxyOptions = {
  /** The agent's folder, which HAProxy reads; its `conf` is a second `-f` of HAProxy's, a folder. */
  folder: string;
  bind: string;
  /** `haproxy -c -f ... -f conf`, and what makes the running one reload. */
  test: readonly string[];
  reload: readonly string[];
  /** Whether it has Lua, without which it asks nobody. */
  asks: boolean;
};

/** So long after a release the file is written anew, for several at once. */
const RELEASED_MS = 1_000;
const TEST_MS = 60_000;
const RELOAD_MS = 60_000;
/** HAProxy reads a line of at most 16 KiB from its command socket. */
const COMMANDS_AT_ONCE = 100;

/**
 * Drives an HAProxy that was given the folder `conf` beside its own configuration. What is revoked is a map, changed at
 * run time; its file is written first, so that a reload forgets nothing.
 */
export function makeHaproxyDriver({ folder, bind, test, reload, asks }: HaproxyOptions): Driver {
  const link = join(folder, 'conf', 'countersign.cfg');
  const revoked = join(folder, 'revoked.map');
  const statusOf = (path: string) => ({ shared: join(folder, 'status.sock'), own: join(path, 'status.sock') });
  let version = Date.now();
  let lists = 0;
  /** Something was released that a file may still name. */
  let isReleased = false;
  let rewriting: Promise<void> | undefined;
  const ended = new AbortController();
  /** The folder of the version that HAProxy runs, and of the one that it is about to run. */
  let inForce: string | undefined;
  let starting: string | undefined;
  /** Whether that is one of this agent's. */
  let isOwn = false;
  let applying: Promise<void> | undefined;
  let newest: () => readonly RevokedBy[] = () => [];
  /**
   * Each hears of every change while it is here: a list that is being written does not have them, and a process that
   * was just starting may have read the file before them.
   */
  const collectors = new Set<RevocationChange[]>();
  let fileTask: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(task: () => Promise<T>): Promise<T> => {
    const done = fileTask.then(task, task);
    fileTask = done.catch(() => undefined);
    return done;
  };

  const tell = async (version: string, changes: readonly RevocationChange[]) => {
    for (let first = 0; first < changes.length; first += COMMANDS_AT_ONCE) {
      const some = changes.slice(first, first + COMMANDS_AT_ONCE);
      await command(commandsOf(version), some.map((one) => commandFor(revoked, one)).join(';'));
    }
  };

  /** Writes the list whole; what changes while it is written goes into the old file too, so nothing waits for it. */
  const writeList = async (revocations: readonly RevokedBy[], since: readonly RevocationChange[]) => {
    lists += 1;
    const path = `${revoked}.${lists}.new`;
    try {
      await pipeline(Readable.from(lines(revocations), { objectMode: true }), createWriteStream(path, { flush: true }));
      await inOrder(async () => {
        await appendFile(path, addedIn(since), { flush: true });
        await rename(path, revoked);
      });
    } catch (error) {
      await removeAll([path]);
      throw error;
    }
  };

  /** A file that still names what was released would have it revoked again with somebody else's reload. */
  const rewriteSoon = () => {
    isReleased = true;
    rewriting ??= rewrite().finally(() => {
      rewriting = undefined;
      if (isReleased && !ended.signal.aborted) rewriteSoon();
    });
  };
  const rewrite = async (): Promise<void> => {
    const since: RevocationChange[] = [];
    try {
      await wait(RELEASED_MS, undefined, { ref: false, signal: ended.signal });
      isReleased = false;
      collectors.add(since);
      await writeList(newest(), since);
    } catch {
      // It says more than is so, which errs on the safe side.
    } finally {
      collectors.delete(since);
    }
  };

  const writeVersion = async (path: string, state: ProxyState): Promise<void> => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const places: HaproxyPlaces = {
      certificates: join(path, 'certificates.list'),
      issuers: join(path, 'issuers.map'),
      blocked: join(path, 'blocked.map'),
      script: asks ? join(path, 'decide.lua') : undefined,
      log: join(folder, 'log.sock'),
      revoked,
      commands: commandsOf(path),
      status: statusOf(path),
      bind,
    };
    await writeCertificates(path, places.certificates, state.hosts);
    const issuers = state.issuers.map(({ pattern, authorityId }) => `${pattern} ${word(authorityId)}\n`);
    await writeWhole(places.issuers, issuers.join(''));
    await writeWhole(places.blocked, state.blockedFingerprints.map((one) => `${word(one)} 1\n`).join(''));
    if (places.script) await writeWhole(places.script, decideScript(join(folder, 'decide.sock')));
    await writeWhole(join(path, 'countersign.cfg'), haproxyConfig(state.hosts, places, version));
  };

  /**
   * What the agent before this one has put in force goes on, and is to revoke what this one's list does: it was not told
   * of what came between the two. Only the first configurations that HAProxy refuses lead here.
   */
  const takeUp = async (version: string, { issuers }: ProxyState, since: readonly RevocationChange[]) => {
    await replaceMap(commandsOf(version), revoked, await idsThere(join(version, 'issuers.map'), issuers));
    await tell(version, since);
  };

  const apply = async (state: ProxyState): Promise<void> => {
    // From here on it hears of every change, so that none falls between the list and the reload.
    const since: RevocationChange[] = [];
    collectors.add(since);
    const before = await readlink(link).catch(() => undefined);
    inForce ??= before && dirname(before);
    version += 1;
    const path = join(folder, 'versions', String(version));
    try {
      await mkdir(join(folder, 'conf'), { recursive: true, mode: 0o700 });
      await writeList(state.revocations, since);
      await writeVersion(path, state);
      await pointTo(link, join(path, 'countersign.cfg'));
      await run(test, TEST_MS);
      starting = path;
      await run(reload, RELOAD_MS);
      await untilVersion(statusOf(path), version, RELOAD_MS);
      inForce = path;
      await tell(path, since);
    } catch (error) {
      await pointTo(link, before);
      if (!isOwn && inForce) {
        await takeUp(inForce, state, since).catch((also: Error) => {
          throw new ProxyRefused(`${(error as Error).message}; nor was it told what was revoked: ${also.message}`);
        });
      }
      throw error;
    } finally {
      collectors.delete(since);
      starting = undefined;
    }
    isOwn = true;
    // Everything that HAProxy reads from a version it has read by now.
    await removeAll((await entriesOf(join(folder, 'versions'))).filter((one) => one !== path));
  };

  return {
    // The list is in the file, and the running HAProxy is told where it does not come to read it: see `apply`.
    takeUp: async () => undefined,

    async apply(state) {
      applying = apply(state).finally(() => {
        applying = undefined;
      });
      await applying;
    },

    async change(changes, revocations) {
      for (const since of collectors) since.push(...changes);
      const added = addedIn(changes);
      // Begun with a line end: the last one may have been written in part, on a disk that was full.
      if (added !== '') await inOrder(() => appendFile(revoked, `\n${added}`, { flush: true }));
      newest = revocations;
      if (changes.some((one) => !one.revoked)) rewriteSoon();
      const [now, soon] = [inForce, starting];
      const told = await Promise.allSettled([now, soon].flatMap((one) => (one ? [tell(one, changes)] : [])));
      const failed = told.find((one) => one.status === 'rejected');
      // Of two, one is about to end and one may not have begun: the one that stays is told at the end of its reload.
      if (failed && !applying) throw failed.reason;
      if (failed) await applying;
    },

    isCrowded: () => false,

    async stop() {
      ended.abort();
      await Promise.all([rewriting, applying?.catch(() => undefined)]);
    },
  };
}

// With each version, so that each process makes its own: one whose socket is gone gets another with its next reload.
const commandsOf = (version: string) => join(version, 'commands.sock');

function addedIn(changes: readonly RevocationChange[]): string {
  return changes
    .filter((one) => one.revoked)
    .map((one) => `${keyOf(one)} 1\n`)
    .join('');
}

function keyOf({ authorityId, serial }: Pick<RevocationChange, 'authorityId' | 'serial'>): string {
  return `${word(authorityId)}:${word(serial)}`;
}

function commandFor(map: string, change: RevocationChange): string {
  return change.revoked ? `add map ${map} ${keyOf(change)} 1` : `del map ${map} ${keyOf(change)}`;
}

/** @throws ProxyRefused when HAProxy says anything: it answers with an empty line when all is well. */
async function command(socketPath: string, line: string): Promise<void> {
  // What is not there cannot be taken away, and that is what was wanted.
  const problems = (await say(socketPath, line))
    .split('\n')
    .filter((one) => one.trim() !== '' && !/^(Key not found|entry not found)/i.test(one));
  if (problems.length > 0) throw new ProxyRefused(`HAProxy refused a change of its map: ${problems.join(' ')}`);
}

/** @returns what HAProxy answers, the last of it where that is long. */
function say(socketPath: string, line: string): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const connection = createConnection({ path: socketPath, timeout: 5_000 });
    let text = '';
    connection.setEncoding('utf8').on('data', (chunk: string) => {
      text = `${text}${chunk}`.slice(-2_000);
    });
    connection.once('end', () => resolve(text));
    connection.once('timeout', () => connection.destroy(new Error('HAProxy does not answer its command socket')));
    connection.once('error', reject);
    connection.end(`${line}\n`);
  });
}

/** Fits into one buffer of HAProxy's, whatever its size was set to. */
const PAYLOAD_OCTETS = 12_000;

/**
 * Has a running HAProxy know what is in the file and nothing else, in one step.
 * @param idsOf under which ids it knows an authority.
 */
async function replaceMap(
  socket: string,
  map: string,
  idsOf: (authorityId: string) => readonly string[],
): Promise<void> {
  const prepared = await say(socket, `prepare map ${map}`);
  const [, version] = /New version created: (\d+)/.exec(prepared) ?? [];
  if (version === undefined) throw new ProxyRefused(`HAProxy takes no new list: ${prepared.trim()}`);
  let payload = '';
  const add = async () => {
    if (payload !== '') await command(socket, `add map @${version} ${map} <<\n${payload}`);
    payload = '';
  };
  for await (const line of createInterface({ input: createReadStream(map) })) {
    // The last one may have been written in part.
    const [, authorityId = '', serial] = /^([\w-]+):([0-9a-f]+) 1$/.exec(line) ?? [];
    if (serial === undefined) continue;
    for (const id of idsOf(authorityId)) payload += `${id}:${serial} 1\n`;
    if (payload.length > PAYLOAD_OCTETS) await add();
  }
  await add();
  await command(socket, `commit map @${version} ${map}`);
}

/** A version knows an issuer by its name, which may have been that of another entry of the policy then. */
async function idsThere(
  path: string,
  issuers: readonly IssuerPattern[],
): Promise<(authorityId: string) => readonly string[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const then = new Map(text.split('\n').map((line) => line.split(' ') as [string, string]));
  const ids = new Map(issuers.map(({ pattern, authorityId }) => [authorityId, then.get(pattern) ?? authorityId]));
  return (id) => [...new Set([id, ids.get(id) ?? id])];
}

/** Written in pieces, since there may be a million. */
function* lines(revocations: readonly RevokedBy[]): Generator<string> {
  let piece = '';
  for (const { authorityId, serials } of revocations) {
    for (const serial of serials) {
      piece += `${keyOf({ authorityId, serial })} 1\n`;
      if (piece.length < 65_536) continue;
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

/** HAProxy takes certificate and key from one file; it reads it as root, before it gives that up. */
async function writeCertificates(folder: string, listPath: string, hosts: readonly HostPlan[]): Promise<void> {
  const list: string[] = [];
  for (const [index, host] of hosts.entries()) {
    const certificate = join(folder, `${index}.pem`);
    const own = await Promise.all([readFile(host.certificateFile), readFile(host.keyFile)]);
    await writeWhole(certificate, Buffer.concat([own[0], Buffer.from('\n'), own[1]]), 0o600);
    const bundle = join(folder, `${index}.authorities.pem`);
    const pems = host.authorities.map((one) => toPem(Buffer.from(one.certificate, 'base64'), 'CERTIFICATE'));
    if (pems.length > 0) await writeWhole(bundle, pems.join(''));
    const options = pems.length > 0 ? `[ca-file ${word(bundle)} verify optional]` : '[verify none]';
    list.push(`${word(certificate)} ${options} ${word(host.hostname)}\n`);
  }
  await writeWhole(listPath, list.join(''));
}
