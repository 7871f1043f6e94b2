import type { AccessKey } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { EsaError } from './error.ts';
import type { Secrets } from './secrets.ts';
import {
  type Authorization,
  bodyHash,
  findUnsigned,
  isSignedWith,
  parseAuthorization,
  type Signed,
} from './signature.ts';

/** The vendor's window, in both directions. */
const WINDOW_MS = 15 * 60_000;
const DATE_FORM = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const NONCE_FORM = /^[\x21-\x7e]{1,128}$/;

const REQUIRED = ['x-acs-action', 'x-acs-version', 'x-acs-date', 'x-acs-signature-nonce', 'x-acs-content-sha256'];

export type Authenticated = { key: AccessKey; accessKeyId: string; nonce: string };

/** Who says to call, before anything proves it. */
type Claimed = { authorization: Authorization; key: AccessKey & { sealedSecret: Buffer } };

/**
 * What can be said of a call before its body is there: strangers have none read and kept.
 * @throws EsaError
 */
export async function requireKnown(store: Store, headers: Signed['headers'], now: Date): Promise<Claimed> {
  const header = headers['authorization'];
  if (header === undefined) {
    throw new EsaError(
      'MissingAuthorization',
      'The header Authorization is missing. Calls are signed with ACS3-HMAC-SHA256.',
    );
  }
  const authorization = parseAuthorization(header);
  if (!authorization) {
    const form = 'ACS3-HMAC-SHA256 Credential=...,SignedHeaders=...,Signature=...';
    throw new EsaError('MissingAuthorization', `The header Authorization is not of the form ${form}`);
  }
  for (const name of REQUIRED) {
    if (!headers[name]) throw new EsaError('MissingParameter', `The header ${name} is missing.`);
  }
  const key = await store.accessKeyByPublicId(authorization.accessKeyId);
  if (!hasSecret(key)) {
    throw new EsaError('InvalidAccessKeyId.NotFound', 'There is no access key with this AccessKeyId.');
  }
  checkDate(headers['x-acs-date'] ?? '', now);
  return { authorization, key };
}

function hasSecret(key: AccessKey | undefined): key is Claimed['key'] {
  return key !== undefined && key.sealedSecret !== null;
}

/**
 * Who calls. In the vendor's order: the header, the key, the date, the body, the signature; nothing is written before
 * the signature was found right, so that strangers can use up nothing.
 * @throws EsaError
 */
export async function authenticate(
  deps: { store: Store; secrets: Secrets },
  call: Signed,
  now: Date,
): Promise<Authenticated> {
  const { authorization, key } = await requireKnown(deps.store, call.headers, now);
  if (call.headers['x-acs-content-sha256'] !== bodyHash(call.body)) {
    throw new EsaError('SignatureDoesNotMatch', 'The header x-acs-content-sha256 is not the hash of the body.');
  }
  const [unsigned] = findUnsigned(authorization.signedHeaders, call.headers);
  if (unsigned !== undefined) {
    throw new EsaError('SignatureDoesNotMatch', `The header ${unsigned} is not among the signed headers.`);
  }
  if (!isSignedWith(deps.secrets.of(key), call, authorization)) {
    throw new EsaError(
      'SignatureDoesNotMatch',
      'The signature is not the one that this call has with the secret of this key. Check the secret, and that nothing between changes Host, path, query or body.',
    );
  }
  if (key.state !== 'active') {
    throw new EsaError(
      'InvalidAccessKeyId.Inactive',
      'This access key is switched off. Ask an administrator in Slack.',
    );
  }
  const nonce = call.headers['x-acs-signature-nonce'] ?? '';
  if (!NONCE_FORM.test(nonce)) {
    throw new EsaError(
      'MissingParameter',
      'The header x-acs-signature-nonce is longer than 128 characters, or not ASCII.',
    );
  }
  return { key, accessKeyId: authorization.accessKeyId, nonce };
}

function checkDate(text: string, now: Date): void {
  const at = DATE_FORM.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) {
    throw new EsaError('InvalidTimeStamp.Format', 'The header x-acs-date is not of the form 2026-01-31T12:00:00Z.');
  }
  if (Math.abs(at - now.getTime()) > WINDOW_MS) {
    throw new EsaError(
      'InvalidTimeStamp.Expired',
      `The header x-acs-date is more than 15 minutes from the time here, which is ${now.toISOString().slice(0, 19)}Z.`,
    );
  }
}
