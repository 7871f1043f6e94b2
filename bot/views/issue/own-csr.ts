import { parseCsr } from '../../../core/ca/csr/csr.ts';
import { filterSan } from '../../../core/ca/csr/san.ts';
import { checkKeyReuse } from '../../../core/ca/key-reuse.ts';
import { CountersignError } from '../../../core/errors.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { Person } from '../../middleware/person.ts';
import { downloadFile } from '../../uploaded-file.ts';
import { refuseField } from '../field-errors.ts';
import { ISSUE_BLOCKS, type IssueForm } from './form.ts';

/** A request is far smaller; the parser takes no more. */
const MOST_OCTETS = 64 * 1024;
const TOO_LONG = 'This file is longer than 64 KiB, which no certificate request is. Upload the request alone.';

/** The field that a problem with the CSR stands beside: the one that was filled in. */
export function csrBlock(form: IssueForm): string {
  return form.file && form.csr.trim() === '' ? ISSUE_BLOCKS.csrFile : ISSUE_BLOCKS.csr;
}

/**
 * A CSR, pasted or uploaded, as it is recorded, and what was repaired or left out.
 * @throws CountersignError `csr_refused` naming the defect and the fix, and whatever `downloadFile` throws.
 */
export async function checkOwnCsr(
  deps: BotDeps,
  person: Person,
  siteName: string,
  form: IssueForm,
): Promise<{ csr: string; notices: readonly string[] }> {
  const parsed = await parseGiven(deps, form);
  filterSan(siteName, parsed.san);
  await reading(checkKeyReuse(deps.store, parsed.spkiSha256, { accountId: person.accountId, actorId: person.userId }));
  return { csr: Buffer.from(parsed.der).toString('base64'), notices: parsed.notices };
}

async function parseGiven(deps: BotDeps, { csr, file }: IssueForm) {
  const pasted = csr.trim() !== '';
  if (pasted && file) refuseField('You pasted a CSR and uploaded a file as well. Take one of them out.');
  if (!file) {
    if (!pasted) refuseField('Paste your CSR here, or upload its file below.');
    return parseCsr(csr);
  }
  const octets = await downloadFile(deps.config.slack, file, MOST_OCTETS, TOO_LONG);
  try {
    return parseCsr(octets);
  } catch (error) {
    throw withDeletion(error);
  }
}

/** What was uploaded stays in Slack until somebody deletes it. */
function withDeletion(error: unknown): unknown {
  if (!(error instanceof CountersignError)) return error;
  const { defect } = error.details;
  if (defect !== 'private_key_pasted' && defect !== 'pkcs12_pasted') return error;
  return new CountersignError('csr_refused', {
    userMessage: `${error.userMessage} The file is in Slack now: delete it there (Files, your files).`,
    details: { defect },
  });
}
