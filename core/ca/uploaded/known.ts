import { bold } from '../../slack/text.ts';
import type { UploadedAuthority } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { comparableSubject } from '../subject.ts';
import { refuse } from './refusal.ts';
import type { UploadedCertificate } from './uploaded.ts';

type Known = Pick<Store, 'authorityByKey' | 'authorities' | 'uploadedAuthorities'>;

/**
 * Whether a custom CA stands beside what the account has already.
 * - Never an authority of ours: whoever revokes below those does it elsewhere.
 * - Once per site.
 * - One key under two names would be two authorities to everybody who looks at names, and one to whoever holds it:
 *   what is blocked, unbound or deleted under one name would go on under the other.
 * - The same name with another key, or with the same key and new times (a renewed root), is what replacing a CA looks
 *   like; that both cannot be bound to one hostname is said.
 * @returns sentences to be told with the upload.
 * @throws CountersignError `ca_refused`.
 */
export async function checkBesideOthers(
  store: Known,
  uploaded: Pick<UploadedCertificate, 'der' | 'spkiSha256' | 'subjectSha256' | 'fingerprint'>,
  { accountId, siteId }: { accountId: string; siteId: string },
): Promise<string[]> {
  await refuseManaged(store, uploaded, accountId);
  const others = await store.uploadedAuthorities(accountId);
  const twin = others.find((other) => other.siteId === siteId && other.fingerprint === uploaded.fingerprint);
  if (twin) {
    refuse('already_uploaded', `This certificate is uploaded for this site already, as ${bold(twin.name)}.`);
  }
  const sameKey = others.find(
    (other) => other.spkiSha256 === uploaded.spkiSha256 && other.subjectSha256 !== uploaded.subjectSha256,
  );
  if (sameKey) {
    refuse(
      'key_of_another',
      `The key of this certificate is that of ${bold(sameKey.name)}, under another subject. One key is one CA here: what is blocked under one name must not go on under the other. Upload a root with a key of its own, or delete ${bold(sameKey.name)} first.`,
    );
  }
  return others
    .filter((other) => other.siteId === siteId && other.subjectSha256 === uploaded.subjectSha256)
    .map((other) => beside(other, uploaded.spkiSha256));
}

function beside(other: UploadedAuthority, spkiSha256: string): string {
  const what = other.spkiSha256 === spkiSha256 ? 'the same subject and key as' : 'the same subject as';
  return `It has ${what} ${bold(other.name)}, so the two cannot be bound to one hostname, and CRL and blocks of one do not count for the other.`;
}

async function refuseManaged(
  store: Known,
  uploaded: Pick<UploadedCertificate, 'der' | 'spkiSha256'>,
  accountId: string,
): Promise<void> {
  const managed = await store.authorityByKey(uploaded.spkiSha256);
  if (managed?.accountId === accountId) {
    refuse(
      'own_authority',
      'This is the key of this workspace’s own authority, which needs no upload. Bind hostnames to it with `/mtls bind`.',
    );
  }
  if (managed) {
    refuse('managed_authority', 'This is the key of an authority that Countersign manages for somebody else.');
  }
  const subject = comparableSubject(uploaded.der);
  const generations = await store.authorities(accountId);
  if (generations.some(({ certificate }) => comparableSubject(certificate) === subject)) {
    refuse(
      'subject_of_managed',
      'This certificate has the subject of this workspace’s own authority. A custom CA needs another name.',
    );
  }
}
