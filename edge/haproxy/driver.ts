import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, readFile, readlink, rename } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toPem } from '../../core/ca/certificate.ts';
import type { Driver, ProxyState, RevocationChange, RevokedBy } from '../proxy/driver.ts';
import { ProxyRefused } from '../proxy/driver.ts';
import { entriesOf, pointTo, removeAll, run, untilVersion, writeWhole } from '../proxy/effects.ts';
import { type HostPlan, word } from '../proxy/plan.ts';
import { type HaproxyPlaces, haproxyConfig } from './config.ts';
import { decideScript } from './script.ts';

export type HaproxyOptions = {
  /** The agent's folder, which HAProxy reads; its `conf` is a second `-f` of HAProxy's, a folder. */
  folder: string;
  bind: string;
  /** `haproxy -c -f ... -f conf`, and what makes the running one reload. */
  test: readonly string[];
  reload: readonly string[];
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
export function makeHaproxyDriver({ folder, bind, test, reload }: HaproxyOptions): Driver {
  const link = join(folder, 'conf', 'countersign.cfg');
  const revoked = join(folder, 'revoked.map');
  const statusOf = (path: string) => ({ shared: join(folder, 'status.sock'), own: join(path, 'status.sock') });
  let version = Date.now();
  let lists = 0;
  let willRewrite = false;
  /** The folder of the version that HAProxy runs, and of the one that it is about to run. */
  let inForce: string | undefined;
  let starting: string | undefined;
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
    if (willRewrite) return;
    willRewrite = true;
    void wait(RELEASED_MS, undefined, { ref: false }).then(async () => {
      willRewrite = false;
      const since: RevocationChange[] = [];
      collectors.add(since);
      try {
        await writeList(newest(), since);
      } catch {
        // It says more than is so, which errs on the safe side.
      } finally {
        collectors.delete(since);
      }
    });
  };

  const writeVersion = async (path: string, state: ProxyState): Promise<void> => {
    await mkdir(path, { recursive: true, mode: 0o700 });
    const places: HaproxyPlaces = {
      certificates: join(path, 'certificates.list'),
      issuers: join(path, 'issuers.map'),
      blocked: join(path, 'blocked.map'),
      script: join(path, 'decide.lua'),
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
    await writeWhole(places.script, decideScript(join(folder, 'decide.sock')));
    await writeWhole(join(path, 'countersign.cfg'), haproxyConfig(state.hosts, places, version));
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
      throw error;
    } finally {
      collectors.delete(since);
      starting = undefined;
    }
    // Everything that HAProxy reads from a version it has read by now.
    await removeAll((await entriesOf(join(folder, 'versions'))).filter((one) => one !== path));
  };

  return {
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
  const said = await new Promise<string>((resolve, reject) => {
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
  // What is not there cannot be taken away, and that is what was wanted.
  const problems = said
    .split('\n')
    .filter((one) => one.trim() !== '' && !/^(Key not found|entry not found)/i.test(one));
  if (problems.length > 0) throw new ProxyRefused(`HAProxy refused a change of its map: ${problems.join(' ')}`);
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
