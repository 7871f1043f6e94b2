import { parseCsr } from '../../core/ca/csr/csr.ts';
import { filterSan } from '../../core/ca/csr/san.ts';
import { checkKeyReuse } from '../../core/ca/key-reuse.ts';
import type { Store } from '../../core/store/store.ts';
import { reading } from '../limit.ts';
import type { Person } from '../middleware/person.ts';

/**
 * A pasted CSR as it is recorded, and what was repaired or left out.
 * @throws CountersignError `csr_refused` naming the defect and the fix.
 */
export async function checkOwnCsr(
  store: Store,
  person: Person,
  siteName: string,
  pasted: string,
): Promise<{ csr: string; notices: readonly string[] }> {
  const parsed = parseCsr(pasted);
  filterSan(siteName, parsed.san);
  await reading(checkKeyReuse(store, parsed.spkiSha256, { accountId: person.accountId, actorId: person.userId }));
  return { csr: Buffer.from(parsed.der).toString('base64'), notices: parsed.notices };
}
