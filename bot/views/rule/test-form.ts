import { z } from 'zod';
import type { SubmittedView } from '../../turn.ts';

/** The names that tie the fields of a made-up request to what reads them. */
export const RULE_TEST_VIEW = 'rule_test';
export const TEST_BLOCKS = {
  method: 'method',
  url: 'url',
  headers: 'headers',
  client: 'client',
  certificate: 'certificate',
  name: 'name',
  serial: 'serial',
} as const;
/** From the answer back to the request, as it was filled in. */
export const RULE_TEST_BACK = 'rule_test_back';
export const testAction = (field: keyof typeof TEST_BLOCKS) => `rule_test_${field}`;

export const CERTIFICATES = ['none', 'verified', 'unverified', 'revoked'] as const;

/** What is filled in, as typed: nothing here has been checked. */
export type TestFields = {
  method: string;
  url: string;
  headers: string;
  client: string;
  certificate: (typeof CERTIFICATES)[number];
  /** Common name and serial of the certificate. */
  name: string;
  serial: string;
};

/** What can be typed into each; the metadata of the answer holds 3,000 characters. */
export const TEST_LIMITS = { url: 800, headers: 1_000, short: 128 } as const;

const schema = z.strictObject({
  method: z.string(),
  url: z.string(),
  headers: z.string(),
  client: z.string(),
  certificate: z.enum(CERTIFICATES),
  name: z.string(),
  serial: z.string(),
});
/** Slack: `private_metadata`. */
const METADATA_LIMIT = 3_000;

/** @returns empty when it is more than a view can hold: then there is no way back. */
export function testMetadata(fields: TestFields): string {
  const metadata = JSON.stringify(fields);
  return metadata.length > METADATA_LIMIT ? '' : metadata;
}

export function readTestMetadata(metadata: string): TestFields | undefined {
  try {
    return schema.parse(JSON.parse(metadata));
  } catch {
    return undefined;
  }
}

export function readTestFields(view: SubmittedView): TestFields {
  const field = (name: keyof typeof TEST_BLOCKS) => view.values[TEST_BLOCKS[name]]?.[testAction(name)];
  const text = (name: keyof typeof TEST_BLOCKS) => field(name)?.value?.trim() ?? '';
  const certificate = field('certificate')?.selected_option?.value;
  return {
    method: text('method'),
    url: text('url'),
    headers: text('headers'),
    client: text('client'),
    certificate: CERTIFICATES.find((one) => one === certificate) ?? 'none',
    name: text('name'),
    serial: text('serial'),
  };
}
