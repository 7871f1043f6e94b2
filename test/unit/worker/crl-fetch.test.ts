import { describe, expect, it } from 'vitest';
import { asCountersignError } from '../../../core/errors.ts';
import { isPublicAddress } from '../../../worker/uploaded-crl/address.ts';
import { type FetchCrl, makeFetchCrl, type Resolve } from '../../../worker/uploaded-crl/fetch.ts';
import { startCrlServer as serve } from '../../support/crl-server.ts';

const MIB = 1024 * 1024;
const CRL = Buffer.from('3003020101', 'hex');
const anywhere = makeFetchCrl(() => true);
const publicOnly = makeFetchCrl(isPublicAddress);
const LIMIT = { timeoutMs: 5_000 };

async function reasonOf(fetching: ReturnType<FetchCrl>) {
  const error = await fetching.then(
    () => undefined,
    (thrown: unknown) => asCountersignError(thrown),
  );
  return error?.details['reason'] ?? error?.details['defect'] ?? error;
}

/** A resolver that answers the same for every name, and counts. */
function resolvingTo(...addresses: string[]) {
  const asked: string[] = [];
  const resolve: Resolve = (name, _options, callback) => {
    asked.push(name);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, resolve };
}

describe('an address', () => {
  it.each(['1.1.1.1', '8.8.8.8', '99.255.255.255', '172.32.0.1', '192.0.1.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.192', '192.168.1.1', '198.18.0.1', '203.0.113.1', '224.0.0.1'],
    ...['255.255.255.255', '168.63.129.16', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::127.0.0.1'],
    ...['64:ff9b::7f00:1', 'fc00::1', 'fd12:3456::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2001::1'],
    ...['2001:db8::1', '2002:7f00:1::', '100::1', 'localhost', '', '127.1'],
  ])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false));
});

describe('where private addresses are not allowed', () => {
  it.each([
    'http://127.0.0.1/root.crl',
    'http://[::1]/root.crl',
    'http://10.1.2.3/root.crl',
    'http://169.254.169.254/latest/meta-data/',
    'http://[::ffff:127.0.0.1]/root.crl',
    'http://[::ffff:7f00:1]/root.crl',
    'http://2130706433/root.crl',
    'http://0x7f000001/root.crl',
    'http://0177.0.0.1/root.crl',
    'http://127.1/root.crl',
    'http://0/root.crl',
    'http://127.0.0.1./root.crl',
    'http://１２７.０.０.１/root.crl',
    'http://localhost/root.crl',
    'https://127.0.0.1/root.crl',
  ])('%s is not connected to', async (url) => {
    expect(await reasonOf(publicOnly(url, LIMIT))).toBe('private_address');
  });

  it('nothing arrives at a server here, and with the permission it does', async () => {
    await using server = await serve((_request, response) => response.end(CRL));
    expect(await reasonOf(publicOnly(server.url, LIMIT))).toBe('private_address');
    const { resolve } = resolvingTo('127.0.0.1');
    const named = `http://pki.example.com:${server.port}/root.crl`;
    expect(await reasonOf(makeFetchCrl(isPublicAddress, resolve)(named, LIMIT))).toBe('private_address');
    expect(server.requests).toHaveLength(0);
    expect(await makeFetchCrl(() => true, resolve)(named, LIMIT)).toMatchObject({ changed: true, octets: CRL });
    expect(server.requests[0]?.headers.host).toBe(`pki.example.com:${server.port}`);
  });

  it.each([['10.0.0.5'], ['::1'], ['::ffff:10.0.0.5'], ['fd00::1'], ['169.254.169.254', 'fe80::1']])(
    'a name that leads to %s is not connected to',
    async (...addresses) => {
      const { resolve } = resolvingTo(...addresses);
      expect(await reasonOf(makeFetchCrl(isPublicAddress, resolve)('http://pki.example.com/', LIMIT))).toBe(
        'private_address',
      );
    },
  );

  it('of several addresses of a name only those allowed are tried, and the name is asked for once', async () => {
    await using allowed = await serve((_request, response) => response.end(CRL), '127.0.0.2');
    const tried: string[] = [];
    const mayConnect = (address: string) => {
      tried.push(address);
      return address === '127.0.0.2';
    };
    const { asked, resolve } = resolvingTo('127.0.0.1', '127.0.0.2');
    const url = `http://pki.example.com:${allowed.port}/root.crl`;
    expect(await makeFetchCrl(mayConnect, resolve)(url, LIMIT)).toMatchObject({ changed: true });
    expect([tried, asked]).toEqual([['127.0.0.1', '127.0.0.2'], ['pki.example.com']]);
  });

  it('a redirection is checked like the address itself, whether it names an address or a name', async () => {
    await using inside = await serve((_request, response) => response.end(CRL));
    for (const target of [inside.url, `http://inside.example.com:${inside.port}/`]) {
      await using outside = await serve((_request, response) => {
        response.writeHead(302, { location: target }).end();
      }, '127.0.0.2');
      const fetchCrl = makeFetchCrl((address) => address === '127.0.0.2', resolvingTo('127.0.0.1').resolve);
      expect(await reasonOf(fetchCrl(outside.url, LIMIT))).toBe('private_address');
    }
    expect(inside.requests).toHaveLength(0);
  });
});

describe('a CRL', () => {
  it('is fetched without credentials and cookies, uncompressed, with what is known of it', async () => {
    await using server = await serve((request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"', 'last-modified': 'Sun, 01 Mar 2026 12:00:00 GMT' }).end(CRL);
    });
    const first = await anywhere(server.url, LIMIT);
    const validators = { etag: '"1"', lastModified: 'Sun, 01 Mar 2026 12:00:00 GMT' };
    expect(first).toEqual({ changed: true, octets: CRL, validators });
    expect(await anywhere(server.url, { ...LIMIT, validators })).toEqual({ changed: false });
    const [{ headers = {} } = {}] = server.requests;
    expect(headers).toMatchObject({ 'accept-encoding': 'identity', connection: 'close' });
    expect(Object.keys(headers)).not.toContain('authorization');
  });

  it('comes after three redirections and not after four; one to another kind of address is refused', async () => {
    await using server = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) response.end(CRL);
      else response.writeHead(307, { location: left === 9 ? 'file:///etc/passwd' : `/${left - 1}` }).end();
    });
    const at = (left: number) => anywhere(`http://127.0.0.1:${server.port}/${left}`, LIMIT);
    expect(await at(3)).toMatchObject({ changed: true });
    expect(await reasonOf(at(4))).toBe('redirections');
    expect(await reasonOf(at(9))).toBe('url_scheme');
  });

  it.each([
    ['ftp://pki.example.com/root.crl', 'url_scheme'],
    ['ldap://pki.example.com/cn=root', 'url_scheme'],
    ['http://user:secret@pki.example.com/', 'url_credentials'],
    ['pki.example.com/root.crl', 'url'],
    [`http://pki.example.com/${'a'.repeat(1_000)}`, 'url'],
  ])('is not looked for at %s', async (url, defect) => {
    expect(await reasonOf(anywhere(url, LIMIT))).toBe(defect);
  });

  it('of more than 16 MiB is broken off, whether its length was announced or not', async () => {
    let sent = 0;
    await using streaming = await serve((_request, response) => {
      const more = () => {
        while (!response.destroyed && sent < 64 * MIB) {
          sent += MIB;
          if (!response.write(Buffer.alloc(MIB))) {
            response.once('drain', more);
            return;
          }
        }
        response.end();
      };
      more();
    });
    expect(await reasonOf(anywhere(streaming.url, LIMIT))).toBe('too_long');
    expect(sent).toBeLessThan(40 * MIB);
    await using announcing = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 17 * MIB }).write('0');
    });
    expect(await reasonOf(anywhere(announcing.url, LIMIT))).toBe('too_long');
  });

  it('is waited for no longer than allowed, before and within the answer', async () => {
    await using silent = await serve(() => undefined);
    expect(await reasonOf(anywhere(silent.url, { timeoutMs: 50 }))).toBe('timeout');
    await using slow = await serve((_request, response) => void response.write('0'));
    expect(await reasonOf(anywhere(slow.url, { timeoutMs: 50 }))).toBe('timeout');
  });

  it('that is cut off, compressed, or not there is not taken', async () => {
    await using broken = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 100 });
      response.write('0', () => response.destroy());
    });
    expect(await reasonOf(anywhere(broken.url, LIMIT))).toBe('connection');
    await using compressed = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(CRL),
    );
    expect(await reasonOf(anywhere(compressed.url, LIMIT))).toBe('encoding');
    await using missing = await serve((_request, response) => response.writeHead(404).end());
    expect(await reasonOf(anywhere(missing.url, LIMIT))).toBe('status');
    // Nobody has asked whether it has changed.
    await using odd = await serve((_request, response) => response.writeHead(304).end());
    expect(await reasonOf(anywhere(odd.url, LIMIT))).toBe('status');
    const gone = await serve(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await reasonOf(anywhere(gone.url, LIMIT))).toBe('connection');
    expect(await reasonOf(anywhere('http://nowhere.invalid/', LIMIT))).toBe('name');
  });

  it('is given up as soon as the worker ends', async () => {
    const ending = new AbortController();
    await using silent = await serve(() => ending.abort());
    await expect(anywhere(silent.url, { ...LIMIT, signal: ending.signal })).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
