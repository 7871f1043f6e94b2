import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodedOf } from '../../../core/ca/der/reader.ts';
import { readCertificate } from '../../../core/ca/fields.ts';
import { issuerName, issuerPattern } from '../../../edge/proxy/issuer-name.ts';
import { tools } from '../../support/tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'cs-issuer-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const openssl = (...args: string[]) => execFileSync(tools.openssl as string, args, { cwd: folder, stdio: 'pipe' });

/** A self-signed certificate with these attributes, each a line of an OpenSSL configuration. */
function named(lines: string[], options: { mask?: string; config?: string } = {}): Uint8Array {
  const mask = options.mask ?? 'utf8only';
  writeFileSync(
    join(folder, 'req.cnf'),
    `oid_section = oids\n[req]\nprompt = no\nutf8 = yes\nstring_mask = ${mask}\ndistinguished_name = dn\n[oids]\nours = 1.3.6.1.4.1.55555.1\n[dn]\n${lines.join('\n')}\n`,
  );
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'key.pem'];
  openssl('req', '-x509', '-config', 'req.cnf', ...key, '-out', 'ca.pem', '-days', '3');
  return new X509Certificate(openssl('x509', '-in', 'ca.pem')).raw;
}

const NAMES: Readonly<Record<string, string[]>> = {
  plain: ['CN = Device CA', 'O = Acme'],
  'several of one type': ['OU = one', '1.OU = two', 'CN = x'],
  'a multi-valued relative name': ['O = Acme', 'CN = x', '+OU = y'],
  'characters that are escaped': ['O = "a,b+c\\"d<e>f;g"', 'CN = back\\\\slash'],
  'spaces and a number sign at the ends': ['O = "\\#first"', 'CN = "  inner  spaces  "'],
  'letters beyond ASCII': ['O = Tést 公司', 'CN = 🙂'],
  'an e-mail address and domain components': ['DC = com', '1.DC = example', 'emailAddress = ca@example.com', 'CN = x'],
  'types without a short name': ['ours = something', 'CN = x'],
  'rarer types': ['C = DE', 'ST = Hessen', 'L = F', 'serialNumber = 42', 'SN = s', 'GN = g', 'title = t', 'UID = u'],
  'what would be configuration': ['CN = "x;} load_module /tmp/evil.so; {$host `id` \\n#"'],
};

describe.skipIf(tools.openssl === undefined)('the name of an issuer, as OpenSSL prints it', () => {
  for (const [what, lines] of Object.entries(NAMES)) {
    it(`is the same for ${what}`, () => {
      const subject = encodedOf(readCertificate(named(lines)).subject);
      const printed = openssl('x509', '-in', 'ca.pem', '-noout', '-subject', '-nameopt', 'RFC2253').toString();
      expect(`subject=${issuerName(subject)}\n`).toBe(printed.replace(/^subject= ?/, 'subject='));
    });
  }

  it('is the same for strings of the older types', () => {
    const subject = encodedOf(readCertificate(named(['O = Tést', 'CN = 公司'], { mask: 'MASK:0x804' })).subject);
    const printed = openssl('x509', '-in', 'ca.pem', '-noout', '-subject', '-nameopt', 'RFC2253').toString();
    expect(`subject=${issuerName(subject)}\n`).toBe(printed.replace(/^subject= ?/, 'subject='));
  });

  it('matches as a pattern itself and nothing else, and holds no character but those of the escapes', () => {
    const subject = encodedOf(readCertificate(named(NAMES['what would be configuration'] as string[])).subject);
    const pattern = issuerPattern(subject);
    expect(pattern).toMatch(/^\^(\\x[0-9a-f]{2})+\$$/);
    expect(new RegExp(pattern).test(issuerName(subject))).toBe(true);
    expect(new RegExp(pattern).test(`${issuerName(subject)}x`)).toBe(false);
  });
});
