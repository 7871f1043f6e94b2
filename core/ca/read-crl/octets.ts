/** From what a server or a request has sent to the octets of a CRL: DER as it is, PEM decoded, a piece at a time. */
import type { Breathe } from '../../breathe.ts';
import { refuseCrl } from './refusal.ts';

/** At most 839,000 entries, which are 20 octets at the least. */
export const MOST_OCTETS = 16 * 1024 * 1024;
const OCTETS_AT_ONCE = 512 * 1024;
const MARKER = /^-----(BEGIN|END) ([A-Z0-9 ]{1,60})-----/;
const LONGEST_MARKER = 80;
/** More than a handful mean the same as a handful. */
const MOST_MARKERS = 20;
const MOST_LOOKED_AT = 10_000;
const DASH = 0x2d;
const WHOLE = 'Take the whole file, from -----BEGIN X509 CRL----- to the end of the last line.';

/** @throws CountersignError `crl_refused`. The octets are not looked into. */
export async function readCrlOctets(input: Uint8Array, breathe: Breathe): Promise<Uint8Array> {
  if (input.length > MOST_OCTETS) refuseCrl('too_long', 'This CRL is longer than 16 MiB, which is not taken.');
  if (input[0] === 0x30) return input;
  if (input.length === 0) refuseCrl('empty', 'There is nothing in this CRL.');
  const text = Buffer.from(input.buffer, input.byteOffset, input.length);
  const [start, end] = findBody(text);
  return decode(text.subarray(start, end), breathe);
}

type Marker = { word: string; label: string; start: number; end: number };

/** Where the base64 between the one pair of markers is; text around them means nothing (RFC 7468 2). */
function findBody(text: Buffer): [number, number] {
  const markers = firstMarkers(text);
  const labels = new Set(markers.map(({ label }) => label));
  if (markers.length === 0) refuseCrl('not_a_crl', `This is not a CRL, neither in DER nor in PEM. ${WHOLE}`);
  if (!labels.has('X509 CRL')) {
    refuseCrl('wrong_label', `This is labelled “${markers[0]?.label}”, and a CRL is labelled X509 CRL. ${WHOLE}`);
  }
  if (markers.filter(({ word, label }) => word === 'BEGIN' && label === 'X509 CRL').length > 1) {
    refuseCrl('several', 'There are several CRLs here. One CA has one: take that alone.');
  }
  const [begin, end, ...more] = markers;
  if (begin?.word !== 'BEGIN' || end?.word !== 'END' || more.length > 0 || begin.label !== end.label) {
    refuseCrl('markers', `The BEGIN and END lines of this CRL do not belong together. ${WHOLE}`);
  }
  return [begin.end, end.start];
}

function firstMarkers(text: Buffer): Marker[] {
  const markers: Marker[] = [];
  let at = 0;
  for (let looked = 0; looked < MOST_LOOKED_AT && markers.length < MOST_MARKERS; looked++) {
    at = text.indexOf('-----', at);
    if (at < 0) break;
    while (text[at + 5] === DASH) at += 1;
    const [whole = '', word = '', label = ''] = MARKER.exec(text.toString('latin1', at, at + LONGEST_MARKER)) ?? [];
    if (whole !== '') markers.push({ word, label, start: at, end: at + whole.length });
    at += Math.max(whole.length, 5);
  }
  return markers;
}

async function decode(body: Buffer, breathe: Breathe): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let left = '';
  for (let from = 0; from < body.length; from += OCTETS_AT_ONCE) {
    const digits = left + body.toString('latin1', from, from + OCTETS_AT_ONCE).replace(/\s+/g, '');
    const last = from + OCTETS_AT_ONCE >= body.length;
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
