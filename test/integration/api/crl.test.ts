import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { insert } from '../../../core/store/plan.ts';
import type { Crl } from '../../../core/store/rows.ts';
import { type ApiRig, startApiRig } from '../../support/api-rig.ts';

const HOUR_MS = 3_600_000;
let rig: ApiRig;
beforeAll(async () => {
  rig = await startApiRig();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Any octets do: what is served is what was stored, whoever made it. */
async function publish(scope: string, pieces: readonly Buffer[], set: Partial<Crl> = {}): Promise<Crl> {
  const { row } = rig.authority;
  const now = rig.clock.now();
  const whole = Buffer.concat(pieces);
  const contentId = crypto.randomUUID();
  const crl: Crl = {
    id: `${row.id}:${scope}`,
    accountId: row.accountId,
    authorityId: row.id,
    scope,
    number: 1,
    thisUpdate: new Date(now.getTime() - HOUR_MS),
    nextUpdate: new Date(now.getTime() + 24 * HOUR_MS),
    resignAt: new Date(now.getTime() + HOUR_MS),
    followed: 0,
    entries: 0,
    octets: whole.length,
    sha256: createHash('sha256').update(whole).digest('hex'),
    contentId,
    buildMs: 1,
    version: 1,
    ...set,
  };
  const chunks = pieces.map((octets, position) =>
    insert('crlChunks', { id: `${contentId}:${position}`, contentId, position, octets }),
  );
  for (const chunk of chunks) await rig.store.commit([chunk]);
  await rig.store.commit([insert('crls', crl)]);
  return crl;
}

const fetchCrl = (scope: string, init: RequestInit = {}) => {
  const { id } = rig.authority.row;
  return fetch(`${rig.url}/crl/${scope === 'complete' ? id : `${id}/${scope}`}.crl`, init);
};
const octetsOf = async (response: Response) => Buffer.from(await response.arrayBuffer());

describe('a CRL', () => {
  const pieces = [randomBytes(70_000), randomBytes(70_000), randomBytes(3)];
  const whole = Buffer.concat(pieces);
  let crl: Crl;
  beforeAll(async () => {
    crl = await publish('complete', pieces);
    await publish('7', [Buffer.from('shard seven')]);
  });

  test('is served whole, with its type, length, name and age', async () => {
    const response = await fetchCrl('complete');
    expect(response.status).toBe(200);
    expect((await octetsOf(response)).equals(whole)).toBe(true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/pkix-crl',
      'content-length': String(whole.length),
      etag: `"${crl.sha256}"`,
      'last-modified': crl.thisUpdate.toUTCString(),
      'cache-control': 'public, max-age=300, no-transform, must-revalidate',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('server')).toBeNull();
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  test('of one shard is another file', async () => {
    expect((await octetsOf(await fetchCrl('7'))).toString()).toBe('shard seven');
  });

  test('is described by HEAD without being read', async () => {
    const response = await fetchCrl('complete', { method: 'HEAD' });
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(whole.length)]);
    expect((await octetsOf(response)).length).toBe(0);
  });

  const known: [string, () => Record<string, string>, number][] = [
    ['its name', () => ({ 'if-none-match': `"${crl.sha256}"` }), 304],
    ['its name, weakly', () => ({ 'if-none-match': `W/"${crl.sha256}"` }), 304],
    ['its name among others', () => ({ 'if-none-match': `"a", "${crl.sha256}"` }), 304],
    ['any name', () => ({ 'if-none-match': '*' }), 304],
    ['another name', () => ({ 'if-none-match': '"a"' }), 200],
    [
      'another name and the right time',
      () => ({ 'if-none-match': '"a"', 'if-modified-since': crl.thisUpdate.toUTCString() }),
      200,
    ],
    ['its time', () => ({ 'if-modified-since': crl.thisUpdate.toUTCString() }), 304],
    ['a time before it', () => ({ 'if-modified-since': new Date(0).toUTCString() }), 200],
    ['a time that is none', () => ({ 'if-modified-since': 'yesterday' }), 200],
  ];
  it.each(known)('asked for with %s', async (_, headers, status) => {
    const response = await fetchCrl('complete', { headers: headers() });
    expect(response.status).toBe(status);
    expect((await octetsOf(response)).length).toBe(status === 304 ? 0 : whole.length);
    expect(response.headers.get('etag')).toBe(`"${crl.sha256}"`);
  });

  test.each([
    '/crl/',
    '/crl/.crl',
    '/crl/AUTHORITY',
    '/crl/AUTHORITY.cer',
    '/crl/AUTHORITY.crl/',
    '/crl/AUTHORITY/complete.crl',
    '/crl/AUTHORITY/07.crl',
    '/crl/AUTHORITY/-7.crl',
    '/crl/AUTHORITY/7',
    '/crl/AUTHORITY/8.crl',
    '/crl/AUTHORITY/999999999999.crl',
    '/crl/AUTHORITY:7.crl',
    '/crl/AUTHORITY%3A7.crl',
    '/crl/AUTHORITY%00.crl',
    '/crl/AUTHORITY%2F7.crl',
    '/crl/AUTHORITY/..%2F7.crl',
    '/crl/%2e%2e%2f%2e%2e%2fetc%2fpasswd.crl',
    '/crl/..%5c..%5cwindows.crl',
    '/CRL/AUTHORITY.crl',
    '//crl/AUTHORITY.crl',
  ])('is not found at %s', async (path) => {
    const response = await raw(
      `GET ${path.replace('AUTHORITY', rig.authority.row.id)} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`,
    );
    expect(response).toMatch(/^HTTP\/1\.1 404 /);
    expect(response).toContain('application/problem+json');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('does not take %s', async (method) => {
    const response = await fetchCrl('complete', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });
});

describe('a CRL past its time', () => {
  test('is not served, says when to ask again, and is an error in the log', async () => {
    const now = rig.clock.now();
    await publish('1', [Buffer.from('old')], { nextUpdate: now });
    for (const init of [{}, { method: 'HEAD' }, { headers: { 'if-none-match': '*' } }]) {
      const response = await fetchCrl('1', init);
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '60']);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
    expect(rig.log.filter((line) => line.includes('past its time') && line.includes('"error"'))).not.toEqual([]);
  });

  test('is kept by nobody beyond its end', async () => {
    await publish('2', [Buffer.from('soon over')], { nextUpdate: new Date(rig.clock.now().getTime() + 42_500) });
    expect((await fetchCrl('2')).headers.get('cache-control')).toContain('max-age=42,');
  });
});

describe('a reader that is slow', () => {
  const PIECE = 256 * 1024;
  const PIECES = 160;
  /** 41 MB, as a list of a million entries has. */
  const many = () => Array.from({ length: PIECES }, (_, i) => Buffer.alloc(PIECE, i));

  test('costs neither memory nor reads ahead, and gets everything in the end', async () => {
    const crl = await publish('3', many());
    const reads = countReads();
    const socket = await request(`/crl/${rig.authority.row.id}/3.crl`);
    socket.pause();
    await settled(() => reads.count);
    // What fits into the buffers of both ends of a connection, and not the list.
    expect(reads.count).toBeLessThan(PIECES / 2);
    const hash = createHash('sha256');
    let received = 0;
    let body = false;
    socket.on('data', (data: Buffer) => {
      const at = body ? 0 : data.indexOf('\r\n\r\n') + 4;
      body = true;
      received += data.length - at;
      hash.update(data.subarray(at));
    });
    socket.resume();
    await once(socket, 'close');
    expect([received, hash.digest('hex')]).toEqual([crl.octets, crl.sha256]);
    expect(reads.count).toBe(PIECES);
    reads.restore();
  });

  test('under whom the content is swept loses the connection, and never has what looks whole', async () => {
    await publish('4', many());
    const contentId = (await rig.store.crl(`${rig.authority.row.id}:4`))?.contentId as string;
    const socket = await request(`/crl/${rig.authority.row.id}/4.crl`);
    await once(socket, 'data');
    socket.pause();
    const reads = countReads((id) => id === contentId);
    let received = 0;
    socket.on('data', (data: Buffer) => {
      received += data.length;
    });
    socket.resume();
    await once(socket, 'close');
    reads.restore();
    expect(received).toBeGreaterThan(0);
    expect(received).toBeLessThan(PIECES * PIECE);
  });

  test('to whom not even the first piece can be given gets no 200', async () => {
    await publish('5', [Buffer.from('x')], { contentId: 'swept' });
    expect((await fetchCrl('5')).status).toBe(503);
  });

  test('that goes away is forgotten', async () => {
    await publish('6', many());
    const reads = countReads();
    const socket = await request(`/crl/${rig.authority.row.id}/6.crl`);
    await once(socket, 'data');
    socket.destroy();
    await settled(() => reads.count);
    expect(reads.count).toBeLessThan(PIECES);
    reads.restore();
  });
});

describe("the authority's certificate", () => {
  test('is found where caIssuers points, in DER, to be kept for a day', async () => {
    const { row } = rig.authority;
    const response = await fetch(`${rig.url}/ca/${row.id}.cer`);
    expect(response.headers.get('content-type')).toBe('application/pkix-cert');
    expect(response.headers.get('cache-control')).toContain('max-age=86400');
    const etag = response.headers.get('etag') as string;
    expect((await octetsOf(response)).equals(row.certificate)).toBe(true);
    const again = await fetch(`${rig.url}/ca/${row.id}.cer`, { headers: { 'if-none-match': etag } });
    expect(again.status).toBe(304);
    for (const path of [`/ca/${row.id}`, `/ca/${crypto.randomUUID()}.cer`, '/ca/.cer']) {
      expect((await fetch(`${rig.url}${path}`)).status).toBe(404);
    }
  });
});

/** The store's reads of pieces, counted; those that `swept` names find nothing any more. */
function countReads(swept: (contentId: string) => boolean = () => false) {
  const original = rig.store.crlChunk;
  const reads = {
    count: 0,
    restore() {
      rig.store.crlChunk = original;
    },
  };
  rig.store.crlChunk = (contentId, position) => {
    reads.count += 1;
    return swept(contentId) ? Promise.resolve(undefined) : original(contentId, position);
  };
  return reads;
}

/** Until a number has stopped growing. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1, same = 0; same < 5; ) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    same = read() === before ? same + 1 : 0;
    before = read();
  }
}

async function request(path: string): Promise<Socket> {
  const socket = connect(rig.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
}

/** What comes back for these octets, whatever they are; fetch would put the path right first. */
async function raw(text: string): Promise<string> {
  const socket = connect(rig.port, '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  await once(socket, 'close');
  return answer;
}
