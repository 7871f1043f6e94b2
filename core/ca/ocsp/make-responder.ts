import { hash, randomBytes } from 'node:crypto';
import * as events from '../../audit/events.ts';
import type { SealingKeys } from '../../config/secrets.ts';
import { seal } from '../../seal.ts';
import { insert, type Plan } from '../../store/plan.ts';
import type { OcspResponder } from '../../store/rows.ts';
import type { OpenAuthority } from '../account-authority.ts';
import { makeEcKeyPair } from '../keys.ts';
import { prepareResponder } from '../prepare.ts';
import { decideResponderValidity } from '../profile.ts';
import { makeSerial } from '../serial.ts';
import { signLinted } from '../sign.ts';

/**
 * A new delegated responder of an authority: an ECDSA P-256 key of its own, sealed for those who answer, and a
 * certificate by the authority's own key (RFC 6960 4.2.2.2). One for each authority and day: a second worker that has
 * the same idea finds its plan refused as a duplicate.
 * @throws CountersignError `lint_failed`; `too_late` when the authority has ended.
 */
export function planResponder(keys: SealingKeys, authority: OpenAuthority, now: Date): Plan {
  const { row, facts, signer } = authority;
  const { accountId } = row;
  const id = `${row.id}:${now.toISOString().slice(0, 10)}`;
  const { spki, pkcs8 } = makeEcKeyPair('ec-p256');
  const validity = decideResponderValidity(now, facts);
  const serial = makeSerial(randomBytes);
  const commonName = `Countersign OCSP ${accountId} G${row.generation}`;
  const linted = prepareResponder({ serial, issuer: facts, commonName, spki, ...validity }, facts);
  const certificate = Buffer.from(signLinted(linted, signer));
  const responder: OcspResponder = {
    id,
    accountId,
    authorityId: row.id,
    certificate,
    sealedKey: seal(keys, { purpose: 'ocsp', accountId, rowId: id }, pkcs8),
    ...validity,
    createdAt: now,
  };
  pkcs8.fill(0);
  const told = { serial, fingerprint: hash('sha256', certificate), notAfter: validity.notAfter };
  return [insert('ocspResponders', responder), ...events.responderMade({ accountId, at: now }, row, told)];
}
