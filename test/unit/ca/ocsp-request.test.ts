import { describe, expect, it, test } from 'vitest';
import { OID } from '../../../core/ca/der/oids.ts';
import { DerError } from '../../../core/ca/der/reader.ts';
import {
  bitString,
  element,
  explicit,
  NULL,
  octetString,
  oid,
  sequence,
  smallInteger,
  TRUE,
} from '../../../core/ca/der/writer.ts';
import { MAX_CERT_IDS, MAX_REQUEST_OCTETS, readOcspRequest } from '../../../core/ca/ocsp/request.ts';
import { issuer, seededRandom } from '../../fixtures/ca/certificates.ts';
import { certIdFor, extensions, nonceExtension, ocspRequest, requestOf, single } from '../../support/ocsp-request.ts';

const SERIAL = '4a0102030405060708090a0b0c0d0e0f';
const certId = certIdFor(issuer, SERIAL);
const list = sequence(single(certId));
const good = ocspRequest([certId]);
const octets = (length: number) => new Uint8Array(length).fill(0xab);
const unknown = '1.2.3.4';
const extension = (id: string, value: Uint8Array, ...critical: Uint8Array[]) =>
  sequence(oid(id), ...critical, octetString(value));
const signature = (...certificates: Uint8Array[]) =>
  explicit(0, sequence(sequence(oid(OID.ecdsaWithSHA256)), bitString(octets(70)), ...certificates));

describe('a request is read', () => {
  const readable: [string, Uint8Array, { nonce?: number; ids?: number }][] = [
    ['plain', good, {}],
    ['with a nonce of 1 octet', ocspRequest([certId], octets(1)), { nonce: 1 }],
    ['with a nonce of 32 octets', ocspRequest([certId], octets(32)), { nonce: 32 }],
    ['with a nonce of 128 octets', ocspRequest([certId], octets(128)), { nonce: 128 }],
    ['with a critical nonce', requestOf([list, extensions(2, nonceExtension(octets(8), [TRUE]))]), { nonce: 8 }],
    ['with SHA-256', ocspRequest([certIdFor(issuer, SERIAL, 'sha256')]), {}],
    [
      'with a hash that has no parameters',
      ocspRequest([
        sequence(sequence(oid(OID.sha1)), octetString(octets(20)), octetString(octets(20)), smallInteger(1)),
      ]),
      {},
    ],
    ['about as many as may be asked at once', ocspRequest(Array(MAX_CERT_IDS).fill(certId)), { ids: MAX_CERT_IDS }],
    ['with the name of who asks', requestOf([explicit(1, element(0x82, octets(5))), list]), {}],
    ['with an extension nobody knows', requestOf([list, extensions(2, extension(unknown, NULL))]), {}],
    [
      'with an extension for the one certificate',
      requestOf([sequence(single(certId, extensions(0, extension(unknown, NULL))))]),
      {},
    ],
    ['that is signed', requestOf([list], signature()), {}],
    ['that is signed, with certificates', requestOf([list], signature(explicit(0, sequence(sequence())))), {}],
  ];
  it.each(readable)('%s', (_, der, { nonce, ids = 1 }) => {
    const request = readOcspRequest(der);
    expect(request.certIds).toHaveLength(ids);
    expect(request.nonce?.length).toBe(nonce);
  });

  test('with its certificate id, octet for octet, and a serial in its one spelling', () => {
    const [only] = readOcspRequest(good).certIds;
    expect(only?.encoded).toEqual(certId);
    expect(only).toMatchObject({ hashOid: OID.sha1, serial: SERIAL });
  });

  const numbers: [string, Uint8Array, string | undefined][] = [
    ['a positive number', Uint8Array.of(0x4a, 1), '4a01'],
    ['a number with the high bit', Uint8Array.of(0, 0x80), '80'],
    ['the negative number with the same octets', Uint8Array.of(0x80), undefined],
    ['zero', Uint8Array.of(0), undefined],
    ['20 octets', octets(20).fill(0x7f), '7f'.repeat(20)],
    ['21 octets', octets(21).fill(0x7f), undefined],
    ['a thousand octets', octets(1000).fill(0x7f), undefined],
  ];
  it.each(numbers)('with %s as the serial', (_, integer, serial) => {
    expect(readOcspRequest(ocspRequest([certIdFor(issuer, integer)])).certIds[0]?.serial).toBe(serial);
  });
});

describe('a request is malformed', () => {
  const indefinite = Uint8Array.from([0x30, 0x80, ...good.subarray(2), 0, 0]);
  const longForm = Uint8Array.from([0x30, 0x82, 0x00, good.length - 2, ...good.subarray(2)]);
  const nested = (depth: number) => {
    let inner: Uint8Array = NULL;
    for (let i = 0; i < depth; i++) inner = sequence(inner);
    return inner;
  };
  const malformed: [string, Uint8Array][] = [
    ['without an octet', new Uint8Array(0)],
    ['of one octet', Uint8Array.of(0x30)],
    ['of zeros', new Uint8Array(100)],
    ['that is text', Buffer.from('GET / HTTP/1.1')],
    ['with data behind it', Uint8Array.from([...good, 0])],
    ['twice', Uint8Array.from([...good, ...good])],
    ['in BER with an indefinite length', indefinite],
    ['in BER with a long length', longForm],
    ['with a length of 4 GiB', Uint8Array.of(0x30, 0x84, 0xff, 0xff, 0xff, 0xff)],
    ['with a length of 2^64', Uint8Array.of(0x30, 0x88, ...octets(8))],
    ['longer than any request', sequence(octetString(octets(MAX_REQUEST_OCTETS)))],
    ['nested too deeply', nested(5_000)],
    ['nested deeply where a certificate id belongs', requestOf([sequence(single(nested(20)))])],
    ['that is an empty sequence', sequence()],
    ['that asks nothing', requestOf([sequence()])],
    ['without a list', requestOf([])],
    ['with two lists', requestOf([list, list])],
    ['about 200 certificates', ocspRequest(Array(200).fill(certId))],
    ['about one more than may be asked at once', ocspRequest(Array(MAX_CERT_IDS + 1).fill(certId))],
    ['with the default version written out', requestOf([explicit(0, smallInteger(0)), list])],
    ['of version 2', requestOf([explicit(0, smallInteger(1)), list])],
    ['with two names of who asks', requestOf([explicit(1, element(0x82, octets(1)), element(0x82, octets(1))), list])],
    ['with parts in another order', requestOf([extensions(2, nonceExtension(octets(8))), list])],
    ['with an empty nonce', ocspRequest([certId], octets(0))],
    ['with a nonce of 129 octets', ocspRequest([certId], octets(129))],
    ['with a nonce that is no OCTET STRING', requestOf([list, extensions(2, extension(OID.ocspNonce, octets(16)))])],
    ['with a nonce that is an INTEGER', requestOf([list, extensions(2, extension(OID.ocspNonce, smallInteger(5)))])],
    [
      'with data behind the nonce',
      requestOf([list, extensions(2, extension(OID.ocspNonce, Uint8Array.of(4, 1, 1, 0)))]),
    ],
    ['with two nonces', requestOf([list, extensions(2, nonceExtension(octets(8)), nonceExtension(octets(9)))])],
    ['with no extension in the list of them', requestOf([list, extensions(2)])],
    ['with a critical extension nobody knows', requestOf([list, extensions(2, extension(unknown, NULL, TRUE))])],
    [
      'with a critical one for the one certificate',
      requestOf([sequence(single(certId, extensions(0, extension(unknown, NULL, TRUE))))]),
    ],
    [
      'with a nonce for the one certificate, critical',
      requestOf([sequence(single(certId, extensions(0, nonceExtension(octets(8), [TRUE]))))]),
    ],
    ['with FALSE written out', requestOf([list, extensions(2, extension(unknown, NULL, Uint8Array.of(1, 1, 0)))])],
    [
      'with a hash that has parameters',
      ocspRequest([
        sequence(
          sequence(oid(OID.sha1), smallInteger(1)),
          octetString(octets(20)),
          octetString(octets(20)),
          smallInteger(1),
        ),
      ]),
    ],
    [
      'with a certificate id without a serial',
      ocspRequest([sequence(sequence(oid(OID.sha1)), octetString(octets(20)), octetString(octets(20)))]),
    ],
    [
      'with a certificate id of five parts',
      ocspRequest([
        sequence(sequence(oid(OID.sha1)), octetString(octets(20)), octetString(octets(20)), smallInteger(1), NULL),
      ]),
    ],
    ['with a serial that is not minimal', ocspRequest([certIdFor(issuer, Uint8Array.of(0, 1))])],
    ['with an empty serial', ocspRequest([certIdFor(issuer, new Uint8Array(0))])],
    [
      'with a serial that is text',
      ocspRequest([
        sequence(sequence(oid(OID.sha1)), octetString(octets(20)), octetString(octets(20)), octetString(octets(2))),
      ]),
    ],
    ['that is a CRL entry', sequence(sequence(smallInteger(1), sequence(oid(OID.sha1))))],
    ['with something else where the signature belongs', requestOf([list], explicit(0, NULL))],
    ['with two signatures', requestOf([list], signature(), signature())],
  ];
  it.each(malformed)('%s', (_, der) => expect(() => readOcspRequest(der)).toThrow(DerError));

  test('when it is cut off, wherever that is', () => {
    const whole = ocspRequest([certId], octets(32));
    for (let length = 0; length < whole.length; length++) {
      expect(() => readOcspRequest(whole.subarray(0, length))).toThrow(DerError);
    }
  });

  test('and never anything but malformed or readable, with any octet changed or at random', () => {
    const random = seededRandom(7);
    const whole = ocspRequest([certId, certId], octets(32));
    const tried = Array.from(whole, (_, i) =>
      [0x01, 0x20, 0x80, 0xff].map((bits) => whole.with(i, (whole[i] ?? 0) ^ bits)),
    ).flat();
    for (let i = 0; i < 2_000; i++) tried.push(Uint8Array.from([0x30, i & 0x7f, ...random(i & 0x7f)]));
    for (const der of tried) {
      try {
        expect(readOcspRequest(der).certIds.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    }
  });
});
