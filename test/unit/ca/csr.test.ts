import { checkPrimeSync, constants, generateKeyPairSync, generatePrimeSync, randomBytes, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseCsr } from '../../../core/ca/csr/csr.ts';
import { filterSan } from '../../../core/ca/csr/san.ts';
import { OID } from '../../../core/ca/der/oids.ts';
import {
  bitString,
  element,
  explicit,
  NULL,
  oid,
  printableString,
  sequence,
  setOf,
  smallInteger,
  TRUE,
  unsignedInteger,
  utf8String,
} from '../../../core/ca/der/writer.ts';
import { CountersignError } from '../../../core/errors.ts';
import {
  aliceKey,
  attribute,
  buildRequest,
  commonName,
  dnsName,
  extension,
  extensionRequest,
  pemOf,
  rdn,
  rsaFromPrimes,
  rsaSha256,
  san,
  spkiOf,
  text,
} from '../../fixtures/ca/requests.ts';

const good = buildRequest();
const pem = pemOf(good);
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const ed25519 = generateKeyPairSync('ed25519').privateKey;

function defectOf(input: string | Uint8Array): string {
  try {
    parseCsr(input);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof CountersignError)) throw error;
    expect(error.code).toBe('csr_refused');
    expect(error.userMessage).toMatch(/^[A-Z].{20,}[.]$|\.$/s);
    return String(error.details['defect']);
  }
}

describe('a good request', () => {
  it('gives its key, its name and nothing to notice', () => {
    const parsed = parseCsr(pem);
    expect(parsed.der).toEqual(good);
    expect(parsed.spki).toEqual(spkiOf(aliceKey));
    expect(parsed.spkiSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(parsed).toMatchObject({
      keyAlgorithm: 'ECDSA P-256',
      subject: { commonName: 'alice' },
      san: [],
      notices: [],
    });
  });

  const curves = ['P-256', 'P-384', 'P-521'] as const;
  it.each(curves)('is accepted with an ECDSA key on %s', (namedCurve) => {
    const key = generateKeyPairSync('ec', { namedCurve }).privateKey;
    expect(parseCsr(buildRequest({ key })).keyAlgorithm).toBe(`ECDSA ${namedCurve}`);
  });

  it('is accepted with Ed25519', () => {
    const der = buildRequest({
      key: ed25519,
      algorithm: sequence(oid(OID.ed25519)),
      signer: (tbs) => sign(null, tbs, ed25519),
    });
    expect(parseCsr(der).keyAlgorithm).toBe('Ed25519');
  });

  it('is accepted with RSA, with and without the NULL of its algorithm', () => {
    expect(parseCsr(buildRequest({ key: rsa, algorithm: rsaSha256 })).keyAlgorithm).toBe('RSA 2048');
    const bare = sequence(oid(OID.sha256WithRSAEncryption));
    expect(parseCsr(buildRequest({ key: rsa, algorithm: bare })).keyAlgorithm).toBe('RSA 2048');
  });
});

describe('a paste', () => {
  const b64 = Buffer.from(good).toString('base64');
  const oneLine = pem.replace(/\n/g, ' ');
  const repaired: [string, string | Uint8Array, RegExp | undefined][] = [
    ['with the older label', pemOf(good, 'NEW CERTIFICATE REQUEST'), undefined],
    ['with CRLF', pem.replace(/\n/g, '\r\n'), undefined],
    ['with old Mac line ends', pem.replace(/\n/g, '\r'), undefined],
    [
      'with blank lines and text around',
      `Here it is, Bob's "request":\n\n${pem}\n\nBEGIN when you can — thanks\n`,
      undefined,
    ],
    ['that is DER', good, undefined],
    ['that is a file with a UTF-8 byte-order mark', Buffer.from(`\ufeff${pem}`), undefined],
    ['with a byte-order mark in the text', `\ufeff${pem}`, /Invisible/],
    ['that is UTF-16LE with a mark', Buffer.from(`\ufeff${pem}`, 'utf16le'), /UTF-16/],
    ['that is UTF-16LE without a mark', Buffer.from(pem, 'utf16le'), /UTF-16/],
    ['that is UTF-16BE', Buffer.from(`\ufeff${pem}`, 'utf16le').swap16(), /UTF-16/],
    ['in smart quotes', `“${pem.trim()}”`, /Quotation/],
    ['in a code block', `\`\`\`\n${pem}\`\`\``, /Quotation/],
    ['in backticks on the same line', `\`${pem.trim()}\``, /Quotation/],
    [
      'HTML-escaped',
      pem.replaceAll('+', '&#43;').replaceAll('/', '&#x2F;').replace('REQUEST', 'REQUEST&nbsp;'),
      /HTML/,
    ],
    ['HTML-escaped twice', pem.replaceAll('=', '&amp;amp;#61;').replaceAll('\n', '&lt;br&gt;\n'), /HTML/],
    ['with non-breaking spaces', pem.replaceAll(' ', '\u00a0'), /spaces/],
    ['with em dashes for the five hyphens', pem.replaceAll('-----', '—'), /dashes/],
    ['with en dashes and hyphens mixed', pem.replaceAll('-----', '––-'), /dashes/],
    ['with zero-width spaces in it', pem.replace(/(.{30})/g, '$1\u200b'), /Invisible/],
    ['all on one line', oneLine, undefined],
    ['wrapped by chat in other places', pem.replace(/(.{20})/g, '$1\n'), /dashes/],
    ['indented', pem.replace(/^/gm, '    '), undefined],
    ['quoted by mail', pem.replace(/^/gm, '> '), /quoted mail/],
    ['with written-out line ends', pem.replace(/\n/g, '\\n'), /line ends/],
    ['base64 without BEGIN and END', b64, /assumed/],
    ['base64 without its padding', pem.replace(/=+(?=\n)/, ''), b64.endsWith('=') ? /= signs/ : undefined],
    ['with a link the chat added before it', `<mailto:bob@example.com|bob@example.com> wrote\n${pem}`, undefined],
    ['with a link on the line of BEGIN', `<https://example.com|example.com> ${pem}`, /Links/],
  ];
  it.each(repaired)('%s is read', (_, input, notice) => {
    const parsed = parseCsr(input);
    expect(parsed.der).toEqual(good);
    if (notice) expect(parsed.notices.join(' ')).toMatch(notice);
    else expect(parsed.notices).toEqual([]);
  });

  const pkcs8 = aliceKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const certificate = sequence(
    sequence(explicit(0, smallInteger(2)), smallInteger(1), sequence(), sequence(), sequence(), sequence(), sequence()),
    sequence(),
    bitString(Uint8Array.of(1)),
  );
  const refused: [string, string | Uint8Array, string][] = [
    ['that is empty', '', 'empty'],
    ['of blanks', ' \r\n\t ', 'empty'],
    ['of no octets', new Uint8Array(), 'empty'],
    ['that is only a header', '-----BEGIN CERTIFICATE REQUEST-----\n', 'end_missing'],
    [
      'with nothing between the lines',
      '-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----',
      'body_missing',
    ],
    ['that lost its END', pem.replace(/-----END.*/, ''), 'end_missing'],
    ['that lost its BEGIN', pem.replace(/-----BEGIN.*/, ''), 'begin_missing'],
    ['whose two labels differ', pem.replace('END CERT', 'END NEW CERT'), 'end_missing'],
    ['of two requests', pem + pem, 'several_blocks'],
    ['of a request and a certificate', pem + pemOf(certificate, 'CERTIFICATE'), 'several_blocks'],
    ['of a request and its private key', pem + pkcs8, 'private_key_pasted'],
    ['of a private key', pkcs8, 'private_key_pasted'],
    ['of a private key with long dashes', pkcs8.replaceAll('-----', '—'), 'private_key_pasted'],
    ['of a private key without its lines', pkcs8.replace(/-----.*\n/g, ''), 'private_key_pasted'],
    ['of a private key as DER', aliceKey.export({ format: 'der', type: 'pkcs8' }), 'private_key_pasted'],
    ['of an SEC 1 private key as DER', aliceKey.export({ format: 'der', type: 'sec1' }), 'private_key_pasted'],
    ['of a PKCS#1 private key as DER', rsa.export({ format: 'der', type: 'pkcs1' }), 'private_key_pasted'],
    [
      'of an encrypted private key',
      rsa.export({ format: 'der', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }),
      'private_key_pasted',
    ],
    [
      'of an OpenSSH private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
      'private_key_pasted',
    ],
    ['of a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519', 'private_key_pasted'],
    ['of an SSH public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA alice@laptop', 'ssh_key_pasted'],
    ['of a certificate', pemOf(certificate, 'CERTIFICATE'), 'certificate_pasted'],
    ['of a certificate labelled as a request', pemOf(certificate), 'certificate_pasted'],
    ['of a certificate as DER', certificate, 'certificate_pasted'],
    ['of a public key', pemOf(spkiOf(aliceKey), 'PUBLIC KEY'), 'public_key_pasted'],
    ['of a public key as DER', spkiOf(aliceKey), 'public_key_pasted'],
    ['with a wrong label', pemOf(good, 'PKCS7'), 'wrong_label'],
    ['of something else', 'Please issue a certificate for alice.', 'not_pem'],
    ['of base64 with a foreign character', pem.replace(/\n(.{5})/, '\n$1é'), 'base64_damaged'],
    ['of base64 with padding inside', pem.replace(/\n(.{5})/, '\n$1='), 'base64_damaged'],
    ['that lost its second half', pemOf(good.subarray(0, 99)), 'cut_off'],
    ['that lost its second half, as DER', good.subarray(0, 99), 'cut_off'],
    ['that is a picture', Buffer.from('89504e470d0a1a0affd8ff', 'hex'), 'not_text'],
  ];
  it.each(refused)('%s is named', (_, input, defect) => expect(defectOf(input)).toBe(defect));
});

describe('a hostile input is refused fast:', () => {
  const kib = (n: number) => 'x'.repeat(n * 1024);
  const nested = (depth: number) => {
    let der: Uint8Array = new Uint8Array();
    for (let i = 0; i < depth; i++) der = sequence(der);
    return der;
  };
  const huge: [string, string | Uint8Array, string][] = [
    ['1 MB of attributes', buildRequest({ attributes: [attribute('1.2.3', utf8String(kib(1024)))] }), 'too_long'],
    ['1 MB of text', kib(1024), 'too_long'],
    ['64 KiB in characters that are more in octets', '€'.repeat(40_000), 'too_long'],
    ['a length field of 4 GiB', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0), 'cut_off'],
    ['a length field of 126 octets', Uint8Array.of(0x30, 0xfe, ...new Uint8Array(126).fill(0xff)), 'cut_off'],
    ['nesting as deep as 64 KiB allow', nested(16_000), 'not_der'],
    ['an indefinite length', Uint8Array.of(0x30, 0x80, 0x02, 0x01, 0x00, 0x00, 0x00), 'not_der'],
    ['64 KiB of hyphens', '-'.repeat(65_000), 'not_pem'],
    ['64 KiB of line feeds', `${'\n'.repeat(65_000)}!`, 'not_pem'],
    ['64 KiB of BEGIN', '-----BEGIN '.repeat(5_900), 'not_pem'],
    ['a BEGIN and 64 KiB of spaces', `-----BEGIN A${' '.repeat(65_000)}!`, 'not_pem'],
    ['64 KiB of &amp;', '&amp;'.repeat(13_000), 'not_pem'],
    ['64 KiB of <mailto:', '<mailto:'.repeat(8_000), 'not_pem'],
    [
      '10,000 extensions',
      buildRequest({ attributes: [extensionRequest(...Array(6_000).fill(extension('1.2.3', NULL)))] }),
      'extension_twice',
    ],
  ];
  it.each(huge)('%s', (_, input, defect) => {
    const before = process.cpuUsage();
    expect(defectOf(input)).toBe(defect);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(500);
  });
});

describe('proof of possession', () => {
  const eve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const flipped = good.slice();
  flipped[Buffer.from(good).indexOf('alice')] = 0x62;
  const pss = (hash: string, mgfHash: string, salt: number, trailer: Uint8Array[] = []) =>
    sequence(
      oid(OID.rsassaPss),
      sequence(
        explicit(0, sequence(oid(hash))),
        explicit(1, sequence(oid(OID.mgf1), sequence(oid(mgfHash)))),
        explicit(2, smallInteger(salt)),
        ...trailer,
      ),
    );
  const signPss = (saltLength: number) => (tbs: Uint8Array) =>
    sign('sha256', tbs, { key: rsa, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  const named = (id: string, ...parameters: Uint8Array[]) => sequence(oid(id), ...parameters);

  it('holds for RSA-PSS with hash, mask and salt that belong together', () => {
    expect(defectOf(buildRequest({ key: rsa, algorithm: pss(OID.sha256, OID.sha256, 32), signer: signPss(32) }))).toBe(
      'accepted',
    );
  });

  const refused: [string, Uint8Array, string][] = [
    ['one bit changed afterwards', flipped, 'signature_wrong'],
    ['a signature by another key', buildRequest({ signer: (tbs) => sign('sha256', tbs, eve) }), 'signature_wrong'],
    ['an empty signature', buildRequest({ signer: () => new Uint8Array() }), 'signature_wrong'],
    ['a signature that is not even DER', buildRequest({ signer: () => new Uint8Array(70) }), 'signature_wrong'],
    ['another hash than it says', buildRequest({ signer: (tbs) => sign('sha384', tbs, aliceKey) }), 'signature_wrong'],
    ['an algorithm of another key type', buildRequest({ algorithm: rsaSha256 }), 'signature_algorithm_of_another_key'],
    ['MD5 with RSA', buildRequest({ key: rsa, algorithm: named('1.2.840.113549.1.1.4', NULL) }), 'signature_hash_weak'],
    [
      'SHA-1 with RSA',
      buildRequest({ key: rsa, algorithm: named('1.2.840.113549.1.1.5', NULL) }),
      'signature_hash_weak',
    ],
    ['SHA-1 with ECDSA', buildRequest({ algorithm: named('1.2.840.10045.4.1') }), 'signature_hash_weak'],
    ['an unknown algorithm', buildRequest({ algorithm: named('1.2.3.4') }), 'signature_algorithm_unknown'],
    ['parameters on ECDSA', buildRequest({ algorithm: named(OID.ecdsaWithSHA256, NULL) }), 'signature_parameters'],
    ['PSS without parameters', buildRequest({ key: rsa, algorithm: named(OID.rsassaPss) }), 'signature_hash_weak'],
    [
      'PSS with SHA-1',
      buildRequest({ key: rsa, algorithm: pss('1.3.14.3.2.26', OID.sha256, 32) }),
      'signature_hash_weak',
    ],
    [
      'PSS with another mask hash',
      buildRequest({ key: rsa, algorithm: pss(OID.sha256, OID.sha384, 32) }),
      'signature_parameters',
    ],
    [
      'PSS with a short salt',
      buildRequest({ key: rsa, algorithm: pss(OID.sha256, OID.sha256, 20), signer: signPss(20) }),
      'signature_parameters',
    ],
    [
      'PSS with a trailer field',
      buildRequest({ key: rsa, algorithm: pss(OID.sha256, OID.sha256, 32, [explicit(3, smallInteger(1))]) }),
      'signature_parameters',
    ],
  ];
  it.each(refused)('fails for %s', (_, der, defect) => expect(defectOf(der)).toBe(defect));
});

describe('a key', () => {
  const rsaSpki = (n: bigint, e: bigint, parameters: Uint8Array[] = [NULL]) =>
    sequence(sequence(oid(OID.rsaEncryption), ...parameters), bitString(sequence(integer(n), integer(e))));
  const integer = (value: bigint) => {
    const hex = value.toString(16);
    return unsignedInteger(Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex'));
  };
  const modulus = (bits: number) =>
    (1n << BigInt(bits - 1)) | BigInt(`0x${randomBytes(bits / 8 - 1 || 1).toString('hex')}`) | 1n;
  const ec = (curve: Uint8Array[], point: Uint8Array) =>
    sequence(sequence(oid(OID.ecPublicKey), ...curve), bitString(point));
  const p256 = oid(OID.prime256v1);
  const point = spkiOf(aliceKey).subarray(-65);
  const offCurve = point.slice();
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const compressed = Uint8Array.of(2 + ((point[64] ?? 0) & 1), ...point.subarray(1, 33));
  const bare = (id: string, octets: number) => sequence(sequence(oid(id)), bitString(new Uint8Array(octets).fill(9)));
  const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
  const k1 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey;
  const explicitCurve = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey;
  const pssKey = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey;

  const refused: [string, Uint8Array, string][] = [
    ['of RSA with 1023 bits', rsaSpki((1n << 1022n) | 1n, 65537n), 'rsa_too_short'],
    ['of RSA with 1024 bits', rsaSpki(modulus(1024), 65537n), 'rsa_too_short'],
    ['of RSA with 2047 bits', rsaSpki((1n << 2046n) | 1n, 65537n), 'rsa_too_short'],
    ['of RSA with 2050 bits', rsaSpki((1n << 2049n) | 1n, 65537n), 'rsa_odd_length'],
    ['of RSA with 16384 bits', rsaSpki(modulus(16384), 65537n), 'rsa_too_long'],
    ['of RSA with modulus zero', rsaSpki(0n, 65537n), 'rsa_too_short'],
    ['of RSA with an even modulus', rsaSpki(modulus(2048) - 1n, 65537n), 'rsa_modulus_even'],
    ['of RSA with exponent 1', rsaSpki(modulus(2048), 1n), 'rsa_exponent_small'],
    ['of RSA with exponent 3', rsaSpki(modulus(2048), 3n), 'rsa_exponent_small'],
    ['of RSA with an even exponent', rsaSpki(modulus(2048), 65538n), 'rsa_exponent_even'],
    ['of RSA with an exponent of 257 bits', rsaSpki(modulus(2048), (1n << 256n) + 1n), 'rsa_exponent_large'],
    [
      'of RSA with a negative modulus',
      sequence(
        sequence(oid(OID.rsaEncryption), NULL),
        bitString(sequence(element(0x02, new Uint8Array(256).fill(0x81)), integer(65537n))),
      ),
      'rsa_negative',
    ],
    ['of RSA without the NULL', rsaSpki(modulus(2048), 65537n, []), 'key_parameters'],
    ['of RSA for PSS only', spkiOf(pssKey), 'key_rsa_pss_only'],
    [
      'of RSA with a factor of 65521',
      rsaSpki((modulus(2048) / 65521n / 2n) * 2n * 65521n + 65521n, 65537n),
      'rsa_small_factor',
    ],
    ['of DSA', new Uint8Array(dsa.publicKey.export({ format: 'der', type: 'spki' })), 'key_dsa'],
    ['of X25519', spkiOf(generateKeyPairSync('x25519').privateKey), 'key_x25519'],
    ['of X448', bare(OID.x448, 56), 'key_x448'],
    ['of Ed448', bare(OID.ed448, 57), 'key_ed448'],
    ['of Ed25519 with 31 octets', bare(OID.ed25519, 31), 'ed25519_length'],
    [
      'of Ed25519 with parameters',
      sequence(sequence(oid(OID.ed25519), NULL), bitString(new Uint8Array(32))),
      'key_parameters',
    ],
    ['of a kind nobody knows', bare('1.2.3.4', 32), 'key_unknown'],
    ['on secp256k1', spkiOf(k1), 'ec_curve'],
    ['with its curve spelt out', spkiOf(explicitCurve), 'ec_explicit_curve'],
    ['without a curve', ec([], point), 'key_parameters'],
    ['with a compressed point', ec([p256], compressed), 'ec_point_compressed'],
    ['with a point off the curve', ec([p256], offCurve), 'ec_point_off_curve'],
    [
      'with a coordinate not below p',
      ec([p256], Uint8Array.of(4, ...new Uint8Array(64).fill(0xff))),
      'ec_point_off_curve',
    ],
    ['with the point at infinity', ec([p256], Uint8Array.of(0)), 'ec_point_at_infinity'],
    ['with a point that is too short', ec([p256], point.subarray(0, 64)), 'ec_point_malformed'],
  ];
  it.each(refused)('%s is refused', (_, spki, defect) => expect(defectOf(buildRequest({ spki }))).toBe(defect));

  it('of RSA with primes close to each other is refused', () => {
    const p = generatePrimeSync(1024, { bigint: true });
    let q = p + 2n;
    while (!checkPrimeSync(q)) q += 2n;
    expect(defectOf(buildRequest({ key: rsaFromPrimes(p, q), algorithm: rsaSha256 }))).toBe('rsa_close_primes');
  });

  it('of RSA with the ROCA structure is refused', () => {
    const primorial = [
      2n,
      3n,
      5n,
      7n,
      11n,
      13n,
      17n,
      19n,
      23n,
      29n,
      31n,
      37n,
      41n,
      43n,
      47n,
      53n,
      59n,
      61n,
      67n,
      71n,
      73n,
      79n,
      83n,
      89n,
      97n,
      101n,
      103n,
      107n,
      109n,
      113n,
      127n,
      131n,
      137n,
      139n,
      149n,
      151n,
      157n,
      163n,
      167n,
    ].reduce((a, b) => a * b);
    const rocaPrime = () => {
      for (let power = 65537n; ; power = (power * 65537n) % primorial) {
        const k = (1n << 1024n) / primorial - BigInt(`0x${randomBytes(90).toString('hex')}`);
        const p = k * primorial + power;
        if (checkPrimeSync(p)) return p;
      }
    };
    const key = rsaFromPrimes(rocaPrime(), rocaPrime());
    expect(defectOf(buildRequest({ key, algorithm: rsaSha256 }))).toBe('rsa_roca');
  });

  it('of RSA from OpenSSL passes every weakness test', () => {
    for (const modulusLength of [2048, 3072]) {
      const key = generateKeyPairSync('rsa', { modulusLength }).privateKey;
      expect(defectOf(buildRequest({ key, algorithm: rsaSha256 }))).toBe('accepted');
    }
  });
});

describe('the structure', () => {
  const minimal = Buffer.from(good);
  const refused: [string, Uint8Array, string][] = [
    ['of version 2', buildRequest({ version: smallInteger(1) }), 'version'],
    ['with data behind it', buildRequest({ trailer: Uint8Array.of(0) }), 'trailing_data'],
    [
      'with a length that is not minimal',
      Buffer.concat([Uint8Array.of(0x30, 0x83, 0), minimal.subarray(2)]),
      'not_der',
    ],
    ['with a version that is not minimal', buildRequest({ version: Uint8Array.of(2, 2, 0, 0) }), 'not_der'],
    ['with attributes that are something else', buildRequest({ attributes: [NULL] }), 'not_der'],
    [
      'with an unsorted SET',
      buildRequest({
        subject: sequence(
          element(
            0x31,
            sequence(oid(OID.organizationName), utf8String('x')),
            sequence(oid(OID.commonName), utf8String('x')),
          ),
        ),
      }),
      'not_der',
    ],
    [
      'with a constructed string',
      buildRequest({ subject: sequence(rdn(OID.commonName, element(0x2c, utf8String('x')))) }),
      'not_der',
    ],
  ];
  it.each(refused)('%s is refused', (_, der, defect) => expect(defectOf(der)).toBe(defect));

  it('may lack the attributes field, as some old tools leave it out', () => {
    expect(defectOf(buildRequest({ attributes: 'absent' }))).toBe('accepted');
  });
});

describe('the attributes', () => {
  const use = extension(OID.keyUsage, Uint8Array.of(3, 2, 5, 0xa0), true);
  const accepted: [string, Uint8Array[], RegExp | undefined][] = [
    ['none', [], undefined],
    ['a challenge password', [attribute(OID.challengePassword, utf8String('x'))], /challenge password/],
    ['an attribute nobody knows', [attribute('1.3.6.1.4.1.311.13.2.3', utf8String('10.0'))], undefined],
    ['key usage, which is decided here', [extensionRequest(use)], /Not copied.*key usage/],
    ['CA:FALSE', [extensionRequest(extension(OID.basicConstraints, sequence()))], /Not copied.*basic constraints/],
    ['an unknown extension', [extensionRequest(extension('1.2.3.4', NULL))], /Not copied.*1\.2\.3\.4/],
  ];
  it.each(accepted)('may have %s', (_, attributes, notice) => {
    const { notices } = parseCsr(buildRequest({ attributes }));
    if (notice) expect(notices.join(' ')).toMatch(notice);
    else expect(notices).toEqual([]);
  });

  const refused: [string, Uint8Array[], string][] = [
    ['an attribute without a value', [attribute('1.2.3')], 'attribute_empty'],
    ['an attribute with two values', [attribute('1.2.3', NULL, NULL)], 'attribute_multi_valued'],
    ['two extension requests', [extensionRequest(use), extensionRequest(use)], 'attribute_twice'],
    ['an extension twice', [extensionRequest(use, use)], 'extension_twice'],
    ['an empty extension request', [extensionRequest()], 'not_der'],
    ['an unknown critical extension', [extensionRequest(extension('1.2.3.4', NULL, true))], 'extension_critical'],
    ['CA:TRUE', [extensionRequest(extension(OID.basicConstraints, sequence(TRUE)))], 'ca_requested'],
    ['no names in the list of names', [extensionRequest(san())], 'san_empty'],
    ['a directory name', [extensionRequest(san(element(0xa4, sequence())))], 'san_kind'],
    ['a user principal name', [extensionRequest(san(element(0xa0, oid('1.2.3'))))], 'san_kind'],
    ['a host name with an underscore', [extensionRequest(san(dnsName('a_b.example.com')))], 'san_invalid'],
    ['a wildcard', [extensionRequest(san(dnsName('*.example.com')))], 'san_invalid'],
    ['a host name with a NUL', [extensionRequest(san(dnsName('example.com\0.evil.org')))], 'san_invalid'],
    ['a host name with a trailing dot', [extensionRequest(san(dnsName('example.com.')))], 'san_invalid'],
    ['an address as a host name', [extensionRequest(san(dnsName('192.0.2.1')))], 'san_invalid'],
    [
      'an international name that is not in xn-- form',
      [extensionRequest(san(dnsName('bücher.example.com')))],
      'san_invalid',
    ],
    ['an address of five octets', [extensionRequest(san(element(0x87, new Uint8Array(5))))], 'san_invalid'],
    ['a relative URI', [extensionRequest(san(element(0x86, text('/path'))))], 'san_invalid'],
    [
      'a URI with another user',
      [extensionRequest(san(element(0x86, text('https://example.com@evil.org/'))))],
      'san_invalid',
    ],
    ['a SPIFFE id without a path', [extensionRequest(san(element(0x86, text('spiffe://example.com'))))], 'san_invalid'],
    [
      'a SPIFFE id with an empty segment',
      [extensionRequest(san(element(0x86, text('spiffe://example.com//a'))))],
      'san_invalid',
    ],
    [
      'a SPIFFE id with two dots',
      [extensionRequest(san(element(0x86, text('spiffe://example.com/../a'))))],
      'san_invalid',
    ],
    [
      'a SPIFFE id with a port',
      [extensionRequest(san(element(0x86, text('spiffe://example.com:443/a'))))],
      'san_invalid',
    ],
    [
      'a SPIFFE id in upper case',
      [extensionRequest(san(element(0x86, text('spiffe://EXAMPLE.com/a'))))],
      'san_invalid',
    ],
    [
      'a SPIFFE id with a trailing slash',
      [extensionRequest(san(element(0x86, text('spiffe://example.com/a/'))))],
      'san_invalid',
    ],
    [
      'two SPIFFE ids',
      [
        extensionRequest(
          san(element(0x86, text('spiffe://example.com/a')), element(0x86, text('spiffe://example.com/b'))),
        ),
      ],
      'san_spiffe_not_alone',
    ],
    [
      '51 names',
      [extensionRequest(san(...Array.from({ length: 51 }, (_, i) => dnsName(`a${i}.example.com`))))],
      'san_too_many',
    ],
  ];
  it.each(refused)('may not have %s', (_, attributes, defect) =>
    expect(defectOf(buildRequest({ attributes }))).toBe(defect),
  );

  it('give their names in one spelling, once', () => {
    const names = [
      dnsName('A.Example.COM'),
      dnsName('a.example.com'),
      element(0x81, text('Bob@Example.com')),
      element(0x87, Uint8Array.of(192, 0, 2, 1)),
      element(0x87, Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)),
      element(0x86, text('spiffe://example.com/a')),
    ];
    const parsed = parseCsr(buildRequest({ attributes: [extensionRequest(san(...names))] }));
    expect(parsed.san).toEqual([
      { type: 'dns', value: 'a.example.com' },
      { type: 'email', value: 'Bob@example.com' },
      { type: 'ip', value: '192.0.2.1' },
      { type: 'ip', value: '2001:db8::1' },
      { type: 'uri', value: 'spiffe://example.com/a' },
    ]);
    expect(parsed.notices.join()).toMatch(/twice/);
  });
});

describe('the subject', () => {
  const cn = (value: Uint8Array) => sequence(rdn(OID.commonName, value));
  const usable: [string, Uint8Array, string | undefined][] = [
    ['empty', sequence(), undefined],
    ['without a common name', sequence(rdn(OID.organizationName, utf8String('x'))), undefined],
    ['in PrintableString', cn(printableString('alice')), 'alice'],
    ['in BMPString', cn(element(0x1e, Uint8Array.of(0, 0x62, 0, 0x6f, 0, 0x62))), 'bob'],
    ['in TeletexString', cn(element(0x14, Uint8Array.of(0x7a, 0xfc))), 'zü'],
    [
      'in a multi-valued relative name',
      sequence(
        setOf(sequence(oid(OID.organizationName), utf8String('x')), sequence(oid(OID.commonName), utf8String('alice'))),
      ),
      'alice',
    ],
    ['with special characters', commonName('a+b,c="d"\\#'), 'a+b,c="d"\\#'],
  ];
  it.each(usable)('%s is read', (_, subject, expected) => {
    const parsed = parseCsr(buildRequest({ subject }));
    expect(parsed.subject.commonName).toBe(expected);
    expect(parsed.notices).toEqual([]);
  });

  const unusable: [string, Uint8Array][] = [
    ['with a right-to-left override', commonName('alice\u202egnp')],
    ['of 65 characters', commonName('a'.repeat(65))],
    ['with a NUL', commonName('alice\0')],
    ['of broken UTF-8', cn(element(0x0c, Uint8Array.of(0xff)))],
  ];
  it.each(unusable)('%s is left out with a notice', (_, subject) => {
    const parsed = parseCsr(buildRequest({ subject }));
    expect(parsed.subject.commonName).toBeUndefined();
    expect(parsed.notices.join()).toMatch(/common name in the request cannot be used/);
  });

  it('with two common names is refused', () => {
    const subject = sequence(rdn(OID.commonName, utf8String('alice')), rdn(OID.commonName, utf8String('bob')));
    expect(defectOf(buildRequest({ subject }))).toBe('subject_several_names');
  });
});

describe('names outside the site', () => {
  const cases: ['kept' | 'refused', 'dns' | 'email' | 'ip' | 'uri', string][] = [
    ['kept', 'dns', 'example.com'],
    ['kept', 'dns', 'a.b.example.com'],
    ['kept', 'email', 'bob@example.com'],
    ['kept', 'email', 'bob@mail.example.com'],
    ['kept', 'uri', 'spiffe://example.com/device'],
    ['kept', 'uri', 'https://api.example.com:8443/x?y#z'],
    ['refused', 'dns', 'evilexample.com'],
    ['refused', 'dns', 'example.com.evil.org'],
    ['refused', 'dns', 'com'],
    ['refused', 'dns', 'localhost'],
    ['refused', 'email', 'bob@evil.org'],
    ['refused', 'email', 'bob@example.com.evil.org'],
    ['refused', 'uri', 'spiffe://evil.org/example.com'],
    ['refused', 'uri', 'https://example.com@evil.org/'],
    ['refused', 'uri', 'https://evil.org/?.example.com'],
    ['refused', 'uri', 'urn:example:com'],
    ['refused', 'ip', '192.0.2.1'],
    ['refused', 'ip', '2001:db8::1'],
  ];
  it.each(cases)('%s: the %s name %s', (verdict, type, value) => {
    const filter = () => filterSan('example.com', [{ type, value }]);
    if (verdict === 'kept') expect(filter()).toEqual([{ type, value }]);
    else expect(filter).toThrow(/Make it again without it/);
  });
});
