/** How the certificate of a custom CA is pasted or uploaded, and what people send in its place. */
import { code } from '../../slack/text.ts';
import { encodedOf } from '../der/reader.ts';
import { readCertificate } from '../fields.ts';
import { formatName, readName } from '../name.ts';
import { type Block, type Expected, type Paste, readPaste } from '../paste.ts';
import { PRIVATE_KEY_SEEN, ROOT_ALONE, refuse } from './refusal.ts';

export const MOST_OCTETS = 64 * 1024;

export const OTHER_THINGS = {
  request: `This is a request for a certificate (CSR), not a certificate. ${ROOT_ALONE}`,
  publicKey: `This is a bare public key, which has no name and no end. ${ROOT_ALONE}`,
  crl: `This is a list of revoked certificates (CRL), not a certificate. ${ROOT_ALONE}`,
  bundle: `This is a PKCS#7 bundle of certificates. Take the root out of it (\`openssl pkcs7 -print_certs\`). ${ROOT_ALONE}`,
} as const;

const CERTIFICATE: Expected = {
  thing: 'CA certificate',
  short: 'certificate',
  mostOctets: MOST_OCTETS,
  labels: ['CERTIFICATE', 'X509CERTIFICATE'],
  nothingLikeIt: 'This is not a certificate. It begins with -----BEGIN CERTIFICATE-----, or is a file in DER.',
  sshKey: `This is an SSH key, which is not a certificate. ${ROOT_ALONE}`,
  privateKey: PRIVATE_KEY_SEEN,
  refuse,
  refuseLabel(label) {
    if (label.endsWith('CERTIFICATEREQUEST')) refuse('request_pasted', OTHER_THINGS.request);
    if (label.endsWith('PUBLICKEY')) refuse('public_key_pasted', OTHER_THINGS.publicKey);
    if (label === 'X509CRL') refuse('crl_pasted', OTHER_THINGS.crl);
    if (label === 'PKCS7' || label === 'CMS') refuse('pkcs7_pasted', OTHER_THINGS.bundle);
    if (label === 'TRUSTEDCERTIFICATE') {
      refuse(
        'trusted_label',
        'This is a certificate in a form of OpenSSL’s own (TRUSTED CERTIFICATE). Write it as an ordinary one: `openssl x509 -in ca.pem -out root.pem`.',
      );
    }
    return refuse(
      'wrong_label',
      `This block is labelled “${label.slice(0, 40)}”. A certificate is labelled CERTIFICATE.`,
    );
  },
  refuseSeveral,
};

/** Throws CountersignError `ca_refused`. The octets are not looked into. */
export function readCertificatePaste(input: string | Uint8Array): Paste {
  return readPaste(input, CERTIFICATE);
}

const NAMED = 5;

/** How many there are, and which of them is the root, as far as they can be read. */
function refuseSeveral(blocks: readonly Block[]): never {
  const foreign = blocks.filter(({ label }) => !CERTIFICATE.labels.includes(label));
  if (foreign.length > 0) {
    const labels = [...new Set(foreign.map(({ label }) => label.slice(0, 40)))].slice(0, 3).join(', ');
    refuse(
      'several_blocks',
      `There are ${blocks.length} blocks here, and not all are certificates (${labels}). ${ROOT_ALONE}`,
    );
  }
  const names = blocks.slice(0, NAMED).map(nameOf);
  const more = blocks.length > NAMED ? ` and ${blocks.length - NAMED} more` : '';
  return refuse(
    'several_certificates',
    `This has ${blocks.length} certificates: ${names.join(', ')}${more}. ${ROOT_ALONE}`,
  );
}

function nameOf({ body }: Block): string {
  try {
    const { subject, issuer } = readCertificate(new Uint8Array(Buffer.from(body.replace(/\s+/g, ''), 'base64')));
    const selfIssued = Buffer.from(encodedOf(subject)).equals(encodedOf(issuer));
    return `${code(formatName(readName(subject)).slice(0, 100))}${selfIssued ? ' (signed by itself)' : ''}`;
  } catch {
    return 'one that cannot be read';
  }
}
