import { parseCsr } from '../../../core/ca/csr/csr.ts';
import { filterSan } from '../../../core/ca/csr/san.ts';
import { checkKeyReuse } from '../../../core/ca/key-reuse.ts';
import type { CountersignError } from '../../../core/errors.ts';
import type { BotDeps } from '../../deps.ts';
import { blockOfGiven, readGiven } from '../../given.ts';
import { reading } from '../../limit.ts';
import type { Person } from '../../middleware/person.ts';
import { ISSUE_BLOCKS, type IssueForm } from './form.ts';

const CSR = {
  thing: 'a CSR',
  /** A request is far smaller; the parser takes no more. */
  most: 64 * 1024,
  tooLong: 'This file is longer than 64 KiB, which no certificate request is. Upload the request alone.',
  holdsAKey: ({ details: { defect } }: CountersignError) =>
    defect === 'private_key_pasted' || defect === 'pkcs12_pasted',
};

/** The field that a problem with the CSR stands beside: the one that was filled in. */
export function csrBlock({ csr: text, file }: IssueForm): string {
  return blockOfGiven({ text, file }, { text: ISSUE_BLOCKS.csr, file: ISSUE_BLOCKS.csrFile });
}

/**
 * A CSR, pasted or uploaded, as it is recorded, and what was repaired or left out.
 * @throws CountersignError `csr_refused` naming the defect and the fix, and whatever `downloadFile` throws.
 */
export async function checkOwnCsr(
  deps: BotDeps,
  person: Person,
  siteName: string,
  { csr: text, file }: IssueForm,
): Promise<{ csr: string; notices: readonly string[] }> {
  const parsed = await readGiven(deps, { text, file }, CSR, parseCsr);
  filterSan(siteName, parsed.san);
  await reading(checkKeyReuse(deps.store, parsed.spkiSha256, { accountId: person.accountId, actorId: person.userId }));
  return { csr: Buffer.from(parsed.der).toString('base64'), notices: parsed.notices };
}
