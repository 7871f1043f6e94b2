import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeApi } from '../../api/app.ts';
import { makeAuthorities } from '../../core/ca/account-authority.ts';
import { toPem } from '../../core/ca/certificate.ts';
import { makeKeyPair } from '../../core/ca/keys.ts';
import { makeSerial } from '../../core/ca/serial.ts';
import { loadConfig } from '../../core/config/config.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { makeLogger } from '../../core/logger.ts';
import { insert } from '../../core/store/plan.ts';
import type { Certificate } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { keepResponders } from '../../worker/publish/responders.ts';
import { apiEnvironment } from './api-env.ts';
import { awayRedis } from './away-redis.ts';
import { aCertificate, anAccount } from './rows.ts';
import { temporaryStore } from './store.ts';
import { makeTestClock } from './worker-rig.ts';

export const ACCOUNT = 'T0ACME';

export type ApiRig = Awaited<ReturnType<typeof startApiRig>>;

/**
 * The api on a free port, against a real database with an account, its authority and (once something was issued and
 * `keepResponders` was called) its OCSP responder. It has the keys that it is given in production, and no Redis.
 * @param env what the configuration says besides; for the OpenAPI with a worker behind it see esa-rig.ts.
 */
export async function startApiRig(wrap: (store: Store) => Store = (store) => store, env: Record<string, string> = {}) {
  const clock = makeTestClock();
  const store = temporaryStore();
  const keys = deriveSealingKeys(new Uint8Array(32).fill(1));
  await store.commit([insert('accounts', anAccount({ id: ACCOUNT }))]);
  const authorities = makeAuthorities({ store, clock, keys });
  const authority = await authorities.current(ACCOUNT);
  const log: string[] = [];
  const logger = makeLogger('api', 'debug', (line) => void log.push(line));
  const { config, keys: given } = loadConfig('api', { ...apiEnvironment(keys), ...env });
  const announce = { request: () => undefined, message: () => undefined };
  const rest = { clock, logger, announce, redis: awayRedis(), makeKeyPair };
  const api = makeApi({ config, keys: given, store: wrap(store), ...rest });
  const { port, tlsPort } = await api.start();
  const folder = mkdtempSync(join(tmpdir(), 'cs-api-'));
  const authorityFile = join(folder, 'authority.pem');
  writeFileSync(authorityFile, toPem(authority.row.certificate, 'CERTIFICATE'));

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    tlsPort,
    api,
    store,
    clock,
    keys,
    authorities,
    authority,
    /** For files of programs that are asked; gone at the end. */
    folder,
    authorityFile,
    /** Every line that was logged. */
    log,
    /** The row of a certificate of the authority, without a certificate: enough to be asked about. */
    async issue(set: Partial<Certificate> = {}): Promise<Certificate> {
      const serial = makeSerial((octets) => crypto.getRandomValues(new Uint8Array(octets)));
      const requestId = randomUUID();
      const row = aCertificate({ authorityId: authority.row.id, serial, requestId, madeBy: requestId, ...set });
      await store.commit([insert('certificates', row)]);
      return row;
    },
    keepResponders: () => keepResponders({ store, clock, keys, authorities, logger }),
    async [Symbol.asyncDispose]() {
      await api.stop();
      await store[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
