import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect as connectTcp, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { parseEdgeConfig } from '../../../edge/gateway/config.ts';
import { echoOf } from '../../support/conformance.ts';
import { A, aRule, B, makeWorld, OPEN, type World } from '../../support/conformance-world.ts';
import { type Asked, askEdge, askOn, askStream, openTls, readAnswer, sendRaw } from '../../support/edge-client.ts';
import { type GatewayRig, startGateway } from '../../support/gateway-rig.ts';
import { makeServerCertificate } from '../../support/pki.ts';
import { describeWith } from '../../support/tools.ts';

let world: World;
let edge: GatewayRig;
beforeAll(async () => {
  world = await makeWorld();
  edge = await startGateway(world, { enforced: world.enforced() });
});
afterAll(async () => {
  await edge[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const good = () => world.clients.good;
const ask = (asked: Partial<Asked> = {}) => askEdge(edge, { sni: A, client: good(), ...asked });
const open = (asked: Partial<Asked> = {}) =>
  openTls(edge, { sni: A, client: good(), ...asked }, { ALPNProtocols: ['http/1.1'] });

describe('before the first snapshot', () => {
  it('nothing is let through, and it says why', async () => {
    await using fresh = await startGateway(world);
    const answer = await askEdge(fresh, { sni: A, client: good() });
    expect(answer).toMatchObject({
      status: 503,
      body: expect.stringContaining('has not been told yet what to enforce'),
    });
    await fresh.apply(world.enforced());
    expect(await askEdge(fresh, { sni: A, client: good() })).toMatchObject({ status: 200 });
  });

  it('a connection from before its hostname was bound ends with its next answer, so that the next is asked', async () => {
    await using fresh = await startGateway(world, { enforced: world.enforced({ hosts: [] }) });
    const socket = await openTls(fresh, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    await fresh.apply(world.enforced());
    const answer = await askOn(socket, { host: A });
    expect(answer).toMatchObject({ status: 403, headers: { connection: 'close' } });
    expect(await askEdge(fresh, { sni: A, client: good() })).toMatchObject({ status: 200 });
  });
});

describe('a policy that cannot be read', () => {
  it('is not taken: what was enforced before goes on', async () => {
    const broken = world.enforced();
    const policy = { ...broken.policy, authorities: [{ id: 'a', name: 'a', certificate: 'AAAA' }] };
    // So the feed does not acknowledge it.
    await expect(edge.apply({ ...broken, policy })).rejects.toThrow();
    expect(await ask()).toMatchObject({ status: 200 });
    expect(await ask({ client: world.clients.revoked })).toMatchObject({ status: 403 });
    expect(edge.log).toContainEqual(expect.objectContaining({ msg: 'a policy cannot be read and is not enforced' }));
    await edge.apply(world.enforced());
  });

  it('a rule that cannot be read denies all of its site with 503', async () => {
    await edge.apply(world.enforced({ rules: [aRule({ expression: 'some.newer.field eq "x"' })] }));
    expect(await ask()).toMatchObject({ status: 503 });
    expect(edge.inexpressible()).toEqual(['Rule 1 of example.test (a rule) cannot be read.']);
    await edge.apply(world.enforced());
    expect(await ask()).toMatchObject({ status: 200 });
  });
});

describe('what the edge answers itself', () => {
  it('is a page for people, JSON for programs, with the id that the log has', async () => {
    const page = await ask({ client: undefined, headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect(page).toMatchObject({
      status: 403,
      headers: { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' },
    });
    const json = await ask({ client: undefined, headers: { accept: 'application/json' } });
    if (!('body' in json) || !('body' in page)) throw new Error('refused');
    const { requestId } = JSON.parse(json.body) as { requestId: string };
    expect(json.headers['x-request-id']).toBe(requestId);
    expect(page.body).toContain(String(page.headers['x-request-id']));
    await vi.waitFor(() => {
      expect(edge.log).toContainEqual(
        expect.objectContaining({
          id: requestId,
          status: 403,
          denied: 1,
          certificate: 'none',
          hostname: A,
          msg: 'answered',
        }),
      );
    });
  });

  it('names in the log why a certificate did not count', async () => {
    const reasons = {
      expired: 'expired',
      notYetValid: 'not_yet_valid',
      selfSigned: 'self_signed',
      wrongAuthority: 'unknown_issuer',
      ofB: 'other_hostname',
      serverOnly: 'not_client_auth',
      depth5: 'too_deep',
      incomplete: 'unknown_issuer',
      limitedDeep: 'not_an_authority',
      namedOutside: 'name_constraint',
      unknownCritical: 'critical_extension',
      revoked: 'revoked',
      blocked: 'blocked',
    } as const;
    for (const [name, reason] of Object.entries(reasons)) {
      const answer = await ask({ client: world.clients[name as keyof typeof reasons] });
      if (!('headers' in answer)) throw new Error('refused');
      const id = answer.headers['x-request-id'];
      await vi.waitFor(() => expect(edge.log.find((line) => line['id'] === id)?.['certificate']).toBe(reason));
    }
  });

  it('never has a query, a header or a body in the log', async () => {
    await ask({
      path: '/p?token=tell-tale-1',
      headers: { authorization: 'tell-tale-2' },
      method: 'POST',
      body: 'tell-tale-3',
    });
    await vi.waitFor(() => expect(edge.log.some((line) => line['path'] === '/p')).toBe(true));
    expect(JSON.stringify(edge.log)).not.toContain('tell-tale');
  });
});

describe('headers', () => {
  const forgeries = [
    'Client_Cert',
    'CLIENT-CERT',
    'X_Client_Cert_Verified',
    'x-client_cert-Serial',
    'X-Client-Cert-Anything',
    'X.Client.Cert.Verified',
    'X-Forwarded_For',
    'x-real-ip',
    'Forwarded',
  ];
  it.each(forgeries)('%s of a client never reaches the origin', async (name) => {
    for (const http of ['1.1', '2'] as const) {
      const headers = { [http === '2' ? name.toLowerCase() : name]: 'forged' };
      expect(echoOf(await ask({ sni: OPEN, http, headers })).rawHeaders).not.toContain('forged');
    }
  });

  it('Connection cannot take away what the edge adds, and takes away what it names', async () => {
    const connection = 'x-client-cert-verified, x-forwarded-for, x-mine, host';
    const echo = echoOf(await ask({ headers: { connection, 'x-mine': 'no' } }));
    expect(echo.headers).toMatchObject({ 'x-client-cert-verified': 'true', 'x-forwarded-for': '127.0.0.1', host: A });
    expect(echo.headers['x-mine']).toBeUndefined();
  });

  it('tell the origin who asks, how, and by which way', async () => {
    const echo = echoOf(await ask({ http: '2', headers: { cookie: 'a=1; b=2', via: '1.1 before' } }));
    expect(echo.headers).toMatchObject({
      host: A,
      cookie: 'a=1; b=2',
      via: '1.1 before, 2.0 countersign',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': A,
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it('carry the chain beside the leaf, in order and without the root', async () => {
    const { headers } = echoOf(await ask({ client: world.clients.depth4 }));
    const chain = String(headers['client-cert-chain']).split(', ');
    expect(chain).toHaveLength(4);
    for (const item of chain) expect(item).toMatch(/^:MII[A-Za-z0-9+/=]+:$/);
  });

  it('carry a name with anything in it as one line of ASCII', async () => {
    const { headers } = echoOf(await ask({ client: world.clients.unusualName }));
    expect(headers['x-client-cert-subject-cn']).toBe('Zo%C3%AB "q" %25, ok');
    expect(decodeURIComponent(String(headers['x-client-cert-subject-cn']))).toBe('Zoë "q" %, ok');
  });

  it('of an answer keep several cookies apart and lose what was for us alone', async () => {
    for (const http of ['1.1', '2'] as const) {
      const socket = await openTls(
        edge,
        { sni: A, client: good() },
        { ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'] },
      );
      if (http === '2') {
        const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
        const answer = await askStream(session, { sni: A });
        expect(answer).toMatchObject({ status: 200, headers: { 'set-cookie': ['a=1', 'b=2'] } });
        session.destroy();
        continue;
      }
      socket.write(`GET / HTTP/1.1\r\nhost: ${A}\r\nconnection: close\r\n\r\n`);
      let text = '';
      for await (const chunk of socket) text += String(chunk);
      expect(text.match(/^set-cookie: /gim)).toHaveLength(2);
    }
  });

  it('a trusted proxy may say who the client is, and nobody else', async () => {
    await using behind = await startGateway(world, {
      enforced: world.enforced({ rules: [aRule({ expression: 'ip.src eq 203.0.113.7', status: 404 })] }),
      config: { clientAddress: { header: 'X-Client-Address', trusted: ['127.0.0.0/8'] } },
    });
    const headers = { 'x-client-address': '198.51.100.1, 203.0.113.7' };
    expect(await askEdge(behind, { sni: OPEN, headers })).toMatchObject({ status: 404 });
    await using alone = await startGateway(world, {
      enforced: world.enforced({ rules: [aRule({ expression: 'ip.src eq 203.0.113.7', status: 404 })] }),
      config: { clientAddress: { header: 'X-Client-Address', trusted: ['10.0.0.0/8'] } },
    });
    expect(await askEdge(alone, { sni: OPEN, headers })).toMatchObject({ status: 200 });
  });
});

describe('a request that could be read in two ways', () => {
  const head = `POST / HTTP/1.1\r\nHost: ${A}\r\n`;
  const hidden = `GET /smuggled HTTP/1.1\r\nHost: ${A}\r\n\r\n`;
  it.each([
    ['two different lengths', `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['the same length twice', `${head}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`],
    ['a list of lengths', `${head}Content-Length: 5, 5\r\n\r\nhello`],
    [
      'length and chunks',
      `${head}Content-Length: ${hidden.length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    ['chunks and length', `${head}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding in disguise', `${head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['two encodings', `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding with a space before the colon', `${head}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['an encoding after a tab', `${head}Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n${hidden}`],
    ['a folded header', `${head}X-Fold: a\r\n Content-Length: 5\r\n\r\nhello`],
    ['a bare line feed', `POST / HTTP/1.1\nHost: ${A}\nContent-Length: 5\n\nhello`],
    ['a carriage return in a header', `${head}X-Bare: a\rContent-Length: 5\r\n\r\nhello`],
    ['a NUL in a header', `${head}X-Nul: a\0b\r\n\r\n`],
    ['a negative length', `${head}Content-Length: -1\r\n\r\n`],
    ['a length with a sign', `${head}Content-Length: +5\r\n\r\nhello`],
    ['a chunk length that is no number', `${head}Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n`],
    ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nHost: ${A}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['two Hosts', `GET / HTTP/1.1\r\nHost: ${A}\r\nHost: ${B}\r\n\r\n`],
    ['the same Host twice', `GET / HTTP/1.1\r\nHost: ${A}\r\nHost: ${A}\r\n\r\n`],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['a target that is no path', `GET x HTTP/1.1\r\nHost: ${A}\r\n\r\n`],
    ['a target with a space', `GET /a b HTTP/1.1\r\nHost: ${A}\r\n\r\n`],
    ['a fragment', `GET /a#b HTTP/1.1\r\nHost: ${A}\r\n\r\n`],
    ['a target of another scheme', `GET ftp://${A}/ HTTP/1.1\r\nHost: ${A}\r\n\r\n`],
    ['CONNECT', `CONNECT ${A}:443 HTTP/1.1\r\nHost: ${A}\r\n\r\n`],
    [
      'an upgrade to cleartext HTTP/2',
      `GET / HTTP/1.1\r\nHost: ${A}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    ],
  ])('is refused: %s', async (_name, octets) => {
    const socket = await open();
    const before = world.origin.received.length;
    const answer = await sendRaw(socket, octets);
    if ('status' in answer) expect([400, 501]).toContain(answer.status);
    await new Promise((done) => (socket.destroyed ? done(undefined) : socket.once('close', done).end()));
    expect(world.origin.received.slice(before)).toEqual([]);
  });

  it('an absolute target is answered when it agrees with Host, and passed on as a path', async () => {
    const socket = await open();
    const answer = await sendRaw(socket, `GET https://${A}/x?y HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
    expect(echoOf(answer).url).toBe('/x?y');
    expect(await sendRaw(socket, `GET https://${B}/x HTTP/1.1\r\nHost: ${A}\r\n\r\n`)).toMatchObject({ status: 421 });
    expect(await sendRaw(socket, `GET https://${A}/x HTTP/1.1\r\nHost: ${B}\r\n\r\n`)).toMatchObject({ status: 421 });
    socket.destroy();
  });

  it('what follows a request in the same packet is the next request', async () => {
    const socket = await open();
    const one = (path: string) => `GET ${path} HTTP/1.1\r\nHost: ${A}\r\n\r\n`;
    const first = readAnswer(socket, 'GET');
    socket.write(one('/1') + one('/2'));
    expect(echoOf(await first).url).toBe('/1');
    socket.destroy();
  });

  it('HTTP/2: neither hop-by-hop headers nor a wrong length get through', async () => {
    const socket = await openTls(edge, { sni: A, client: good() }, { ALPNProtocols: ['h2'] });
    const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
    session.on('error', () => undefined);
    const before = world.origin.received.length;
    await expect(
      askStream(session, { sni: A, method: 'POST', headers: { 'content-length': '3' }, body: 'hello' }),
    ).rejects.toThrow();
    session.destroy();
    expect(world.origin.received.slice(before)).toEqual([]);
  });
});

describe('bodies', () => {
  const size = 24 * 1024 * 1024;
  it.each(['1.1', '2'] as const)('of 24 MiB pass both ways in HTTP/%s', async (http) => {
    const body = Buffer.alloc(size, 0x62);
    const sent = echoOf(await ask({ http, method: 'POST', body }));
    expect(sent).toMatchObject({ bytes: size, sha256: createHash('sha256').update(body).digest('hex') });
    const answer = await ask({ http, path: `/large?${size}` });
    expect('body' in answer && answer.body.length).toBe(size);
  });

  it('that come in chunks arrive whole', async () => {
    const socket = await open();
    socket.write(`POST / HTTP/1.1\r\nHost: ${A}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (const part of ['one ', 'two ', 'three']) socket.write(`${part.length.toString(16)}\r\n${part}\r\n`);
    const echo = echoOf(await sendRaw(socket, '0\r\n\r\n'));
    expect(echo.bytes).toBe(13);
    // What has arrived as a whole before the origin is asked goes on with its length, once.
    expect('transfer-encoding' in echo.headers).toBe(!('content-length' in echo.headers));
    socket.destroy();
  });

  it('are not asked for with 100 before the rules have let the request through', async () => {
    const socket = await open({ client: undefined });
    const answer = await sendRaw(
      socket,
      `POST / HTTP/1.1\r\nHost: ${A}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect(answer).toMatchObject({ status: 403 });
    socket.destroy();
    const allowed = await open();
    allowed.write(`POST / HTTP/1.1\r\nHost: ${A}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
    const [chunk] = (await once(allowed, 'data')) as [Buffer];
    expect(String(chunk)).toContain('100 Continue');
    expect(echoOf(await sendRaw(allowed, 'hello')).bytes).toBe(5);
    allowed.destroy();
  });

  it.each(['1.1', '2'] as const)(
    'stream: the first line arrives while the answer goes on, in HTTP/%s',
    async (http) => {
      const seen = deferred<string>();
      const whole = deferred<string>();
      let text = '';
      const take = (chunk: Buffer | string) => {
        text += String(chunk);
        if (text.includes('first')) seen.resolve(text);
        if (text.includes('last')) whole.resolve(text);
      };
      const socket = await openTls(
        edge,
        { sni: A, client: good() },
        { ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'] },
      );
      if (http === '2') {
        const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
        session.request({ ':path': '/stream', ':authority': A }).on('data', take);
      } else {
        socket.on('data', take);
        socket.write(`GET /stream HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
      }
      expect(await seen.promise).not.toContain('last');
      world.origin.release();
      expect(await whole.promise).toContain('last');
      socket.destroy();
    },
  );

  it.each(['1.1', '2'] as const)('a client that goes away ends the request at the origin, in HTTP/%s', async (http) => {
    const path = `/stream/gone-${http}`;
    const socket = await openTls(
      edge,
      { sni: A, client: good() },
      { ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'] },
    );
    if (http === '2') {
      const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
      const stream = session.request({ ':path': path, ':authority': A });
      await once(stream, 'data');
      stream.close(8);
    } else {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
      await once(socket, 'data');
      socket.destroy();
    }
    await vi.waitFor(() => expect(world.origin.gone).toContain(path));
    socket.destroy();
  });

  it('HEAD, 204 and 304 have none', async () => {
    for (const http of ['1.1', '2'] as const) {
      expect(await ask({ http, method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
      expect(await ask({ http, path: '/status?304' })).toMatchObject({ status: 304, body: '' });
    }
  });

  it('an answer that breaks off at the origin breaks off here, and is not taken for a whole one', async () => {
    const socket = await open();
    const answer = await sendRaw(socket, `GET /break HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
    expect(answer).toEqual({ refused: 'closed' });
    await expect(ask({ http: '2', path: '/break' })).resolves.toHaveProperty('refused');
  });
});

describe('origins', () => {
  const withOrigin = (origin: string, timeouts: object = {}) =>
    startGateway(world, {
      enforced: world.enforced(),
      config: { hosts: world.hosts.map((host) => ({ ...host, origin })), timeouts },
    });

  it('that cannot be reached: 502', async () => {
    await using gateway = await withOrigin('http://127.0.0.1:1');
    expect(await askEdge(gateway, { sni: A, client: good() })).toMatchObject({ status: 502 });
  });

  it('that do not answer: 504', async () => {
    await using gateway = await withOrigin(world.origin.url, { originAnswerSeconds: 0.3 });
    expect(await askEdge(gateway, { sni: A, client: good(), path: '/slow' })).toMatchObject({ status: 504 });
  });

  it('that close an idle connection as the next request comes are asked again, when asking twice does no harm', async () => {
    let requests = 0;
    const server = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      let first = true;
      socket.on('data', () => {
        requests += 1;
        if (!first) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        first = false;
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await using gateway = await withOrigin(`http://127.0.0.1:${port}`);
    const get = () => askEdge(gateway, { sni: A, client: good() });
    expect(await get()).toMatchObject({ status: 200 });
    expect(await get()).toMatchObject({ status: 200 });
    const asked = requests;
    expect(await askEdge(gateway, { sni: A, client: good(), method: 'POST', body: 'x' })).toMatchObject({
      status: 502,
    });
    expect(requests).toBe(asked + 1);
    server.close();
  });

  it('behind TLS are checked for their name and their authority', async () => {
    const { createServer: createHttps } = await import('node:https');
    const server = await makeServerCertificate(world.serverAuthority, ['localhost']);
    const https = createHttps({ cert: server.pem, key: server.keyPem }, (_request, response) => response.end('secret'));
    https.listen(0, '127.0.0.1');
    await once(https, 'listening');
    const { port } = https.address() as { port: number };
    const authority = join(world.folder, 'origin-ca.pem');
    writeFileSync(authority, world.serverAuthority.pem);
    const hosts = (origin: string, originAuthority?: string) =>
      world.hosts.map((host) => ({ ...host, origin, ...(originAuthority ? { originAuthority } : {}) }));
    for (const [config, status] of [
      [hosts(`https://localhost:${port}`, authority), 200],
      [hosts(`https://localhost:${port}`), 502],
      [hosts(`https://127.0.0.1:${port}`, authority), 502],
    ] as const) {
      await using gateway = await startGateway(world, { enforced: world.enforced(), config: { hosts: config } });
      expect(await askEdge(gateway, { sni: A, client: good() }), JSON.stringify(gateway.log.at(-1))).toMatchObject({
        status,
      });
    }
    https.close();
  });
});

describe('WebSockets', () => {
  const connectTo = (path: string, client = good()) =>
    new WebSocket(`wss://127.0.0.1:${edge.port}${path}`, [], {
      ...({ servername: A } as object),
      headers: { host: A },
      ca: edge.ca,
      cert: client.certificate,
      key: client.key,
      rejectUnauthorized: false,
    });

  it('are passed on with the facts of the certificate, and echo', async () => {
    const socket = connectTo('/ws');
    const [hello] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(String(hello))).toMatchObject({ 'x-client-cert-verified': 'true', host: A });
    socket.send('x'.repeat(200_000));
    const [echo] = (await once(socket, 'message')) as [Buffer];
    expect(echo.length).toBe(200_000);
    socket.close();
    await once(socket, 'close');
  });

  it('leave no more listeners behind than Node takes for no leak', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const socket = connectTo('/ws');
    await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('without a good certificate meet the rules first', async () => {
    const socket = connectTo('/ws', world.clients.expired);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(403);
  });

  it('that the origin declines get its answer', async () => {
    const socket = connectTo('/declined');
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
  });

  it('end with the revocation of their certificate, and the others go on', async () => {
    const { serial } = world.made.goodToo;
    const [one, other] = [connectTo('/ws', world.clients.goodToo), connectTo('/ws')];
    await Promise.all([once(one, 'message'), once(other, 'message')]);
    const closed = once(one, 'close');
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial }] }));
    await closed;
    other.send('still here');
    await once(other, 'message');
    other.terminate();
    await edge.apply(world.enforced());
  });

  it('end when their hostname is no longer bound to their authority', async () => {
    const socket = connectTo('/ws');
    await once(socket, 'message');
    const closed = once(socket, 'close');
    await edge.apply(world.enforced({ hosts: [{ hostname: A, authorities: ['b'] }] }));
    await closed;
    await edge.apply(world.enforced());
  });
});

describe('what is under way when a certificate stops counting', () => {
  it.each(['1.1', '2'] as const)('a stream in HTTP/%s ends', async (http) => {
    const { serial } = world.made.goodToo;
    const client = world.clients.goodToo;
    const socket = await openTls(edge, { sni: A, client }, { ALPNProtocols: [http === '2' ? 'h2' : 'http/1.1'] });
    let ended: Promise<unknown>;
    if (http === '2') {
      const session = connectHttp2(`https://${A}`, { createConnection: () => socket });
      const stream = session.request({ ':path': '/stream', ':authority': A });
      stream.on('error', () => undefined);
      await once(stream, 'data');
      ended = new Promise((done) => stream.once('close', done));
    } else {
      socket.write(`GET /stream HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
      await once(socket, 'data');
      ended = once(socket, 'close');
    }
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial }] }));
    await ended;
    socket.destroy();
    await edge.apply(world.enforced());
    world.origin.release();
  });

  it('a request that has no answer yet gets 403', async () => {
    const { serial } = world.made.goodToo;
    const socket = await open({ client: world.clients.goodToo });
    const answer = askOn(socket, { host: A, path: '/slow' });
    await vi.waitFor(async () => {
      await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial }] }));
      expect(await Promise.race([answer, undefined])).toMatchObject({ status: 403 });
    });
    socket.destroy();
    await edge.apply(world.enforced());
  });

  it('at the end of its time the connection ends, idle or not', async () => {
    let now = new Date();
    await using gateway = await startGateway(world, { enforced: world.enforced(), clock: { now: () => now } });
    const idle = await openTls(gateway, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    const busy = await openTls(gateway, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    expect(await askOn(idle, { host: A })).toMatchObject({ status: 200 });
    busy.write(`GET /stream HTTP/1.1\r\nHost: ${A}\r\n\r\n`);
    await once(busy, 'data');
    const closed = Promise.all([once(idle, 'close'), once(busy, 'close')]);
    now = new Date(now.getTime() + 31 * 86_400_000);
    await closed;
    world.origin.release();
  });
});

describe('slow and silent clients', () => {
  const impatient = () =>
    startGateway(world, {
      enforced: world.enforced(),
      config: { timeouts: { handshakeSeconds: 0.3, headersSeconds: 0.3, keepAliveSeconds: 0.3, idleSeconds: 0.5 } },
    });
  const endOf = (socket: Socket | TLSSocket) => {
    socket.on('error', () => undefined).resume();
    return once(socket, 'close');
  };

  it('who say nothing, or only the beginning of a hello, are let go', async () => {
    await using gateway = await impatient();
    const silent = connectTcp(gateway.port, gateway.host);
    const slow = connectTcp(gateway.port, gateway.host);
    slow.write(Uint8Array.of(22, 3, 1, 2, 0, 1));
    await Promise.all([endOf(silent), endOf(slow)]);
  });

  it('who never end the handshake, the headers, the body, or come back, are let go', async () => {
    await using gateway = await impatient();
    const tls = () => openTls(gateway, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    const [nothing, headers, body, idle] = await Promise.all([tls(), tls(), tls(), tls()]);
    headers.write(`GET / HTTP/1.1\r\nHost: ${A}\r\n`);
    body.write(`POST / HTTP/1.1\r\nHost: ${A}\r\nContent-Length: 10\r\n\r\nabc`);
    expect(await askOn(idle, { host: A })).toMatchObject({ status: 200 });
    await Promise.all([nothing, headers, body, idle].map(endOf));
  });

  it('a hello that comes octet by octet is served', async () => {
    const wire = connectTcp(edge.port, edge.host);
    wire.setNoDelay(true);
    const { Duplex } = await import('node:stream');
    const slow = new Duplex({
      read: () => undefined,
      write(chunk: Buffer, _encoding, done) {
        (async () => {
          for (const octet of chunk) await new Promise((sent) => wire.write(Uint8Array.of(octet), sent));
        })().then(() => done(), done);
      },
    });
    wire.on('data', (chunk) => slow.push(chunk));
    wire.on('close', () => slow.push(null));
    const socket = await openTls(edge, { sni: A, client: good() }, { socket: slow, ALPNProtocols: ['http/1.1'] });
    expect(await askOn(socket, { host: A })).toMatchObject({ status: 200 });
    socket.destroy();
    wire.destroy();
  });

  it('who speak HTTP without TLS are told so', async () => {
    const plain = connectTcp(edge.port, edge.host);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    const [chunk] = (await once(plain, 'data')) as [Buffer];
    expect(String(chunk)).toContain('This port speaks HTTPS');
    plain.destroy();
  });

  it('headers beyond the limit are refused', async () => {
    const socket = await open();
    expect(await askOn(socket, { host: A, headers: { 'x-long': 'a'.repeat(40_000) } })).toMatchObject({ status: 431 });
    socket.destroy();
  });

  it('connections beyond the limit are closed, and those before go on', async () => {
    await using gateway = await startGateway(world, { enforced: world.enforced(), config: { connections: 2 } });
    const tls = () => openTls(gateway, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    const kept = [await tls(), await tls()];
    await expect(tls()).rejects.toThrow();
    for (const socket of kept) expect(await askOn(socket, { host: A })).toMatchObject({ status: 200 });
    kept[0]?.destroy();
    await vi.waitFor(async () => (await tls()).destroy());
    kept[1]?.destroy();
  });
});

describe('the certificates of the server', () => {
  const serialOn = async (gateway: GatewayRig) => {
    const socket = await openTls(gateway, { sni: A, client: good() });
    const serial = socket.getPeerCertificate().serialNumber.toLowerCase();
    socket.destroy();
    return serial;
  };

  it('are renewed when their files change, and kept when what comes cannot be used', async () => {
    await using gateway = await startGateway(world, { enforced: world.enforced() });
    const [host] = world.hosts;
    if (!host) throw new Error('no host');
    const old = { certificate: readFileSync(host.certificate), key: readFileSync(host.key) };
    const before = await serialOn(gateway);
    const open = await openTls(gateway, { sni: A, client: good() }, { ALPNProtocols: ['http/1.1'] });
    const next = await makeServerCertificate(world.serverAuthority, [A]);

    writeFileSync(host.certificate, 'no certificate');
    gateway.gateway.reloadServerCertificates();
    expect(await serialOn(gateway)).toBe(before);
    // The certificate is there, its key not yet.
    writeFileSync(host.certificate, next.pem);
    gateway.gateway.reloadServerCertificates();
    expect(await serialOn(gateway)).toBe(before);
    writeFileSync(`${host.key}.new`, next.keyPem);
    renameSync(`${host.key}.new`, host.key);
    gateway.gateway.reloadServerCertificates();
    expect(await serialOn(gateway)).toContain(next.serial);
    expect(await askOn(open, { host: A })).toMatchObject({ status: 200 });
    open.destroy();
    writeFileSync(host.certificate, old.certificate);
    writeFileSync(host.key, old.key);
  });

  it('that cannot be used stop the start, all of them named at once', async () => {
    const hosts = world.hosts.map((host, index) => (index < 2 ? { ...host, key: '/not/here.key' } : host));
    await expect(startGateway(world, { config: { hosts } })).rejects.toThrow(
      new RegExp(`${A}: cannot read /not/here.key \\(ENOENT\\)[\\s\\S]*${B}: cannot read`),
    );
  });
});

describe('edge.json', () => {
  it('is refused with every problem at once, each by its place', () => {
    const text = JSON.stringify({
      hosts: [
        { hostname: '127.0.0.1', certificate: 'c', key: 'k', origin: 'http://o' },
        { hostname: A, certificate: '', key: 'k', origin: 'http://o/path', extra: 1 },
      ],
      clientAddress: { header: 'a b', trusted: ['10.0.0.0/64'] },
      timeouts: { idleSeconds: -1 },
    });
    const places = [
      'hosts.0.hostname',
      'hosts.1.certificate',
      'hosts.1.origin',
      'hosts.1',
      'clientAddress.header',
      'clientAddress.trusted.0',
      'timeouts.idleSeconds',
    ];
    for (const place of places) expect(() => parseEdgeConfig(text, '/')).toThrow(`  - ${place}: `);
  });

  it('names each hostname once, however it is written', () => {
    const host = { certificate: 'c', key: 'k', origin: 'http://o' };
    const text = JSON.stringify({
      hosts: [
        { ...host, hostname: A },
        { ...host, hostname: `${A.toUpperCase()}.` },
      ],
    });
    expect(() => parseEdgeConfig(text, '/')).toThrow(`${A} is there twice`);
  });
});

describe('what was seen', () => {
  it('is reported by certificate and hostname, added up', async () => {
    const gateway = await startGateway(world, {
      enforced: world.enforced({
        rules: [
          aRule({ number: 7, expression: 'http.request.method eq "GET"', action: 'monitor' }),
          aRule({ number: 8, expression: 'not tls_client_auth.cert_verified' }),
        ],
      }),
    });
    for (let i = 0; i < 3; i++) await askEdge(gateway, { sni: A, client: good() });
    await askEdge(gateway, { sni: A });
    await gateway[Symbol.asyncDispose]();
    const [report] = gateway.reports;
    const total = (name: 'verified' | 'unverified' | 'blocked') =>
      report?.hostnames.reduce((sum, line) => sum + line[name], 0);
    expect([total('verified'), total('unverified'), total('blocked')]).toEqual([3, 1, 1]);
    expect(report?.certificates.reduce((sum, { count }) => sum + count, 0)).toBe(3);
    expect(report?.certificates[0]).toMatchObject({ authorityId: 'a', serial: world.made.good.serial, hostname: A });
  });
});

describeWith('openssl', 'OpenSSL as the client', ({ openssl }) => {
  const sClient = (args: readonly string[], input: string): Promise<string> =>
    new Promise((resolve) => {
      const child = execFile(openssl, ['s_client', '-connect', `127.0.0.1:${edge.port}`, ...args], (_error, out, err) =>
        resolve(out + err),
      );
      child.stdin?.write(input);
      // What it reads as commands takes effect at once; the end ends it.
      setTimeout(() => child.stdin?.end(), 500);
    });

  it('cannot renegotiate', async () => {
    const said = await sClient(['-servername', A, '-tls1_2'], 'R\n');
    expect(said).toMatch(/no renegotiation|handshake failure|RENEGOTIATING[\s\S]*error/i);
  });

  it.each(['-tls1_2', '-tls1_3'])('is given no session that could be resumed (%s)', async (version) => {
    expect(await sClient(['-servername', A, version, '-reconnect'], '')).not.toContain('Reused');
  });

  it.each(['-tls1', '-tls1_1'])('is not served in older versions (%s)', async (version) => {
    expect(await sClient(['-servername', A, version, '-cipher', 'ALL:@SECLEVEL=0'], '')).not.toContain(
      'Cipher is ECDHE',
    );
  });

  it('is asked for a certificate on bound hostnames only, and told of which authorities', async () => {
    expect(await sClient(['-servername', A], '')).toMatch(/Acceptable client certificate CA names\n.*Root A/);
    expect(await sClient(['-servername', OPEN], '')).toContain('No client certificate CA names sent');
  });

  it('is told that a name is unknown', async () => {
    expect(await sClient(['-servername', 'evil.test'], '')).toContain('unrecognized name');
  });
});

function deferred<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
