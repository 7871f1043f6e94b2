import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { makeSerial } from '../../core/ca/serial.ts';

/** Revoked certificates straight into the database, with no more in them than a snapshot and a CRL ask for. */
export function fillRevoked(
  path: string,
  { accountId, authorityId, count }: { accountId: string; authorityId: string; count: number },
): void {
  const connection = new Database(path);
  connection.pragma('synchronous = OFF');
  connection.pragma('cache_size = -1000000');
  const row = connection.prepare(
    `insert into certificates (id, account_id, authority_id, serial, site_id, site_name, request_id, made_by, owner_id,
       name, key_algorithm, spki_sha256, shard, state, tbs, not_before, not_after, revoked_at, revocation_reason,
       created_at, version) values (?, ?, ?, ?, 's', 'example.com', ?, 'm', 'U', 'n', 'k', 'x', ?, 'revoked', x'00',
       0, ?, 0, 'keyCompromise', 0, 1)`,
  );
  // In their order, so that every index grows at its end.
  const serials = Array.from({ length: count }, () => makeSerial(randomBytes)).sort();
  connection.transaction(() => {
    for (const [i, serial] of serials.entries()) {
      row.run(serial, accountId, authorityId, serial, serial, i % 100, Date.now() + 1e10);
    }
  })();
  // Else what is measured would write all of it into place with its first commit, and to the disk.
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}
