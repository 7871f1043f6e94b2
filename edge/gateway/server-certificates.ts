import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { CountersignError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { HostConfig } from './config.ts';

/** What a hostname is served with. A new object whenever a file has changed. */
export type ServerCertificate = { certificate: string; key: string };

export type ServerCertificates = {
  /** By the hostname of the configuration. */
  of(hostname: string): ServerCertificate;
  /** Looks now whether a file has changed. */
  reload(): void;
  stop(): void;
};

/** Often enough that a renewed certificate is in use before anybody looks; a look is one `stat` for each file. */
const LOOK_EVERY_MS = 2_000;

/**
 * Reads every file. Later, a changed pair is taken when it is whole, fits together and can be used; until then, and when
 * it never is, the one before stays. Files are looked at rather than watched: renewal tools replace them by renaming, by
 * symbolic links and across file systems, where watching is told of nothing.
 * @throws CountersignError `invalid_configuration` with every problem at once
 */
export function watchServerCertificates(hosts: readonly HostConfig[], logger: Logger): ServerCertificates {
  const problems: string[] = [];
  const current = new Map<string, { loaded: ServerCertificate; state: string; host: HostConfig }>();
  for (const host of hosts) {
    try {
      current.set(host.hostname, { loaded: loadPair(host), state: stateOf(host), host });
    } catch (error) {
      problems.push(`  - ${host.hostname}: ${(error as Error).message}`);
    }
  }
  if (problems.length > 0) {
    throw new CountersignError('invalid_configuration', {
      userMessage: ['The server certificates have problems:', ...problems].join('\n'),
    });
  }
  const reload = () => {
    for (const entry of current.values()) {
      const state = stateOf(entry.host);
      if (state === entry.state) continue;
      entry.state = state;
      try {
        entry.loaded = loadPair(entry.host);
        logger.info({ hostname: entry.host.hostname }, 'a server certificate was renewed');
      } catch (error) {
        // Between the writing of the two files they do not fit together: the next look finds them whole.
        logger.warn(
          { hostname: entry.host.hostname, problem: (error as Error).message },
          'a changed server certificate cannot be used, the one before is',
        );
      }
    }
  };
  const timer = setInterval(reload, LOOK_EVERY_MS);
  timer.unref();
  return {
    of: (hostname) => (current.get(hostname) as { loaded: ServerCertificate }).loaded,
    reload,
    stop: () => clearInterval(timer),
  };
}

function loadPair(host: HostConfig): ServerCertificate {
  const certificate = readText(host.certificate);
  const key = readText(host.key);
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate);
  } catch {
    throw new Error(`${host.certificate} holds no certificate in PEM.`);
  }
  let fits: boolean;
  try {
    fits = leaf.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new Error(`${host.key} holds no private key in PEM without a passphrase.`);
  }
  if (!fits) throw new Error(`${host.key} is not the key of ${host.certificate}.`);
  return { certificate, key };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`);
  }
}

/** Differs when either file was written, replaced, or removed. */
function stateOf(host: HostConfig): string {
  return [host.certificate, host.key]
    .map((path) => {
      const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
      return stats ? `${stats.ino}/${stats.size}/${stats.mtimeNs}` : 'none';
    })
    .join(' ');
}
