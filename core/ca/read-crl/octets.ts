/** From what was fetched, uploaded or pasted to the octets of a CRL: DER as it is, PEM decoded. */
import type { Breathe } from '../../breathe.ts';
import { refuseCrl } from './refusal.ts';

/** At most 839,000 entries, which are 20 octets at the least. */
export const MOST_OCTETS = 16 * 1024 * 1024;
const CHARACTERS_AT_ONCE = 1024 * 1024;
const MOST_MARKERS = 20;
const MARKER = /-----(BEGIN|END) ([A-Z0-9 ]{1,60})-----/g;
const WHOLE = 'Take the whole file, from -----BEGIN X509 CRL----- to the end of the last line.';

/** @throws CountersignError `crl_refused`. The octets are not looked into. */
export async function readCrlOctets(input: string | Uint8Array, breathe: Breathe): Promise<Uint8Array> {
  // A character of PEM is an octet; more than that many characters are too many octets in any case.
  if (input.length > 1.4 * MOST_OCTETS) refuseTooLong();
  if (typeof input !== 'string' && input[0] === 0x30) {
    if (input.length > MOST_OCTETS) refuseTooLong();
    return input;
  }
  const text =
    typeof input === 'string' ? input : Buffer.from(input.buffer, input.byteOffset, input.length).toString('latin1');
  if (text.trim() === '') refuseCrl('empty', 'There is nothing here. Paste the CRL, with its BEGIN and END lines.');
  const octets = await decode(cutOut(text), breathe);
  if (octets.length > MOST_OCTETS) refuseTooLong();
  return octets;
}

function refuseTooLong(): never {
  return refuseCrl('too_long', 'This CRL is longer than 16 MiB, which is not taken.');
}

/** The base64 between the one pair of markers; text around them means nothing (RFC 7468 2). */
function cutOut(text: string): string {
  const markers = firstMarkers(text);
  const labels = new Set(markers.map(([, , label]) => label));
  if ([...labels].some((label) => label?.endsWith('PRIVATE KEY'))) {
    refuseCrl(
      'private_key',
      'This contains a private key. It has now been seen here, so it must not be used any more. A CRL alone is needed.',
    );
  }
  if (markers.length === 0) refuseCrl('not_a_crl', `This is not a CRL, neither in DER nor in PEM. ${WHOLE}`);
  if (!labels.has('X509 CRL')) {
    refuseCrl('wrong_label', `This is labelled “${markers[0]?.[2]}”, and a CRL is labelled X509 CRL. ${WHOLE}`);
  }
  const lists = markers.filter(([, word, label]) => word === 'BEGIN' && label === 'X509 CRL');
  if (lists.length > 1) refuseCrl('several', `There are several CRLs here. One CA has one: take that alone.`);
  const [begin, end, ...more] = markers;
  if (begin?.[1] !== 'BEGIN' || end?.[1] !== 'END' || more.length > 0 || begin[2] !== end[2]) {
    refuseCrl('markers', `The BEGIN and END lines of this CRL do not belong together. ${WHOLE}`);
  }
  return text.slice(begin.index + begin[0].length, end.index);
}

/** More than a handful mean the same as a handful, and take memory. */
function firstMarkers(text: string): RegExpExecArray[] {
  const markers: RegExpExecArray[] = [];
  for (const marker of text.matchAll(MARKER)) {
    if (markers.push(marker) === MOST_MARKERS) break;
  }
  return markers;
}

async function decode(body: string, breathe: Breathe): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let left = '';
  for (let from = 0; from < body.length; from += CHARACTERS_AT_ONCE) {
    const digits = left + body.slice(from, from + CHARACTERS_AT_ONCE).replace(/\s+/g, '');
    const last = from + CHARACTERS_AT_ONCE >= body.length;
    const whole = last ? digits : digits.slice(0, digits.length - (digits.length % 4));
    left = digits.slice(whole.length);
    const form = last ? /^[A-Za-z0-9+/]*={0,2}$/ : /^[A-Za-z0-9+/]*$/;
    if (!form.test(whole) || whole.length % 4 !== 0) {
      refuseCrl('base64', `Characters of this CRL are missing, doubled or do not belong there. ${WHOLE}`);
    }
    parts.push(Buffer.from(whole, 'base64'));
    await breathe();
  }
  return Buffer.concat(parts);
}
