import { asCountersignError, type CountersignError } from '../../../core/errors.ts';
import { readDomain } from '../../../core/sites/domain.ts';
import { code } from '../../../core/slack/text.ts';
import { parseAddress } from '../../../core/waf/address.ts';
import { type CertificateFacts, type Facts, factsOf } from '../../../core/waf/facts.ts';
import { refuseField } from '../field-errors.ts';
import { TEST_BLOCKS, type TestFields } from './test-form.ts';

type Target = { scheme: 'http' | 'https'; host: string; target: string };

/** The request that was made up, as an edge would see it, or what is wrong with it, by field. */
export function readTestRequest(fields: TestFields): { facts: Facts } | { errors: Map<string, CountersignError> } {
  const errors = new Map<string, CountersignError>();
  const attempt = <T>(block: keyof typeof TEST_BLOCKS, read: () => T): T | undefined => {
    try {
      return read();
    } catch (thrown) {
      errors.set(TEST_BLOCKS[block], asCountersignError(thrown));
      return undefined;
    }
  };
  const method = attempt('method', () => readMethod(fields.method));
  const url = attempt('url', () => readUrl(fields.url));
  const headers = attempt('headers', () => readHeaders(fields.headers));
  const client = attempt('client', () => readClient(fields.client));
  const serial = attempt('serial', () => readSerial(fields.serial));
  if (method && url && headers && client && serial !== undefined) {
    if (!headers.has('host')) headers.set('host', [url.host]);
    const certificate = url.scheme === 'http' ? null : certificateOf(fields, serial);
    return { facts: factsOf({ ...url, method, version: 'HTTP/1.1', headers, client, certificate }) };
  }
  return { errors };
}

/** RFC 9110 9.1: a token. */
function readMethod(typed: string): string {
  if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,40}$/.test(typed)) return typed;
  return refuseField('A method is one word, such as GET.');
}

/** Taken apart by hand: rules see the path as it is sent, which `URL` would rewrite. */
function readUrl(typed: string): Target {
  const parts = /^(https?):\/\/([^/?#@\s]+)([^\s#]*)$/i.exec(typed);
  const [, scheme = '', authority = '', rest = ''] = parts ?? [];
  const read = readDomain(authority.replace(/:\d{1,5}$/, '').replace(/\.$/, ''));
  if (!parts || 'fault' in read) return refuseField('A whole URL is needed, such as https://api.example.com/v1?a=1.');
  const target = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme: scheme.toLowerCase() as Target['scheme'], host: read.name, target };
}

function readHeaders(typed: string): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (const [index, line] of typed.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parts = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*?)\s*$/.exec(line);
    if (!parts) return refuseField(`Line ${index + 1} is no header: write Name: value.`);
    const [, name = '', value = ''] = parts;
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return headers;
}

function readClient(typed: string): Uint8Array {
  return parseAddress(typed) ?? refuseField('An IP address is needed, such as 192.0.2.7 or 2001:db8::7.');
}

function readSerial(typed: string): string {
  const serial = typed.replace(/[:\s]/g, '').toLowerCase();
  if (/^[0-9a-f]{0,64}$/.test(serial)) return serial;
  return refuseField(`A serial is hex digits, as ${code('/mtls list')} shows it.`);
}

function certificateOf({ certificate, name }: TestFields, serial: string): CertificateFacts | null {
  if (certificate === 'none') return null;
  return {
    verified: certificate === 'verified',
    revoked: certificate === 'revoked',
    fingerprintSha256: '',
    serial,
    subjectCommonName: name,
    issuerKeyId: '',
  };
}
