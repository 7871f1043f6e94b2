import { hash, randomBytes, randomUUID } from 'node:crypto';
import * as events from '../audit/events.ts';
import type { Clock } from '../clock.ts';
import { CountersignError } from '../errors.ts';
import { expect, insert, type Plan, update } from '../store/plan.ts';
import type { Certificate, Request, Site } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { OpenAuthority } from './account-authority.ts';
import { describeCertificate } from './certificate.ts';
import { shardOf } from './crl/crl.ts';
import type { SubjectAltName } from './general-name.ts';
import { pkiUrls } from './pki-urls.ts';
import { prepareLeaf } from './prepare.ts';
import { decideValidity, type LeafIntent, organizationOf } from './profile.ts';
import { readPublicKey } from './public-key.ts';
import { makeSerial } from './serial.ts';
import { signLinted } from './sign.ts';

export type LeafOrder = {
  /** The `issue` request that the certificate answers, and the request whose job makes it (a `show`, or the same). */
  issue: Request;
  madeBy: Request;
  site: Site;
  name: string;
  spki: Uint8Array;
  san: readonly SubjectAltName[];
  validityDays: number;
  /** The end of the certificate that this one replaces: a replacement never lives longer. */
  notAfter: Date | undefined;
  /** The certificate that this one is made to replace, which stays as it is. */
  renewsId?: string | undefined;
  /** What must hold, or happen, together with the reservation of the serial. */
  reserving: Plan;
  /** What happens together with the storing of the certificate. */
  storing: (certificate: Certificate) => Plan;
};

/**
 * Issues one certificate. The intent is stored before a signature exists, and the signature before anybody sees it,
 * so that a crash between two steps leaves an `intended` row that says what may have been signed.
 * @throws CountersignError `overtaken` when what the decision rests on changed meanwhile (retried), `lint_failed`,
 *   `too_late` when the authority has ended.
 */
export async function issueLeaf(
  deps: { store: Store; clock: Clock },
  authority: OpenAuthority,
  order: LeafOrder,
): Promise<Certificate> {
  // 1. Decide what the certificate will say.
  const intent = decideIntent(deps.clock.now(), authority, order);

  // 2. Build and lint it. What is not linted cannot be signed.
  const linted = prepareLeaf(intent, authority.facts);

  // 3. Reserve the serial and record the intent.
  const intended = intendedRow(deps.clock.now(), authority, order, intent, linted.tbs);
  //    An authority that was retired meanwhile signs nothing any more.
  await commitOrThrow(deps.store, [
    ...order.reserving,
    expect('authorities', authority.row),
    insert('certificates', intended),
  ]);

  // 4. Sign.
  const der = Buffer.from(signLinted(linted, authority.signer));

  // 5. Store, with the audit event, before anybody sees it.
  const certificate: Certificate = {
    ...intended,
    state: 'active',
    certificate: der,
    fingerprint: describeCertificate(der).fingerprintSha256,
    version: intended.version + 1,
  };
  const { state, fingerprint } = certificate;
  const who = { accountId: order.issue.accountId, actorId: order.issue.actorId, at: deps.clock.now() };
  await commitOrThrow(deps.store, [
    update('certificates', intended, { state, certificate: der, fingerprint }),
    ...events.certificateIssued(who, certificate),
    ...order.storing(certificate),
  ]);
  return certificate;
}

function decideIntent(now: Date, authority: OpenAuthority, order: LeafOrder): LeafIntent {
  const validity = decideValidity({
    now,
    days: order.validityDays,
    authorityNotBefore: authority.facts.notBefore,
    authorityNotAfter: authority.facts.notAfter,
  });
  const serial = makeSerial(randomBytes);
  const urls =
    authority.pkiUrl === undefined ? undefined : pkiUrls(authority.pkiUrl, authority.row.id, shardOf(serial));
  return {
    serial,
    issuer: authority.facts,
    subject: { commonName: order.name, organization: organizationOf(order.site.name) },
    spki: order.spki,
    san: order.san,
    notBefore: validity.notBefore,
    notAfter: order.notAfter ?? validity.notAfter,
    crlUri: urls?.crl,
    ocspUri: urls?.ocsp,
    caIssuersUri: urls?.caIssuers,
  };
}

function intendedRow(
  now: Date,
  authority: OpenAuthority,
  order: LeafOrder,
  intent: LeafIntent,
  tbs: Uint8Array,
): Certificate {
  const key = readPublicKey(order.spki);
  return {
    id: randomUUID(),
    accountId: order.issue.accountId,
    authorityId: authority.row.id,
    serial: intent.serial,
    siteId: order.site.id,
    siteName: order.site.name,
    requestId: order.issue.id,
    madeBy: order.madeBy.id,
    ownerId: order.issue.actorId,
    name: order.name,
    keyAlgorithm: 'defect' in key ? 'unknown' : key.label,
    spkiSha256: hash('sha256', order.spki),
    shard: shardOf(intent.serial),
    state: 'intended',
    tbs: Buffer.from(tbs),
    certificate: null,
    fingerprint: null,
    notBefore: intent.notBefore,
    notAfter: intent.notAfter,
    shownAt: null,
    heldAt: null,
    holdOrigin: null,
    deletedAt: null,
    revokedAt: null,
    revocationReason: null,
    invalidityAt: null,
    renewsId: order.renewsId ?? null,
    createdAt: now,
    version: 1,
  };
}

async function commitOrThrow(store: Store, plan: Plan): Promise<void> {
  const committed = await store.commit(plan);
  if (!committed.ok) throw new CountersignError('overtaken', { details: { table: committed.table } });
}
