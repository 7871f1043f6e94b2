import type { SubmittedView } from '../../turn.ts';
import type { UploadedFile } from '../../uploaded-file.ts';

/** The names that tie the fields of "Upload CA Certificate" to what reads them. */
export const UPLOAD_VIEW = 'ca_upload';
export const UPLOAD_BLOCKS = {
  site: 'site',
  name: 'name',
  certificate: 'certificate',
  file: 'certificate_file',
} as const;
export const UPLOAD_ACTIONS = {
  site: 'ca_upload_site',
  name: 'ca_upload_name',
  certificate: 'ca_upload_certificate',
  file: 'ca_upload_file',
} as const;

/** What is filled in, as typed: nothing here has been checked. */
export type UploadForm = {
  siteId: string;
  name: string;
  certificate: string;
  file: UploadedFile | undefined;
};

export function readUploadForm(view: SubmittedView): UploadForm {
  const field = (name: keyof typeof UPLOAD_BLOCKS) => view.values[UPLOAD_BLOCKS[name]]?.[UPLOAD_ACTIONS[name]];
  return {
    siteId: field('site')?.selected_option?.value ?? '',
    name: field('name')?.value ?? '',
    certificate: field('certificate')?.value ?? '',
    file: field('file')?.files?.[0],
  };
}
