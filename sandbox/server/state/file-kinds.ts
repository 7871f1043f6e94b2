import type { StoredFile } from './model.ts';

type Kind = { filetype: string; mimetype: string; pretty_type: string };

/** What Slack makes of a name's ending; every other file is plain text or binary, by its bytes. */
const KINDS: Record<string, Kind> = {
  csv: { filetype: 'csv', mimetype: 'text/csv', pretty_type: 'CSV' },
  json: { filetype: 'json', mimetype: 'application/json', pretty_type: 'JSON' },
  pdf: { filetype: 'pdf', mimetype: 'application/pdf', pretty_type: 'PDF' },
  png: { filetype: 'png', mimetype: 'image/png', pretty_type: 'PNG' },
  zip: { filetype: 'zip', mimetype: 'application/zip', pretty_type: 'Zip' },
};
const TEXT: Kind = { filetype: 'text', mimetype: 'text/plain', pretty_type: 'Plain Text' };
const BINARY: Kind = { filetype: 'binary', mimetype: 'application/octet-stream', pretty_type: 'Binary' };

export function kindOf({ name, isText }: Pick<StoredFile, 'name' | 'isText'>): Kind {
  return KINDS[endingOf(name)] ?? (isText ? TEXT : BINARY);
}

/** `csr` of `device.CSR`; empty without a dot. */
export function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}
