/** What a file is, told from the outline of its octets: for sentences about what was sent by mistake. */
import type { DerNode } from './reader.ts';

export type Kind =
  | 'private_key'
  | 'public_key'
  | 'certificate'
  | 'certificate_request'
  | 'crl'
  | 'pkcs12'
  | 'pkcs7'
  | undefined;

/** Goes by the tags of the first levels alone, so that something damaged further inside is still called by its name. */
export function kindOf(root: DerNode): Kind {
  const outline = root.children.map(({ tag }) => tag.toString(16).padStart(2, '0')).join(' ');
  // PKCS#8, PKCS#1, SEC 1, encrypted PKCS#8.
  if (/^(?:02 30 04(?: a[01])*|02 02 02 02 02 02 02 02 02|02 04(?: a0)?(?: a1)?|30 04)$/.test(outline)) {
    return 'private_key';
  }
  if (outline === '30 03') return 'public_key';
  if (/^02 30(?: 30)?$/.test(outline)) return 'pkcs12';
  if (outline === '06 a0') return 'pkcs7';
  if (outline !== '30 30 03') return undefined;
  const inside = root.children[0]?.children ?? [];
  // Only a CRL has times beside its issuer; those of a certificate are in a SEQUENCE of their own.
  if (inside.some(({ tag }) => tag === 0x17 || tag === 0x18)) return 'crl';
  return inside[0]?.tag === 0xa0 || inside.length >= 6 ? 'certificate' : 'certificate_request';
}
