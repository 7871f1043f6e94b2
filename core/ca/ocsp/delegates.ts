import { createHash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { SealingKeys } from '../../config/secrets.ts';
import type { Logger } from '../../logger.ts';
import { unseal } from '../../seal.ts';
import type { OcspResponder } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { parseAuthority } from '../authority.ts';
import { OID } from '../der/oids.ts';
import { compareOctets } from '../der/writer.ts';
import { readCertificate } from '../fields.ts';
import { subjectPublicKeyOf } from '../public-key.ts';
import { makeLocalSigner, type Signer } from '../sign.ts';
import { makeLru } from './lru.ts';
import type { CertId } from './request.ts';

/** Who signs for an authority: its delegate, with the key opened. */
export type Delegate = { id: string; certificate: Uint8Array; keyHash: Uint8Array; signer: Signer; notAfter: Date };

/** An authority as those who answer for it know it. */
export type Answering = {
  retired: boolean;
  /** Whether a certificate id names this authority, by name and key, in the hash that was asked with. */
  isIssuerOf(certId: CertId): boolean;
  delegate: Delegate | undefined;
};

/** Hashes that clients ask with. SHA-1 names the issuer here and protects nothing. */
const HASHES: Readonly<Record<string, string>> = {
  [OID.sha1]: 'sha1',
  [OID.sha256]: 'sha256',
  [OID.sha384]: 'sha384',
  [OID.sha512]: 'sha512',
};

/** Authorities whose delegate is open at the same time. */
const OPEN_AT_ONCE = 1_000;
/** How long until a renewed delegate is noticed; the old one is valid for two more weeks. */
const FRESH_MS = 60_000;

/**
 * Finds who answers for an authority, and keeps them at hand for a minute.
 * @returns undefined for an authority that does not exist.
 */
export function makeDelegates(deps: { store: Store; clock: Clock; keys: SealingKeys; logger: Logger }): {
  of(authorityId: string): Promise<Answering | undefined>;
} {
  const known = makeLru<{ answering: Answering; at: number }>(OPEN_AT_ONCE);
  return {
    async of(authorityId) {
      const now = deps.clock.now();
      const seen = known.get(authorityId);
      const age = seen ? now.getTime() - seen.at : Number.POSITIVE_INFINITY;
      const usable = seen?.answering.delegate ? seen.answering.delegate.notAfter > now : true;
      // A clock that was set back makes everything unknown again.
      if (seen && age >= 0 && age < FRESH_MS && usable) return seen.answering;
      const answering = await load(deps, authorityId, now, seen?.answering.delegate);
      // Without a delegate it is looked for again with each question: the first one is made within a second.
      if (answering?.delegate) known.set(authorityId, { answering, at: now.getTime() });
      return answering;
    },
  };
}

async function load(
  deps: { store: Store; keys: SealingKeys; logger: Logger },
  authorityId: string,
  now: Date,
  before: Delegate | undefined,
): Promise<Answering | undefined> {
  const authority = await deps.store.authority(authorityId);
  if (!authority) return undefined;
  const row = await deps.store.ocspResponder(authorityId, now);
  const delegate = row && (row.id === before?.id ? before : openDelegate(deps.keys, row));
  const retired = authority.retiredAt !== null;
  if (!delegate && !retired) deps.logger.error({ authority: authorityId }, 'no valid OCSP responder');
  return { retired, isIssuerOf: makeIssuerTest(authority.certificate), delegate };
}

function makeIssuerTest(certificate: Uint8Array): Answering['isIssuerOf'] {
  const { subjectDer, spki } = parseAuthority(certificate);
  const key = subjectPublicKeyOf(spki);
  const digests = new Map(
    Object.entries(HASHES).map(([id, name]) => [id, { name: digest(name, subjectDer), key: digest(name, key) }]),
  );
  return (certId) => {
    const own = digests.get(certId.hashOid);
    return (
      own !== undefined &&
      compareOctets(own.name, certId.issuerNameHash) === 0 &&
      compareOctets(own.key, certId.issuerKeyHash) === 0
    );
  };
}

function openDelegate(keys: SealingKeys, row: OcspResponder): Delegate {
  const pkcs8 = unseal(keys, { purpose: 'ocsp', accountId: row.accountId, rowId: row.id }, row.sealedKey);
  const signer = makeLocalSigner(pkcs8);
  pkcs8.fill(0);
  const { spki } = readCertificate(row.certificate);
  if (compareOctets(spki, signer.publicKeySpki) !== 0) throw new Error('the key is not that of the certificate');
  // byKey is SHA-1 in every answer, whatever hash was asked with (RFC 6960 4.2.1).
  return {
    id: row.id,
    certificate: row.certificate,
    keyHash: digest('sha1', subjectPublicKeyOf(spki)),
    signer,
    notAfter: row.notAfter,
  };
}

function digest(name: string, octets: Uint8Array): Uint8Array {
  return createHash(name).update(octets).digest();
}
