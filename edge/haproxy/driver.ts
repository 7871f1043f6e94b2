import { createWriteStream } from 'node:fs';
import { appendFile, mkdir, readFile, readlink, rename } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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

/** Releases since the list was written whole; until then it says more than is so, which errs on the safe side. */
const CROWDED = 10_000;
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
  const commands = join(folder, 'commands.sock');
  const statusSocket = join(folder, 'status.sock');
  let version = Date.now();
  let released = 0;
  /** What has changed since an `apply` began: a process that was just starting may have read the file before it. */
  let meanwhile: RevocationChange[] | undefined;
  let fileTask: Promise<unknown> = Promise.resolve();
  const inOrder = <T>(task: () => Promise<T>): Promise<T> => {
    const done = fileTask.then(task, task);
    fileTask = done.catch(() => undefined);
    return done;
  };

  const tell = async (changes: readonly RevocationChange[]) => {
    for (let first = 0; first < changes.length; first += COMMANDS_AT_ONCE) {
      const some = changes.slice(first, first + COMMANDS_AT_ONCE);
      await command(commands, some.map((one) => commandFor(revoked, one)).join(';'));
    }
  };

  const writeVersion = async (state: ProxyState): Promise<string> => {
    version += 1;
    const path = join(folder, 'versions', String(version));
    await mkdir(path, { recursive: true, mode: 0o700 });
    const places: HaproxyPlaces = {
      certificates: join(path, 'certificates.list'),
      issuers: join(path, 'issuers.map'),
      blocked: join(path, 'blocked.map'),
      script: join(path, 'decide.lua'),
      log: join(folder, 'log.sock'),
      revoked,
      commands,
      statusSocket,
      bind,
    };
    await writeCertificates(path, places.certificates, state.hosts);
    const issuers = state.issuers.map(({ pattern, authorityId }) => `${pattern} ${word(authorityId)}\n`);
    await writeWhole(places.issuers, issuers.join(''));
    await writeWhole(places.blocked, state.blockedFingerprints.map((one) => `${word(one)} 1\n`).join(''));
    await writeWhole(places.script, decideScript(join(folder, 'decide.sock')));
    await writeWhole(join(path, 'countersign.cfg'), haproxyConfig(state.hosts, places, version));
    return path;
  };

  return {
    async apply(state) {
      // Before anything is waited for: from here on, no change is missed.
      const since: RevocationChange[] = [];
      meanwhile = since;
      await mkdir(join(folder, 'conf'), { recursive: true, mode: 0o700 });
      const before = await readlink(link).catch(() => undefined);
      try {
        await inOrder(() => writeMap(revoked, state.revocations, since));
        released = 0;
        const path = await writeVersion(state);
        await pointTo(link, join(path, 'countersign.cfg'));
        await run(test, TEST_MS);
        await run(reload, RELOAD_MS);
        await untilVersion(statusSocket, version, RELOAD_MS);
        await tell(since);
        const old = (await entriesOf(join(folder, 'versions'))).filter((one) => one !== path);
        await removeAll(old);
      } catch (error) {
        await pointTo(link, before);
        throw error;
      } finally {
        meanwhile = undefined;
      }
    },

    async change(changes) {
      meanwhile?.push(...changes);
      const lines = changes.filter(({ revoked }) => revoked).map((one) => `${keyOf(one)} 1\n`);
      await inOrder(() => appendFile(revoked, lines.join(''), { flush: true }));
      released += changes.length - lines.length;
      await tell(changes);
    },

    isCrowded: () => released > CROWDED,
  };
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

async function writeMap(
  path: string,
  revocations: readonly RevokedBy[],
  meanwhile: readonly RevocationChange[],
): Promise<void> {
  await pipeline(
    Readable.from(lines(revocations), { objectMode: true }),
    createWriteStream(`${path}.new`, { flush: true }),
  );
  const added = meanwhile.filter(({ revoked }) => revoked).map((one) => `${keyOf(one)} 1\n`);
  await appendFile(`${path}.new`, added.join(''), { flush: true });
  await rename(`${path}.new`, path);
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
