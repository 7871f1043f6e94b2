import { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { MAX_HELLO, peekClientHello } from '../../../edge/gateway/client-hello.ts';

/** What Node's own TLS sends first. */
async function helloOf(servername: string | undefined, maxVersion: 'TLSv1.2' | 'TLSv1.3' = 'TLSv1.3'): Promise<Buffer> {
  return new Promise((resolve) => {
    const wire = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
    connect({ socket: wire, maxVersion, ...(servername === undefined ? {} : { servername }) }).on(
      'error',
      () => undefined,
    );
  });
}

function record(type: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Uint8Array.of(type, 3, 1, payload.length >> 8, payload.length & 255), payload]);
}

/** A ClientHello with these extensions, each written out. */
function helloWith(...extensions: Buffer[]): Buffer {
  const list = Buffer.concat(extensions);
  const body = Buffer.concat([
    Uint8Array.of(3, 3),
    Buffer.alloc(32),
    Uint8Array.of(0, 0, 2, 0x13, 1, 1, 0, list.length >> 8, list.length & 255),
    list,
  ]);
  return record(22, Buffer.concat([Uint8Array.of(1, 0, body.length >> 8, body.length & 255), body]));
}

function serverName(name: string, type = 0): Buffer {
  const octets = Buffer.from(name, 'latin1');
  const entry = Buffer.concat([Uint8Array.of(type, octets.length >> 8, octets.length & 255), octets]);
  const list = Buffer.concat([Uint8Array.of(entry.length >> 8, entry.length & 255), entry]);
  return Buffer.concat([Uint8Array.of(0, 0, list.length >> 8, list.length & 255), list]);
}

describe('the server name of a ClientHello', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)('is read as a real client sends it in %s', async (version) => {
    const hello = await helloOf('api.example.test', version);
    expect(peekClientHello(hello)).toEqual({ state: 'name', serverName: 'api.example.test' });
  });

  it('is read wherever the octets are cut, and never before it is whole', async () => {
    const hello = await helloOf('api.example.test');
    for (let end = 0; end < hello.length; end++) {
      expect(peekClientHello(hello.subarray(0, end)), `${end} octets`).toEqual({ state: 'more' });
    }
  });

  it('is read from a message that is spread over many records', async () => {
    const payload = (await helloOf('api.example.test')).subarray(5);
    for (const size of [10, 37, 100]) {
      const records: Buffer[] = [];
      for (let i = 0; i < payload.length; i += size) records.push(record(22, payload.subarray(i, i + size)));
      expect(peekClientHello(Buffer.concat(records))).toEqual({ state: 'name', serverName: 'api.example.test' });
    }
  });

  it('can be missing', async () => {
    expect(peekClientHello(await helloOf(undefined))).toEqual({ state: 'nameless' });
    expect(peekClientHello(helloWith())).toEqual({ state: 'nameless' });
  });

  it.each([
    ['HTTP without TLS', Buffer.from('GET / HTTP/1.1\r\n')],
    ['another kind of record', record(23, Buffer.alloc(10))],
    ['another message', record(22, Uint8Array.of(2, 0, 0, 0))],
    ['a record without content', record(22, new Uint8Array())],
    ['a record longer than TLS allows', Uint8Array.of(22, 3, 1, 0xff, 0xff)],
    ['a message longer than any', record(22, Uint8Array.of(1, 0xff, 0, 0))],
    ['SSL 2', Uint8Array.of(0x80, 0x2e, 1, 3, 1)],
    ['a name twice', helloWith(serverName('a.example.test'), serverName('b.example.test'))],
    ['a name of another type', helloWith(serverName('a.example.test', 1))],
    ['a name longer than its list', helloWith(Buffer.from([0, 0, 0, 5, 0, 3, 0, 0, 9]))],
    ['an extension that ends too early', helloWith(Buffer.from([0, 0, 0, 99, 1]))],
  ])('is not looked for in %s', (_name, octets) => {
    expect(peekClientHello(octets)).toEqual({ state: 'garbage' });
  });

  it('is not waited for beyond what a hello can be, in records of one octet', () => {
    const one = record(22, Uint8Array.of(1));
    expect(peekClientHello(Buffer.concat(Array.from({ length: 100 }, () => one)))).toEqual({ state: 'garbage' });
    expect(MAX_HELLO).toBe(16_384);
  });

  it('never makes it throw, whatever octet is changed', async () => {
    const hello = await helloOf('api.example.test');
    for (let i = 0; i < hello.length; i++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const changed = Buffer.from(hello);
        changed[i] = value;
        expect(['more', 'name', 'nameless', 'garbage']).toContain(peekClientHello(changed).state);
      }
    }
  });
});
