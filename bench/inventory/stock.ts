import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';

const DAY = 86_400_000;
export const SITES = 20;
export const OWNERS = 100;

/**
 * Fills a database with certificates, the event of each and what edges have seen, in one go: a tenth is revoked, a
 * hundredth suspended; of the others a tenth has ended and a tenth ends within 30 days. alice owns one in a hundred,
 * carol a hundred whatever the size; every second name contains `laptop`, one contains `zebra`.
 * @param like what is the same in every certificate: a real one, so that rows have their real size.
 */
export function fillStock(
  path: string,
  count: number,
  like: { accountId: string; authorityId: string; tbs: Buffer; certificate: Buffer; now: Date },
): void {
  const connection = new Database(path);
  connection.pragma('synchronous = OFF');
  connection.pragma('cache_size = -1000000');
  const certificate = connection.prepare(`
    insert into certificates (id, account_id, authority_id, serial, site_id, site_name, request_id, made_by, owner_id,
      name, key_algorithm, spki_sha256, shard, state, tbs, certificate, fingerprint, not_before, not_after, shown_at,
      held_at, revoked_at, revocation_reason, created_at, version)
    values (@id, @accountId, @authorityId, @serial, @siteId, @siteName, @requestId, @requestId, @owner, @name,
      'ECDSA P-256', @spki, @shard, @state, @tbs, @certificate, @fingerprint, @createdAt, @notAfter, @createdAt, @heldAt,
      @revokedAt, @reason, @createdAt, 2)`);
  const event = connection.prepare(`
    insert into audit_events (id, account_id, at, actor_id, action, subject_kind, subject_id, details)
    values (?, ?, ?, ?, 'certificate.issued', 'certificate', ?, ?)`);
  const sighting = connection.prepare(`
    insert into sightings (id, account_id, certificate_id, edge, hostname, last_seen_at) values (?, ?, ?, 'edge-1', ?, ?)`);
  const use = connection.prepare('insert into usage (id, certificate_id, hour_at, count) values (?, ?, ?, ?)');
  const now = like.now.getTime();
  const { accountId, authorityId, tbs, certificate: der } = like;
  connection.transaction(() => {
    for (let n = 0; n < count; n += 1) {
      // Two years of issuing, evenly.
      const createdAt = Math.floor(now - 730 * DAY + (n / count) * 729 * DAY);
      const ending = n % 10 === 1 ? -((n % 300) + 1) : n % 10 === 2 ? (n % 29) + 1 : (n % 600) + 31;
      const state = n % 10 === 0 ? 'revoked' : n % 100 === 55 ? 'held' : 'active';
      const hex = randomBytes(64).toString('hex');
      const id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
      const owner = ownerOf(n, count);
      certificate.run({
        id,
        accountId,
        authorityId,
        serial: `4f${hex.slice(0, 30)}`,
        siteId: n % SITES === 0 ? 'site-1' : `site-${(n % SITES) + 1}`,
        siteName: n % SITES === 0 ? 'example.com' : `team-${n % SITES}.example.com`,
        requestId: `issue-${n}`,
        owner,
        name:
          n === Math.floor(count / 3)
            ? `zebra-${n}`
            : `${n % 2 === 0 ? 'laptop' : n % 4 === 1 ? 'phone' : 'server'}-${n}`,
        spki: hex.slice(64),
        shard: n % 100,
        state,
        tbs,
        certificate: der,
        fingerprint: hex.slice(0, 64),
        createdAt,
        notAfter: now + ending * DAY,
        heldAt: state === 'held' ? createdAt : null,
        revokedAt: state === 'revoked' ? createdAt : null,
        reason: state === 'revoked' ? 'superseded' : state === 'held' ? 'certificateHold' : null,
      });
      event.run(
        `event-${n}`,
        accountId,
        createdAt,
        owner,
        id,
        JSON.stringify({ serial: `4f${hex.slice(0, 30)}`, name: `n-${n}` }),
      );
      if (n % 2 === 0) {
        sighting.run(`${id}:edge-1`, accountId, id, 'api.example.com', now - (n % 1_000) * 60_000);
        use.run(`${id}:edge-1/r1:${now}`, id, now - (n % 40) * 3_600_000, n % 50);
      }
    }
  })();
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

function ownerOf(n: number, count: number): string {
  if (n % Math.max(1, Math.floor(count / 100)) === 3) return 'U0CAROL';
  return n % OWNERS === 7 ? 'U0ALICE' : `U0P${n % OWNERS}`;
}
