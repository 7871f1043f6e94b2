import 'reflect-metadata/lite';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { readDer } from '../../../core/ca/der/reader.ts';
import { isPermitted, readNameConstraints } from '../../../edge/decide/name-constraints.ts';

const tlv = (tag: number, ...parts: Uint8Array[]) => {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
};
const nameOf = (text: string) => Buffer.from(new x509.Name(text).toArrayBuffer());
const constraint = (kind: 'permitted' | 'excluded', base: Uint8Array) =>
  readNameConstraints(readDer(tlv(0x30, tlv(kind === 'permitted' ? 0xa0 : 0xa1, tlv(0x30, base)))));
const allows = (constraints: ReturnType<typeof constraint>, subject: Uint8Array) =>
  isPermitted(constraints, { subject: readDer(subject), alternativeNames: [], commonName: '' });
/** O as one relative name, in a string of this kind. */
const organisation = (tag: number, text: string) =>
  tlv(0x30, tlv(0x31, tlv(0x30, Buffer.from('0603550403', 'hex').fill(0x0a, 4), tlv(tag, Buffer.from(text)))));

describe('name constraints', () => {
  it('of mailboxes hold for one in the subject as well', () => {
    const mail = constraint('permitted', tlv(0x81, Buffer.from('example.com')));
    expect(allows(mail, nameOf('E=alice@example.com,CN=alice'))).toBe(true);
    expect(allows(mail, nameOf('E=alice@evil.example,CN=alice'))).toBe(false);
  });

  it('of directory names hold in every spelling of the name', () => {
    const excluded = constraint('excluded', tlv(0xa4, organisation(12, 'Secret Service')));
    expect(allows(excluded, organisation(12, 'Another'))).toBe(true);
    for (const [tag, text] of [
      [12, 'Secret Service'],
      [19, 'Secret Service'],
      [12, 'SECRET  service '],
    ] as const) {
      expect(allows(excluded, organisation(tag, text))).toBe(false);
    }
  });
});
