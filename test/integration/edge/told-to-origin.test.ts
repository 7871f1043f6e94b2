import { afterEach, beforeEach, expect, it } from 'vitest';
import { echoOf } from '../../support/conformance.ts';
import { A, aRule, makeWorld, OPEN, type World } from '../../support/conformance-world.ts';
import { askEdge } from '../../support/edge-client.ts';
import { makeLeaf } from '../../support/pki.ts';
import { type ProxyRig, startHaproxy, startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

/** What an origin behind nginx or HAProxy is told of a client, and what a client cannot make it believe. */
function describeTold(start: (world: World) => Promise<ProxyRig>): void {
  let world: World;
  let edge: ProxyRig;
  beforeEach(async () => {
    world = await makeWorld();
    edge = await start(world);
  });
  afterEach(async () => {
    await edge[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
  });

  it('a certificate that does not count is not handed on', async () => {
    await edge.apply(world.enforced({ rules: [] }));
    for (const name of ['selfSigned', 'wrongAuthority', 'revoked', 'expired'] as const) {
      const { headers } = echoOf(await askEdge(edge, { sni: A, client: world.clients[name] }));
      expect(headers['x-client-cert-verified']).toBe('false');
      const others = Object.keys(headers).filter((one) => /client[-_]cert/.test(one));
      expect(others.filter((one) => headers[one] !== '')).toEqual(['x-client-cert-verified']);
    }
  });

  it('a line break in the name of a certificate begins no header', async () => {
    const text = 'x\r\nX-Admin: yes\r\nX-Client-Cert-Verified: true';
    const octets = Buffer.from(text);
    const subject = `CN=#0c${octets.length.toString(16).padStart(2, '0')}${octets.toString('hex')}`;
    const verified = await makeLeaf(subject, world.roots.a);
    const selfSigned = await makeLeaf(subject, undefined);
    await edge.apply(world.enforced({ rules: [] }));
    expect(Buffer.from(verified.der).includes(octets)).toBe(true);
    for (const { pem, keyPem } of [verified, selfSigned]) {
      const answer = await askEdge(edge, { sni: A, client: { certificate: pem, key: keyPem } });
      expect(echoOf(answer).headers).not.toHaveProperty('x-admin');
    }
  });

  it('a header of a client counts in no spelling', async () => {
    await edge.apply(world.enforced({ rules: [] }));
    const headers = {
      'x-client_cert-verified': 'true',
      'x.client.cert.verified': 'true',
      client_cert: ':MIIB:',
      'x-forwarded_host': 'evil.example',
      'x-real-ip': '10.0.0.1',
      forwarded: 'for=10.0.0.1',
    };
    const echo = echoOf(await askEdge(edge, { sni: OPEN, headers }));
    for (const name of Object.keys(headers)) expect(echo.headers).not.toHaveProperty([name]);
  });

  it('an exact name has its own rules and origin beside a wildcard that is listed before it', async () => {
    const exact = 'two.wild.example.test';
    const hosts = [
      { hostname: '*.wild.example.test', authorities: ['a'] },
      { hostname: exact, authorities: ['b'] },
    ];
    const rules = [aRule({ expression: 'http.host ne "two.wild.example.test"', site: 'wild.example.test' })];
    await edge.apply(world.enforced({ hosts, rules }));
    expect(await askEdge(edge, { sni: exact })).toMatchObject({ status: 200 });
    expect(await askEdge(edge, { sni: 'one.wild.example.test' })).toMatchObject({ status: 403 });
  });

  it('a Host that is more than one name is not the name of the connection', async () => {
    await edge.apply(world.enforced({ rules: [] }));
    for (const host of [`evil.example,${OPEN}`, `${OPEN}..`, `${OPEN}:80@evil.example`]) {
      const answer = await askEdge(edge, { sni: OPEN, host });
      // nginx tells the origin the name alone, whatever stands behind the colon.
      if ('status' in answer && answer.status === 200) expect(echoOf(answer).headers.host).toBe(OPEN);
      else expect(answer).toMatchObject({ status: expect.toBeOneOf([400, 421]) });
    }
    expect(await askEdge(edge, { sni: OPEN, host: `${OPEN.toUpperCase()}.:8443` })).toMatchObject({ status: 200 });
  });
}

describeWith('nginx', 'what an origin behind nginx is told', () => describeTold(startNginx));
describeWith('haproxy', 'what an origin behind HAProxy is told', () => describeTold(startHaproxy));
