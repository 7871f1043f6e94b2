import { describe, expect, it } from 'vitest';
import { makeFrameReader, readAnswered } from '../../../edge/proxy/access-log.ts';

const LINE = {
  at: 1_700_000_000.5,
  host: 'API.example.test',
  issuer: 'authority-1',
  serial: '4F01',
  state: 'verified',
  denied: '',
};
const read = (changes: object) => readAnswered(JSON.stringify({ ...LINE, ...changes }));

describe('a line of the access log', () => {
  it('says when, where, with which certificate and how it was decided', () => {
    expect(read({})).toEqual({
      at: new Date(1_700_000_000_500),
      hostname: 'api.example.test',
      certificate: { authorityId: 'authority-1', serial: '4f01' },
      state: 'verified',
      denied: false,
    });
  });

  it('of HAProxy says milliseconds', () => {
    expect(read({ at: 1_700_000_000_500 })?.at).toEqual(new Date(1_700_000_000_500));
  });

  it.each(['-', ''])('without a known issuer ("%s") names no certificate', (issuer) => {
    expect(read({ issuer })?.certificate).toBeUndefined();
  });

  it.each([
    ['', false],
    ['-', false],
    ['0', false],
    ['403', true],
    ['503', true],
  ])('with "%s" as what was denied is a denial: %s', (denied, expected) => {
    expect(read({ denied })?.denied).toBe(expected);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'GET / HTTP/1.1'],
    ['a number', '17'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a state that there is not', JSON.stringify({ ...LINE, state: 'admin' })],
    ['a time in words', JSON.stringify({ ...LINE, at: 'now' })],
    ['a time that no calendar has', JSON.stringify({ ...LINE, at: 1e300 })],
    ['a host that is no text', JSON.stringify({ ...LINE, host: {} })],
    ['half a line', JSON.stringify(LINE).slice(0, 40)],
    ['more than a line can be', JSON.stringify({ ...LINE, host: 'a'.repeat(5_000) })],
  ])('that is %s is left out', (_, line) => {
    expect(readAnswered(line)).toBeUndefined();
  });
});

describe('frames', () => {
  const framesOf = (...chunks: readonly (string | Buffer)[]) => {
    const messages: string[] = [];
    const take = makeFrameReader((message) => messages.push(message));
    for (const chunk of chunks) take(Buffer.from(chunk));
    return messages;
  };

  it('are told apart by their lengths, however they are cut', () => {
    const octets = Buffer.from('5 hello6 w\nrld!7 größe');
    const whole = ['hello', 'w\nrld!', 'größe'];
    expect(framesOf(octets)).toEqual(whole);
    expect(framesOf(...[...octets].map((octet) => Buffer.from([octet])))).toEqual(whole);
  });

  it.each([
    ['no length', 'hello world'],
    ['a length that is no number', 'abc hello'],
    ['a negative one', '-5 hello'],
    ['one with a fraction', '1.5 hello'],
    ['none before the blank', ' hello'],
    ['one that is too large', '99999 hello'],
    ['an endless one', '1'.repeat(40)],
  ])('with %s are dropped, and what comes with them', (_, octets) => {
    expect(framesOf(octets)).toEqual([]);
  });

  it('go on after something that was none', () => {
    expect(framesOf('nonsense that is no frame', '5 hello')).toEqual(['hello']);
  });
});
