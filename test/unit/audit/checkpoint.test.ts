import { describe, expect, it } from 'vitest';
import { findCheckpoint, parseCheckpoint, signCheckpoint, verifyCheckpoint } from '../../../core/audit/checkpoint.ts';
import { deriveAuditKey, parseAuditPublicKey } from '../../../core/audit/key.ts';
import { deriveSealingKeys } from '../../../core/config/secrets.ts';

const keys = deriveSealingKeys(new Uint8Array(32).fill(1));
const key = deriveAuditKey(keys);
const other = deriveAuditKey(deriveSealingKeys(new Uint8Array(32).fill(2)));
const what = { account: 'T0ACME', sequence: 812, hash: 'ab'.repeat(32), at: new Date('2026-03-01T12:00:00Z') };
const line = signCheckpoint(key, what);
const parsed = parseCheckpoint(line);
if (!parsed) throw new Error('the line must be readable');

describe('a checkpoint', () => {
  it('is one line that says what it stands for', () => {
    expect(line).toMatch(/^countersign-audit-v1 T0ACME 812 (ab){32} 2026-03-01T12:00:00\.000Z [\w-]{16} [\w-]{86}$/);
    expect(parsed).toEqual({ ...what, keyId: key.publicKey.id, line });
    expect(verifyCheckpoint(parsed, key.publicKey)).toBe(true);
  });

  it.each([
    ['the account', 'T0ACME', 'T0EVIL'],
    ['the number', ' 812 ', ' 813 '],
    ['the hash', 'abab', 'abac'],
    ['the time', '12:00:00.000Z', '12:00:01.000Z'],
    ['the key id', key.publicKey.id, other.publicKey.id],
  ])('does not stand for another value of %s', (_what, from, to) => {
    const changed = parseCheckpoint(line.replace(from, to));
    if (!changed) throw new Error('still a line');
    expect(verifyCheckpoint(changed, key.publicKey)).toBe(false);
    expect(verifyCheckpoint(changed, other.publicKey)).toBe(false);
  });

  it('is not accepted from another key, whatever key id it claims', () => {
    const forged = signCheckpoint({ ...other, publicKey: { ...other.publicKey, id: key.publicKey.id } }, what);
    const read = parseCheckpoint(forged);
    expect(read?.keyId).toBe(key.publicKey.id);
    expect(read && verifyCheckpoint(read, key.publicKey)).toBe(false);
  });

  it('has one spelling: spare bits of the signature are part of it', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(line.at(-1) as string);
    const twin = parseCheckpoint(`${line.slice(0, -1)}${alphabet[last ^ 1]}`);
    expect(twin && verifyCheckpoint(twin, key.publicKey)).toBe(false);
  });

  it.each([
    ['two spaces', line.replace(' ', '  ')],
    ['a leading zero', line.replace(' 812 ', ' 0812 ')],
    ['a huge number', line.replace(' 812 ', ' 9999999999999999 ')],
    ['capitals in the hash', line.replace('abab', 'ABAB')],
    ['a day that is none', line.replace('2026-03-01', '2026-02-30')],
    ['a line end', `${line}\n`],
    ['another version', line.replace('v1', 'v2')],
    ['an account with a space', line.replace('T0ACME', 'T0 ACME')],
    ['a megabyte', line.padEnd(1_000_000, 'A')],
  ])('is not read with %s', (_what, text) => {
    expect(parseCheckpoint(text)).toBeUndefined();
  });

  it.each([
    ['as it is', line],
    ['in code marks', `\`${line}\``],
    ['in a code block', `\`\`\`\n${line}\n\`\`\``],
    ['quoted', `> ${line}`],
    ['quoted twice and escaped', `&gt; &gt; ${line}`],
    ['in typographic quotes', `“${line}”`],
    ['broken over lines', line.replaceAll(' ', '\n> ')],
    ['with the message around it', `Checkpoint of the audit\n${line}\nNothing has to be done.`],
    ['with no-break spaces', line.replaceAll(' ', '\u00a0')],
  ])('is found in what was copied out of Slack: %s', (_how, copied) => {
    expect(findCheckpoint(copied)).toEqual(parsed);
  });

  it('is not guessed where there are two, or a part of one', () => {
    expect(findCheckpoint(`${line}\n${line}`)).toBeUndefined();
    expect(findCheckpoint(line.slice(0, -1))).toBeUndefined();
    expect(findCheckpoint('')).toBeUndefined();
    expect(findCheckpoint('countersign-audit-v1 '.repeat(10_000))).toBeUndefined();
  });
});

describe('the audit key', () => {
  it('is derived from the sealing key and is not it', () => {
    expect(deriveAuditKey(keys).publicKey.text).toBe(key.publicKey.text);
    const seed = key.privateKey.export({ format: 'jwk' }).d as string;
    expect(Buffer.from(seed, 'base64url').equals(Buffer.from(keys.audit))).toBe(false);
    expect(() => deriveAuditKey({})).toThrow('cannot be opened');
  });

  it('is pinned as 43 characters, as base64 or as PEM, and nothing else is a key', () => {
    const { text, id } = key.publicKey;
    const pem = key.publicKey.key.export({ format: 'pem', type: 'spki' }) as string;
    const base64 = Buffer.from(text, 'base64url').toString('base64');
    for (const given of [text, ` ${text}\n`, base64, pem]) expect(parseAuditPublicKey(given)?.id).toBe(id);
    const priv = key.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    for (const given of ['', text.slice(1), `${text}A`, priv, '-----BEGIN PUBLIC KEY-----', 'x'.repeat(10_000)]) {
      expect(parseAuditPublicKey(given)).toBeUndefined();
    }
  });
});
