import { createWriteStream } from 'node:fs';
import { mkdir, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { toPem } from '../../core/ca/certificate.ts';
import type { Logger } from '../../core/logger.ts';
import type { Driver, ProxyState, RevocationChange, RevokedBy } from '../proxy/driver.ts';
import { entriesOf, pointTo, removeAll, run, untilVersion, writeWhole } from '../proxy/effects.ts';
import { type IssuerPattern, word } from '../proxy/plan.ts';
import { type NginxPlaces, nginxConfig } from './config.ts';
import { changesTo, readIds, writeIssuers } from './left.ts';

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
/** So many changes are written as files for what was left; more come with the first configuration alone. */
const MOST_TAKEN_UP = 50_000;
const TEST_MS = 60_000;
const RELOAD_MS = 60_000;

/** What is revoked as of one moment, and the folder of what has changed since. */
type Base = {
  path: string;
  authorityIds: readonly string[];
  /** Under which id an authority is known there: its own, except to an agent that had another policy. */
  idOf(authorityId: string): string;
  entries: number;
  changes: number;
};

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
  /** Written, and not yet in force. */
  let pending: Base | undefined;
  const ended = new AbortController();
  let adopted: Promise<readonly Base[]> | undefined;

  const statusOf = (path: string) => ({ shared: join(folder, 'status.sock'), own: join(path, 'status.sock') });

  const writeVersion = async (path: string, state: ProxyState, base: Base): Promise<void> => {
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
      status: statusOf(path),
      listen: options.listen,
    };
    const text = nginxConfig(state.hosts, state.issuers, places, { version, entries: base.entries });
    await writeWhole(join(path, 'countersign.conf'), text);
  };

  /** The list and the folder of changes to start with; those of an attempt that failed are as good as new ones. */
  const obtainBase = async ({ issuers, revocations }: ProxyState): Promise<Base> => {
    const ids = revocations.map(({ authorityId }) => authorityId);
    if (pending && pending.changes <= CROWDED && isSame(pending.authorityIds, ids)) return pending;
    const base = newBase(folder, ids);
    // From here on it hears of every change, so that none falls between the list and the reload.
    bases = [...bases, base];
    try {
      for (const id of ids) {
        await mkdir(join(base.path, 'recent', word(id)), { recursive: true });
        await mkdir(join(base.path, 'released', word(id)), { recursive: true });
      }
      await mkdir(join(base.path, 'recent'), { recursive: true });
      await writeIssuers(base.path, issuers);
      await writeMap(base, revocations);
    } catch (error) {
      bases = bases.filter((one) => one !== base);
      await removeAll([base.path]);
      throw error;
    }
    pending = base;
    return base;
  };

  /** What an agent before this one has left: nginx may be reading it. */
  const adopt = (issuers: readonly IssuerPattern[]): Promise<readonly Base[]> => {
    adopted ??= (async () => {
      const left = await entriesOf(join(folder, 'revoked'));
      const own = new Set(bases.map(({ path }) => path));
      const older: Base[] = [];
      for (const path of left.filter((one) => !own.has(one)).sort()) {
        older.push({ path, authorityIds: [], idOf: await readIds(path, issuers), entries: 0, changes: 0 });
      }
      bases = [...older, ...bases];
      versions = [...(await entriesOf(join(folder, 'versions'))), ...versions];
      return older;
    })();
    return adopted;
  };

  const forget = async (oldBases: readonly Base[], oldVersions: readonly string[]): Promise<void> => {
    await wait(options.oldWorkersMs, undefined, { ref: false, signal: ended.signal }).catch(() => undefined);
    // What is left is taken up by the next agent.
    if (ended.signal.aborted) return;
    bases = bases.filter((one) => !oldBases.includes(one));
    await removeAll([...oldVersions, ...oldBases.map((one) => one.path)]).catch((error: unknown) => {
      options.logger.warn({ error }, 'old versions stay');
    });
  };

  return {
    async takeUp(issuers, revocations) {
      for (const base of await adopt(issuers)) {
        const changes = await changesTo(base.path, base.idOf, revocations());
        if (changes.length <= MOST_TAKEN_UP) for (const one of changes) await writeChange(base.path, one);
      }
    },

    async apply(state) {
      const obtained = obtainBase(state);
      await adopt(state.issuers);
      const base = await obtained;
      const path = join(folder, 'versions', String(++version));
      const before = await readlink(link).catch(() => undefined);
      let isAsked = false;
      try {
        await writeVersion(path, state, base);
        await pointTo(link, join(path, 'countersign.conf'));
        await run(options.test, TEST_MS);
        isAsked = true;
        await run(options.reload, RELOAD_MS);
        await untilVersion(statusOf(path), version, RELOAD_MS);
      } catch (error) {
        await pointTo(link, before);
        // Once a reload was asked for, nginx may come to read this version, however late: then its list goes on hearing of
        // changes, and nginx is asked to go back.
        if (isAsked) {
          versions.push(path);
          await run(options.reload, RELOAD_MS).catch(() => undefined);
        } else await removeAll([path]);
        throw error;
      }
      pending = undefined;
      const oldBases = bases.filter((one) => one !== base);
      const oldVersions = versions;
      versions = [path];
      // Old workers go on reading the folders of their version for a while, so they are kept, and kept up to date.
      void forget(oldBases, oldVersions);
    },

    async change(changes) {
      for (const base of bases) {
        for (const one of changes) {
          await writeChange(base.path, { ...one, authorityId: base.idOf(one.authorityId) });
        }
        base.changes += changes.length;
      }
    },

    isCrowded: () => (bases.at(-1)?.changes ?? 0) > CROWDED,

    async stop() {
      ended.abort();
    },
  };
}

function newBase(folder: string, authorityIds: readonly string[]): Base {
  const path = join(folder, 'revoked', `${Date.now()}-${process.hrtime.bigint()}`);
  return { path, authorityIds, idOf: (id) => id, entries: 0, changes: 0 };
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
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

async function writeChange(path: string, { authorityId, serial, revoked }: RevocationChange): Promise<void> {
  const file = (kind: 'recent' | 'released') => join(path, kind, word(authorityId), word(serial).toUpperCase());
  const [made, removed] = revoked ? (['recent', 'released'] as const) : (['released', 'recent'] as const);
  await mkdir(join(path, made, authorityId), { recursive: true });
  await writeFile(file(made), '');
  await rm(file(removed), { force: true });
}
