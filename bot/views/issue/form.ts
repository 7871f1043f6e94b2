import { KEY_TYPES, type KeyType } from '../../../core/ca/profile.ts';
import type { SubmittedView } from '../../turn.ts';
import type { UploadedFile } from '../../uploaded-file.ts';

/** The names that tie the fields of "Create Certificate" to what reads them. */
export const ISSUE_VIEW = 'issue';
export const ISSUE_BLOCKS = {
  site: 'site',
  name: 'name',
  method: 'method',
  csr: 'csr',
  csrFile: 'csr_file',
  keyType: 'key_type',
  validity: 'validity',
  days: 'days',
} as const;
export const ISSUE_ACTIONS = {
  site: 'issue_site',
  name: 'issue_name',
  method: 'issue_method',
  csr: 'issue_csr',
  csrFile: 'issue_csr_file',
  keyType: 'issue_key_type',
  validity: 'issue_validity',
  days: 'issue_days',
} as const;

/** The option that shows the field Days. */
export const CUSTOM = 'custom';

/** What is filled in, as typed: nothing here has been checked. */
export type IssueForm = {
  site: { id: string; name: string } | undefined;
  name: string;
  method: 'system' | 'csr';
  csr: string;
  /** The CSR as a file that was uploaded. */
  file?: UploadedFile | undefined;
  keyType: KeyType;
  /** A number of days, or `custom`. */
  validity: string;
  days: string;
  /** The certificate that is renewed: its site and name are fixed. */
  renewsId?: string | undefined;
};

/** Choices of fields that are hidden at the moment, and what is renewed. Public: Slack keeps it. */
export function hiddenChoices(form: IssueForm): string {
  return JSON.stringify({ keyType: form.keyType, days: form.days.slice(0, 10), renewsId: form.renewsId });
}

export function readIssueForm(view: SubmittedView): IssueForm {
  const field = (name: keyof typeof ISSUE_BLOCKS) => view.values[ISSUE_BLOCKS[name]]?.[ISSUE_ACTIONS[name]];
  const hidden = readHidden(view.privateMetadata);
  const site = field('site')?.selected_option;
  const keyType = field('keyType')?.selected_option?.value ?? hidden.keyType;
  return {
    site: site ? { id: site.value, name: site.text.text } : undefined,
    name: field('name')?.value ?? '',
    method: field('method')?.selected_option?.value === 'csr' ? 'csr' : 'system',
    csr: field('csr')?.value ?? '',
    file: field('csrFile')?.files?.[0],
    keyType: isKeyType(keyType) ? keyType : 'ec-p256',
    validity: field('validity')?.selected_option?.value ?? '',
    days: field('days')?.value ?? hidden.days,
    renewsId: hidden.renewsId,
  };
}

/** Whether the form shows the fields that its own choices ask for. Two quick changes may have crossed. */
export function showsWhatItNeeds(view: SubmittedView, form: IssueForm): boolean {
  const shown = (name: keyof typeof ISSUE_BLOCKS) => view.values[ISSUE_BLOCKS[name]] !== undefined;
  const method = form.method === 'csr' ? shown('csr') : shown('keyType');
  return method && (form.validity !== CUSTOM || shown('days'));
}

function readHidden(metadata: string): { keyType: unknown; days: string; renewsId: string | undefined } {
  try {
    const { keyType, days, renewsId } = JSON.parse(metadata) as Record<string, unknown>;
    const isId = typeof renewsId === 'string' && renewsId.length <= 64;
    return { keyType, days: typeof days === 'string' ? days : '', renewsId: isId ? renewsId : undefined };
  } catch {
    return { keyType: undefined, days: '', renewsId: undefined };
  }
}

function isKeyType(value: unknown): value is KeyType {
  return typeof value === 'string' && Object.hasOwn(KEY_TYPES, value);
}
