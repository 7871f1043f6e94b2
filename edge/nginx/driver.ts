import { createWriteStream } from 'node:fs';
import { mkdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toPem } from '../../core/ca/certificate.ts';
import type { Logger } from '../../core/logger.ts';
import type { Driver, ProxyState, RevocationChange, RevokedBy } from '../proxy/driver.ts';
import { entriesOf, pointTo, removeAll, run, untilVersion, writeWhole } from '../proxy/effects.ts';
import { word } from '../proxy/plan.ts';
import { type NginxPlaces, nginxConfig } from './config.ts';

export type NginxOptions = {
  /** The agent's folder, which nginx reads; its `countersign.conf` is what nginx's configuration includes. */
  folder: string;
  listen: string;
  /** `nginx -t`, `nginx -s reload`, with what they need to find the configuration. */
  test: readonly string[];
  reload: readonly string[];
  /** `worker_shutdown_timeout` of nginx's configuration: so long old workers read what they were started with. */
  oldWorkersMs: number;
  logger: Logger;
};

/** Changes that one folder holds before they are folded into the map. */
const CROWDED = 10_000;
const TEST_MS = 60_000;
const RELOAD_MS = 60_000;

/** What is revoked as of one moment, and the folder of what has changed since. */
type Base = { path: string; entries: number; changes: number };

/**
 * Drives an nginx that includes `countersign.conf`. That is a link to the version in force; the list of what is revoked
 * is a file beside it, and what changes afterwards is files in a folder, which nginx looks for with each request.
 */
export function makeNginxDriver(options: NginxOptions): Driver {
  const { folder } = options;
  const link = join(folder, 'countersign.conf');
  let version = Date.now();
  /** The newest last; older ones are read by workers that are about to end. */
  let bases: Base[] = [];
  let versions: string[] = [];

  const writeVersion = async (state: ProxyState, base: Base): Promise<string> => {
    version += 1;
    const path = join(folder, 'versions', String(version));
    await mkdir(join(path, 'bundles'), { recursive: true, mode: 0o755 });
    for (const [index, host] of state.hosts.entries()) {
      const pems = host.authorities.map(({ certificate }) => toPem(Buffer.from(certificate, 'base64'), 'CERTIFICATE'));
      if (pems.length > 0) await writeFile(join(path, 'bundles', `${index}.pem`), pems.join(''), { flush: true });
    }
    const places: NginxPlaces = {
      bundles: join(path, 'bundles'),
      revokedMap: join(base.path, 'revoked.map'),
      changes: base.path,
      socket: join(folder, 'decide.sock'),
      accessLog: join(folder, 'access.log'),
      statusSocket: join(folder, 'status.sock'),
      listen: options.listen,
    };
    const text = nginxConfig(state.hosts, state.issuers, places, { version, entries: base.entries });
    await writeWhole(join(path, 'countersign.conf'), text);
    return path;
  };

  /** Nobody has ever read it. */
  const leave = async (base: Base, path: string) => {
    bases = bases.filter((one) => one !== base);
    await removeAll([base.path, path]);
  };

  return {
    async apply(state) {
      // From here on, before anything is waited for, it hears of every change: none falls between the list and the reload.
      const base = newBase(folder);
      const isFirst = bases.length === 0;
      bases = [...bases, base];
      // What an agent before this one has left is old as well.
      const left = isFirst ? await entriesOf(join(folder, 'revoked')) : [];
      const leftBases = left.map((path) => ({ path, entries: 0, changes: 0 }));
      bases = [...leftBases.filter(({ path }) => path !== base.path), ...bases];
      versions = versions.length === 0 ? await entriesOf(join(folder, 'versions')) : versions;
      await makeFolders(base, state.revocations);
      await writeMap(base, state.revocations);
      const path = await writeVersion(state, base);
      const before = await readlink(link).catch(() => undefined);
      await pointTo(link, join(path, 'countersign.conf'));
      let reloads = false;
      try {
        await run(options.test, TEST_MS);
        reloads = true;
        await run(options.reload, RELOAD_MS);
        await untilVersion(join(folder, 'status.sock'), version, RELOAD_MS);
      } catch (error) {
        await pointTo(link, before);
        // Once a reload was asked for, nginx may come to read this list, however late: then it goes on hearing of changes.
        if (reloads) await run(options.reload, RELOAD_MS).catch(() => undefined);
        else await leave(base, path);
        throw error;
      }
      const oldBases = bases.filter((one) => one !== base);
      const oldVersions = versions;
      versions = [path];
      // Old workers go on reading the folders of their version for a while, so they are kept, and kept up to date.
      setTimeout(() => {
        bases = bases.filter((one) => !oldBases.includes(one));
        removeAll([...oldVersions, ...oldBases.map((one) => one.path)]).catch((error: unknown) => {
          options.logger.warn({ error }, 'old versions stay');
        });
      }, options.oldWorkersMs).unref();
    },

    async change(changes) {
      for (const base of bases) {
        for (const one of changes) await writeChange(base, one);
        base.changes += changes.length;
      }
    },

    isCrowded: () => (bases.at(-1)?.changes ?? 0) > CROWDED,
  };
}

function newBase(folder: string): Base {
  return { path: join(folder, 'revoked', `${Date.now()}-${process.hrtime.bigint()}`), entries: 0, changes: 0 };
}

async function makeFolders({ path }: Base, revocations: readonly RevokedBy[]): Promise<void> {
  for (const { authorityId } of revocations) {
    await mkdir(join(path, 'recent', word(authorityId)), { recursive: true });
    await mkdir(join(path, 'released', word(authorityId)), { recursive: true });
  }
  await mkdir(path, { recursive: true });
}

async function writeMap(base: Base, revocations: readonly RevokedBy[]): Promise<void> {
  const file = createWriteStream(join(base.path, 'revoked.map'), { flush: true });
  await pipeline(Readable.from(mapLines(revocations, base), { objectMode: true }), file);
}

/** As nginx prints serials: upper case. Written in pieces, since there may be a million. */
function* mapLines(revocations: readonly RevokedBy[], base: Base): Generator<string> {
  let piece = '';
  for (const { authorityId, serials } of revocations) {
    for (const serial of serials) {
      piece += `${word(authorityId)}:${word(serial).toUpperCase()} 1;\n`;
      base.entries += 1;
      if (piece.length < 65_536) continue;
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

async function writeChange({ path }: Base, { authorityId, serial, revoked }: RevocationChange): Promise<void> {
  const file = (kind: 'recent' | 'released') => join(path, kind, word(authorityId), word(serial).toUpperCase());
  const [made, removed] = revoked ? (['recent', 'released'] as const) : (['released', 'recent'] as const);
  await mkdir(join(path, made, authorityId), { recursive: true });
  await writeFile(file(made), '');
  await rm(file(removed), { force: true });
}
