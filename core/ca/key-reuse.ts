import { CountersignError } from '../errors.ts';
import type { Store } from '../store/store.ts';

/**
 * A public key that was seen before is signed again only for the same person, as a renewal: never the key of an
 * authority, one reported as leaked, or one of somebody else (who then would not be alone in holding it).
 * @throws CountersignError `csr_refused` with what to do.
 */
export async function checkKeyReuse(
  store: Store,
  spkiSha256: string,
  asking: { accountId: string; actorId: string },
): Promise<void> {
  const refuse = (userMessage: string, defect: string): never => {
    throw new CountersignError('csr_refused', { userMessage, details: { defect } });
  };
  if (await store.authorityByKey(spkiSha256)) {
    refuse('This is the key of a certificate authority. Make a new key for the client.', 'authority_key');
  }
  for (const earlier of await store.certificatesByKey(spkiSha256)) {
    if (earlier.revocationReason === 'keyCompromise') {
      refuse(
        'This key was reported as leaked and is blocked for ever. Make a new key and a new request.',
        'leaked_key',
      );
    }
    if (earlier.accountId !== asking.accountId || earlier.ownerId !== asking.actorId) {
      refuse('This key is already in use by somebody else. Make a new key and a new request.', 'foreign_key');
    }
  }
}
