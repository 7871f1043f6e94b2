/**
 * Certificates of custom CAs. What is accepted is a root that signs client certificates on every edge alike: whatever
 * would be refused at a handshake, or trusted by one edge and not by another, is refused here, with the reason.
 */
import { hash } from 'node:crypto';
import type { CountersignError } from '../../errors.ts';
import { code, moment } from '../../slack/text.ts';
import { OID } from '../der/oids.ts';
import { kindOf } from '../der/outline.ts';
import { DerError, encodedOf, readDer } from '../der/reader.ts';
import { timeOf } from '../der/values.ts';
import { type CertificateFields, readCertificate } from '../fields.ts';
import { formatName, type Name, readName, valuesOf } from '../name.ts';
import { readPublicKey } from '../public-key.ts';
import { findSignatureDefect, type SignatureDefect } from '../signature.ts';
import { comparableSubject } from '../subject.ts';
import { findWeakness } from '../weak-rsa.ts';
import { checkExtensions, isAuthority } from './extensions.ts';
import { OTHER_THINGS, readCertificatePaste } from './paste.ts';
import { PKCS12_SEEN, PRIVATE_KEY_SEEN, ROOT_ALONE, refuse, refuseForNow } from './refusal.ts';

export type UploadedCertificate = {
  der: Uint8Array;
  /** RFC 4514. */
  subject: string;
  /** Undefined where the subject has none. */
  commonName: string | undefined;
  /** Of the subject as subject.ts makes it comparable. */
  subjectSha256: string;
  spkiSha256: string;
  fingerprint: string;
  keyAlgorithm: string;
  notBefore: Date;
  notAfter: Date;
  /** Sentences about what was repaired, and about what this CA cannot do. */
  notices: string[];
};

/** A CA that ends sooner is accepted, and that is said. */
const SOON_MS = 30 * 86_400_000;

/**
 * The certificate of a custom CA as it was pasted or uploaded, PEM or DER.
 * @throws CountersignError `ca_refused` whose message names the defect and the fix, `details.defect` a stable id;
 *   `ca_not_valid_now` for one that has ended or not begun.
 */
export function readUploaded(input: string | Uint8Array, now: Date): UploadedCertificate {
  const { der, notices } = readCertificatePaste(input);
  return inWords(() => {
    refuseOtherThings(der);
    return check(der, notices, now);
  });
}

/**
 * Before it is recorded by whoever leaves everything else to the worker: the octets, if they are none of the things that
 * are not to be kept anywhere, such as a private key that is labelled as a certificate.
 * @throws CountersignError `ca_refused`.
 */
export function readCertificateOctets(input: string | Uint8Array): Uint8Array {
  const { der } = readCertificatePaste(input);
  inWords(() => refuseOtherThings(der));
  return der;
}

function inWords<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DerError) refuseMalformed(error);
    throw error;
  }
}

function check(der: Uint8Array, notices: string[], now: Date): UploadedCertificate {
  // 1. A certificate, in strict DER.
  const fields = readCertificate(der);
  const subject = checkNames(fields, der);
  checkForm(fields);

  // 2. A root: what else it is has a name.
  checkIsRoot(fields);

  // 3. In time.
  const { notBefore, notAfter } = checkValidity(fields, now, notices);

  // 4. Allowed to sign client certificates.
  notices.push(...checkExtensions(fields.extensions));

  // 5. With a key that is strong enough, and signed by it.
  const keyAlgorithm = checkKeyAndSignature(fields);

  return {
    der,
    subject: formatName(subject),
    commonName: valuesOf(subject, OID.commonName).at(-1)?.text,
    subjectSha256: hash('sha256', comparableSubject(der)),
    spkiSha256: hash('sha256', fields.spki),
    fingerprint: hash('sha256', der),
    keyAlgorithm,
    notBefore,
    notAfter,
    notices,
  };
}

function refuseOtherThings(der: Uint8Array): void {
  switch (kindOf(readDer(der))) {
    case 'private_key':
      refuse('private_key_pasted', PRIVATE_KEY_SEEN);
      break;
    case 'pkcs12':
      refuse('pkcs12_pasted', PKCS12_SEEN);
      break;
    case 'pkcs7':
      refuse('pkcs7_pasted', OTHER_THINGS.bundle);
      break;
    case 'public_key':
      refuse('public_key_pasted', OTHER_THINGS.publicKey);
      break;
    case 'crl':
      refuse('crl_pasted', OTHER_THINGS.crl);
      break;
    case 'certificate_request':
      refuse('request_pasted', OTHER_THINGS.request);
      break;
    default:
  }
}

/** The subject: not empty, readable, and not one that an authority of ours has or will have. */
function checkNames(fields: CertificateFields, der: Uint8Array): Name {
  const subject = readName(fields.subject);
  readName(fields.issuer);
  const texts = subject.flat().map(({ text }) => text);
  if (texts.length === 0) {
    refuse('subject_empty', 'The subject of this certificate is empty, so nothing could be issued in its name.');
  }
  if (texts.some((text) => text === undefined || /[\p{Cc}\p{Bidi_Control}\p{Noncharacter_Code_Point}]/u.test(text))) {
    refuse(
      'subject_unreadable',
      'The subject of this certificate has characters that cannot be shown as they are (control characters, or ones that reverse the direction of writing).',
    );
  }
  if (MANAGED_NAME.test(comparableSubject(der))) {
    refuse(
      'subject_of_managed',
      `The name ${code(formatName(subject).slice(0, 100))} is one that authorities made by Countersign have. They are trusted without being uploaded; a custom CA needs another name.`,
    );
  }
  return subject;
}

/** Names as core/ca/authority.ts gives them, in the form that subject.ts compares. */
const MANAGED_NAME = /"2\.5\.4\.3=countersign [^\s"]+ g\d+"/;

/** RFC 5280 4.1. Version 1 and 2 cannot say that they are a CA. */
function checkForm(fields: CertificateFields): void {
  if (fields.version !== 2) {
    refuse(
      'version',
      `This is a certificate of version ${fields.version + 1}. Only version 3 can say that it is a CA: make the root again, for example with \`openssl req -x509\`.`,
    );
  }
  if (!Buffer.from(fields.signatureAlgorithm).equals(fields.outerAlgorithm)) {
    refuse(
      'algorithms_differ',
      'This certificate names two different signature algorithms, so it was changed or made wrongly.',
    );
  }
  if (((fields.serial[0] ?? 0) & 0x80) !== 0 || fields.serial.length > 20) {
    refuse(
      'serial',
      'The serial number of this certificate is negative or longer than 20 octets. Make the root again.',
    );
  }
  const ids = fields.extensions.map(({ oid }) => oid);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) {
    refuse('extension_twice', `This certificate has the extension ${twice} twice. Make the root again.`);
  }
}

function checkIsRoot(fields: CertificateFields): void {
  const selfIssued = Buffer.from(encodedOf(fields.subject)).equals(encodedOf(fields.issuer));
  const named = code(formatName(readName(fields.subject)).slice(0, 100));
  const issuer = code(formatName(readName(fields.issuer)).slice(0, 100));
  if (isAuthority(fields.extensions)) {
    if (selfIssued) return;
    refuse(
      'intermediate',
      `${named} is an intermediate CA: it was issued by ${issuer} and is not signed by itself. ${ROOT_ALONE}`,
    );
  }
  if (selfIssued) {
    refuse(
      'not_an_authority',
      `${named} is signed by itself, but does not say that it is a CA (basicConstraints with cA TRUE). Make the root with \`-addext basicConstraints=critical,CA:TRUE\`.`,
    );
  }
  refuse(
    'leaf',
    `${named} is the certificate of a client or server, issued by ${issuer}, not one of a CA. ${ROOT_ALONE}`,
  );
}

/** Both ends are inclusive (RFC 5280 4.1.2.5). */
function checkValidity(fields: CertificateFields, now: Date, notices: string[]): { notBefore: Date; notAfter: Date } {
  const notBefore = timeOf(fields.notBefore);
  const notAfter = timeOf(fields.notAfter);
  if (!notBefore || !notAfter) throw new DerError('a time is malformed', fields.notBefore.start);
  if (notAfter < notBefore)
    refuse('ends_before_it_begins', 'This certificate ends before it begins. Make the root again.');
  if (now > notAfter) {
    refuseForNow('expired', `This certificate has ended, ${moment(notAfter)}. Upload the one that has replaced it.`);
  }
  if (now < notBefore) {
    refuseForNow(
      'not_yet_valid',
      `This certificate is not valid yet: it begins ${moment(notBefore)}. Upload it again then.`,
    );
  }
  if (notAfter.getTime() - now.getTime() <= SOON_MS) {
    notices.push(`It ends soon, ${moment(notAfter)}, and every client of it is refused from then on.`);
  }
  return { notBefore, notAfter };
}

function checkKeyAndSignature(fields: CertificateFields): string {
  const key = readPublicKey(fields.spki);
  if ('defect' in key) refuse(key.defect, key.sentence);
  const weakness = key.kind === 'rsa' ? findWeakness(key.modulus) : undefined;
  if (weakness) refuse(weakness.defect, weakness.sentence);
  const algorithm = readDer(fields.outerAlgorithm);
  const { tbs: signed, signature, spki } = fields;
  const defect = findSignatureDefect({ signed, algorithm, signature, spki }, key);
  if (defect) refuse(defect, SIGNATURES[defect]);
  return key.label;
}

const STRONGER = 'Make the root again with SHA-256 or better (`openssl req -x509 -sha256`); its key can stay.';

const SIGNATURES: Readonly<Record<SignatureDefect, string>> = {
  signature_hash_weak: `This certificate is signed with an outdated hash (MD5 or SHA-1). A root’s own signature proves little, but many TLS libraries refuse such a root, and with it every client. ${STRONGER}`,
  signature_pss_hash_weak: `This certificate is signed by RSA-PSS without SHA-256, SHA-384 or SHA-512. ${STRONGER}`,
  signature_wrong:
    'Issuer and subject are the same, but the signature is not by the key in this certificate: it was changed, or another key has signed it. Upload the root as its CA made it.',
  signature_algorithm_unknown: `The signature algorithm of this certificate is not accepted. ${STRONGER}`,
  signature_algorithm_of_another_key:
    'The signature of this certificate is of another kind than its key, so it is not signed by itself. Upload the root as its CA made it.',
  signature_parameters: `The signature algorithm has parameters that it must not have. ${STRONGER}`,
  signature_pss_parameters: `The RSA-PSS parameters of this certificate do not belong together. ${STRONGER}`,
};

function refuseMalformed(error: DerError): never {
  if (error.reason === 'cut_off')
    refuse('cut_off', 'A part of the certificate is missing. Copy all of it again.', error);
  if (error.reason === 'trailing_data') {
    refuse('trailing_data', 'There is something behind the end of the certificate. Send the certificate alone.', error);
  }
  return refuse('not_der', `This is not a well-formed certificate: ${error.message}.`, error);
}

/** Whether it is a refusal after which what was sent should be looked after: it may hold a private key. */
export function holdsAKey(error: CountersignError): boolean {
  const { defect } = error.details;
  return defect === 'private_key_pasted' || defect === 'pkcs12_pasted';
}
