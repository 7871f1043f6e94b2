/** How a CRL is pasted or uploaded by a person, and what people send in its place. */
import type { CountersignError } from '../../errors.ts';
import { type Expected, readPaste } from '../paste.ts';
import { refuseCrl } from './refusal.ts';

/** What is longer is fetched from its address: it travels in the request. */
export const MOST_PASTED = 1024 * 1024;
const CRL_ALONE = 'Send the CRL of this CA alone, which is often a .crl file.';

const CRL: Expected = {
  thing: 'CRL',
  short: 'CRL',
  mostOctets: MOST_PASTED,
  labels: ['X509CRL'],
  nothingLikeIt: 'This is not a CRL. It begins with -----BEGIN X509 CRL-----, or is a file in DER.',
  sshKey: `This is an SSH key, which is not a CRL. ${CRL_ALONE}`,
  privateKey: `This contains a private key. It may be known to others now, so it must not be used any more. ${CRL_ALONE}`,
  refuse: refuseCrl,
  refuseLabel(label) {
    if (label.endsWith('CERTIFICATE')) {
      refuseCrl('certificate', `This is a certificate, not a list of those that were revoked. ${CRL_ALONE}`);
    }
    return refuseCrl(
      'wrong_label',
      `This block is labelled “${label.slice(0, 40)}”. A CRL is labelled X509 CRL. ${CRL_ALONE}`,
    );
  },
  refuseSeveral: (blocks) => refuseCrl('several', `There are ${blocks.length} blocks here. ${CRL_ALONE}`),
};

/** Throws CountersignError `crl_refused`. The octets are not looked into. */
export function readCrlPaste(input: string | Uint8Array): Uint8Array {
  return readPaste(input, CRL).der;
}

/** Whether it is a refusal after which what was sent should be looked after. */
export function crlHeldAKey(error: CountersignError): boolean {
  return error.details['defect'] === 'private_key_pasted';
}
