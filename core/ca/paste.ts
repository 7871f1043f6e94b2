/**
 * From what a person pasted or uploaded to the octets of one thing: a request, a certificate, a CRL. Chat, mail and web
 * forms damage PEM in known ways; what can be undone without guessing is undone and said, everything else is named.
 * Line ends, blank lines and text around the block are not damage (RFC 7468 2).
 */

export type Paste = { der: Uint8Array; notices: string[] };

/** What is expected in the paste, and how everything else is told. */
export type Expected = {
  /** `certificate request`, and how it is called after that: `request`. */
  thing: string;
  short: string;
  /** More octets are not even looked at. */
  mostOctets: number;
  /** Its labels, without the spaces. */
  labels: readonly string[];
  /** How it is told that this is nothing of the kind, where it has neither markers nor base64. */
  nothingLikeIt: string;
  sshKey: string;
  privateKey: string;
  refuse(defect: string, userMessage: string, cause?: unknown): never;
  /** Refuses a block with another label, which has come without its spaces. */
  refuseLabel(label: string): never;
  /** Refuses more than one block. */
  refuseSeveral(blocks: readonly Block[]): never;
};

/** A block of a paste as it stands there: its label without the spaces, and what is between its markers. */
export type Block = { label: string; body: string };

const AGAIN = 'Copy the whole file again, from -----BEGIN to the end of the last line.';

/** Throws whatever `expected` refuses with. The octets are not looked into. */
export function readPaste(input: string | Uint8Array, expected: Expected): Paste {
  const { refuse, thing, mostOctets } = expected;
  const octets = typeof input === 'string' ? Math.max(input.length, Buffer.byteLength(input)) : input.length;
  if (octets > mostOctets) {
    const size = mostOctets < 1024 * 1024 ? `${mostOctets / 1024} KiB` : `${mostOctets / 1024 / 1024} MiB`;
    refuse('too_long', `This is longer than ${size}, which no ${thing} is. Send the ${expected.short} alone.`);
  }
  if (typeof input !== 'string' && input[0] === 0x30) return { der: Uint8Array.from(input), notices: [] };

  const notices: string[] = [];
  const text = typeof input === 'string' ? input : decodeText(input, notices, expected);
  if (text.trim() === '') refuse('empty', `There is nothing here. Paste the ${thing}, with its BEGIN and END lines.`);
  if (/PuTTY-User-Key-File|Private-Lines:/.test(text)) refuse('private_key_pasted', expected.privateKey);
  if (/^[ \t]*(?:ssh-\w+|ecdsa-sha2-\S+) AAAA/m.test(text)) refuse('ssh_key_pasted', expected.sshKey);
  const body = cutOutBody(repair(text, notices), notices, expected);
  return { der: decodeBase64(body, notices, expected), notices };
}

/** UTF-16 (as Windows editors write it) and UTF-8, with or without a byte-order mark. */
function decodeText(octets: Uint8Array, notices: string[], { refuse, thing }: Expected): string {
  const [first, second] = octets;
  const bigEndian = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
  const littleEndian = (first === 0xff && second === 0xfe) || (second === 0 && first !== 0);
  try {
    if (!bigEndian && !littleEndian) return new TextDecoder('utf-8', { fatal: true }).decode(octets);
    notices.push('The file was UTF-16 text and was converted.');
    return new TextDecoder(bigEndian ? 'utf-16be' : 'utf-16le', { fatal: true }).decode(octets);
  } catch (error) {
    return refuse('not_text', `This file is neither text nor a ${thing} in DER. ${AGAIN}`, error);
  }
}

const DASH = '[-\u00ad\u2010-\u2015\u2212\u2500\ufe58\ufe63\uff0d]';

/** A BEGIN or END line with any dashes and spaces. Bounded everywhere, so that no input makes it search long. */
const MARKER = new RegExp(
  `(?<!${DASH})${DASH}+\\s{0,9}(BEGIN|END)\\s{1,9}([A-Z0-9][A-Z0-9\\s]{0,60}?)\\s{0,9}${DASH}+`,
  'g',
);

/** In this order: what hides other damage comes first. */
const REPAIRS: { notice: string; undo: (text: string) => string }[] = [
  {
    notice: 'HTML codes such as &amp; were turned back into characters.',
    undo: (text) =>
      text
        .replace(/&(?:amp;)+/gi, '&')
        .replace(/&#(?:x([0-9a-f]{1,4})|(\d{1,5}));/gi, (_, hex, decimal) =>
          String.fromCharCode(hex ? Number.parseInt(hex, 16) : Number(decimal)),
        )
        .replace(
          /&(lt|gt|quot|apos|nbsp|ndash|mdash|plus|sol|equals);/gi,
          (_, name: string) => ENTITIES[name.toLowerCase()] ?? '',
        )
        .replace(/<br\s*\/?>/gi, '\n'),
  },
  {
    notice: 'Links that the chat had added were removed.',
    undo: (text) =>
      text.replace(/<(?:mailto:|https?:\/\/)([^<>|\s]+)(?:\|([^<>]*))?>/g, (_, target, label) => label || target),
  },
  {
    notice: 'Invisible characters were removed.',
    undo: (text) => text.replace(/[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g, ''),
  },
  {
    notice: 'Special spaces were turned into plain ones.',
    undo: (text) => text.replace(/[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/g, ' '),
  },
  {
    notice: 'Written-out line ends (\\n) were turned into real ones.',
    undo: (text) => text.replace(/(?:\\r)?\\n/g, '\n'),
  },
  {
    notice: 'Quotation marks were removed.',
    undo: (text) => text.replace(/["'`\u2018-\u201f\u00ab\u00bb]/g, ''),
  },
  { notice: 'Marks of quoted mail (>) were removed.', undo: (text) => text.replace(/^[ \t]*(?:>[ \t]?)+/gm, '') },
  {
    notice: 'The dashes or spaces of the BEGIN and END lines were put right.',
    undo: (text) => text.replace(MARKER, (_, word, label: string) => `-----${word} ${label.replace(/\s+/g, ' ')}-----`),
  },
];

const ENTITIES: Record<string, string> = {
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  ndash: '\u2013',
  mdash: '\u2014',
  plus: '+',
  sol: '/',
  equals: '=',
};

/** Repairs from the first BEGIN to the last END, or everywhere where there is none, and notes what made a difference. */
function repair(text: string, notices: string[]): string {
  const lines = text.split(/\r\n?|\n/);
  const first = Math.max(
    lines.findIndex((line) => /BEGIN\b/.test(line)),
    0,
  );
  const last = lines.findLastIndex((line) => /\bEND\b/.test(line));
  let block = lines.slice(first, last < first ? undefined : last + 2).join('\n');
  for (const { notice, undo } of REPAIRS) {
    const undone = undo(block);
    if (undone !== block) notices.push(notice);
    block = undone;
  }
  return block;
}

/** The base64 between the one pair of markers; the whole text when there are none. */
function cutOutBody(text: string, notices: string[], expected: Expected): string {
  const { refuse } = expected;
  const markers = [...text.matchAll(/-----(BEGIN|END) ([A-Z0-9 ]+)-----/g)].map((match) => ({
    word: match[1],
    // Chat breaks lines anywhere, also inside a word of the label.
    label: (match[2] ?? '').replaceAll(' ', ''),
    start: match.index,
    end: match.index + match[0].length,
  }));
  if (markers.some(({ label }) => label.endsWith('PRIVATEKEY'))) refuse('private_key_pasted', expected.privateKey);
  const begins = markers.filter(({ word }) => word === 'BEGIN');
  const [begin] = begins;
  if (begins.length > 1) {
    const bodyOf = ({ start, end }: (typeof markers)[number]) =>
      text.slice(end, markers.find((marker) => marker.word === 'END' && marker.start > start)?.start);
    expected.refuseSeveral(begins.map((marker) => ({ label: marker.label, body: bodyOf(marker) })));
  }
  if (begin && !expected.labels.includes(begin.label)) expected.refuseLabel(begin.label);
  const end = markers.find(({ word }) => word === 'END');
  if (!begin && end) refuse('begin_missing', `The BEGIN line is missing. ${AGAIN}`);
  if (begin && (!end || end.start < begin.end || end.label !== begin.label)) {
    refuse('end_missing', `The END line is missing or does not belong to the BEGIN line. ${AGAIN}`);
  }
  if (begin && end) {
    const body = text.slice(begin.end, end.start);
    return body.trim() === ''
      ? refuse('body_missing', `There is nothing between the BEGIN and END lines. ${AGAIN}`)
      : body;
  }
  if (!/^[A-Za-z0-9+/]{40,}={0,2}$/.test(text.replace(/\s+/g, ''))) refuse('not_pem', expected.nothingLikeIt);
  notices.push('The BEGIN and END lines were missing and were assumed.');
  return text;
}

function decodeBase64(body: string, notices: string[], { refuse, short }: Expected): Uint8Array {
  const packed = body.replace(/\s+/g, '');
  const stranger = /[^A-Za-z0-9+/=]/u.exec(packed)?.[0];
  if (stranger !== undefined)
    refuse(
      'base64_damaged',
      `The ${short} contains the character “${stranger}”, which does not belong there. ${AGAIN}`,
    );
  const digits = packed.replace(/={1,2}$/, '');
  if (digits.includes('=') || digits.length % 4 === 1) {
    refuse('base64_damaged', `Characters of the ${short} are missing or doubled. ${AGAIN}`);
  }
  if (packed.length % 4 !== 0) notices.push('The = signs at the end were missing and were added.');
  return new Uint8Array(Buffer.from(digits, 'base64'));
}
