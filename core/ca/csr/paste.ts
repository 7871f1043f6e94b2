/** How a certificate request is pasted, and what people paste in its place. */
import { type Expected, type Paste, readPaste } from '../paste.ts';
import { PRIVATE_KEY_SEEN, refuse } from './refusal.ts';

export const CERTIFICATE_PASTED =
  'This is a certificate, not a request for one. Send the request (often a .csr file) that is made with `openssl req -new`.';
export const PUBLIC_KEY_PASTED =
  'This is a bare public key, which does not prove that you hold the private key. Make a request with `openssl req -new -key your.key`.';

const REQUEST: Expected = {
  thing: 'certificate request',
  short: 'request',
  mostOctets: 64 * 1024,
  labels: ['CERTIFICATEREQUEST', 'NEWCERTIFICATEREQUEST'],
  nothingLikeIt:
    'This is not a certificate request. It begins with -----BEGIN CERTIFICATE REQUEST----- and is made, for example, with `openssl req -new`.',
  sshKey: 'This is an SSH key, not a certificate request. Make a request with `openssl req -new -key your.key`.',
  privateKey: PRIVATE_KEY_SEEN,
  refuse,
  refuseLabel(label) {
    if (label.endsWith('CERTIFICATE')) refuse('certificate_pasted', CERTIFICATE_PASTED);
    if (label.endsWith('PUBLICKEY')) refuse('public_key_pasted', PUBLIC_KEY_PASTED);
    return refuse(
      'wrong_label',
      `This block is labelled “${label.slice(0, 40)}”. A request is labelled CERTIFICATE REQUEST.`,
    );
  },
  refuseSeveral: (blocks) =>
    refuse('several_blocks', `There are ${blocks.length} blocks here. Send one certificate request alone.`),
};

/** Throws CountersignError `csr_refused`. The octets are not looked into. */
export function readRequestPaste(input: string | Uint8Array): Paste {
  return readPaste(input, REQUEST);
}
