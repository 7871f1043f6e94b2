import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ProxyState } from '../../../edge/proxy/driver.ts';
import { A, aRule, B, makeWorld, type World } from '../../support/conformance-world.ts';
import { askEdge, askOn, openTls } from '../../support/edge-client.ts';
import { type ProxyRig, startHaproxy, startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

/** What the table of every edge does not ask: how a proxy is kept equal to the feed. */
function describeDriving(kind: string, start: (world: World) => Promise<ProxyRig>): void {
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
  const statusOf = async (client: 'good' | 'goodToo' | undefined, asked: object = {}) =>
    askEdge(edge, { sni: A, ...(client ? { client: world.clients[client] } : {}), ...asked }).then((answer) =>
      'status' in answer ? answer.status : answer.refused,
    );

  it('a configuration that it refuses stays out, what it ran stays in force, and its words are told', async () => {
    await edge.apply(world.enforced());
    const [{ certificate } = { certificate: '' }] = world.hosts;
    const whole = readFileSync(certificate);
    writeFileSync(certificate, 'this is no certificate');
    const denyAll = world.enforced({ rules: [aRule({ expression: 'ssl' })] });
    await expect(edge.apply(denyAll)).rejects.toThrow(/ended with \d+: .+/s);
    expect(await statusOf('good')).toBe(200);
    writeFileSync(certificate, whole);
    await edge.apply(world.enforced({ rules: [aRule({ expression: 'ssl', status: 429 })] }));
    expect(await statusOf('good')).toBe(429);
  });

  it('a revocation takes effect while a configuration that was refused before is still out', async () => {
    await edge.apply(world.enforced());
    const [{ certificate } = { certificate: '' }] = world.hosts;
    const whole = readFileSync(certificate);
    writeFileSync(certificate, 'this is no certificate');
    const revoked = [{ authorityId: 'a', serial: world.made.goodToo.serial }];
    await expect(edge.apply(world.enforced({ revoked, rules: [aRule({ expression: 'not ssl' })] }))).rejects.toThrow();
    expect(await statusOf('goodToo')).toBe(403);
    expect(await statusOf('good')).toBe(200);
    writeFileSync(certificate, whole);
  });

  it('a revocation that comes during a reload is not lost by it', async () => {
    await edge.apply(world.enforced());
    const reloading = edge.apply(world.enforced({ rules: [aRule({ expression: `http.host eq "${B}"` })] }));
    await edge.driver.change([{ authorityId: 'a', serial: world.made.goodToo.serial, revoked: true }]);
    await reloading;
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial: world.made.goodToo.serial }] }));
    expect(await statusOf('goodToo')).toBe(403);
    expect(await statusOf('good')).toBe(200);
  });

  it('a revocation in the very moment in which everything is written anew is not lost by it', async () => {
    const states: ProxyState[] = [];
    const { apply } = edge.driver;
    edge.driver.apply = (state) => {
      states.push(state);
      return apply(state);
    };
    await edge.apply(world.enforced());
    const [state] = states;
    const applying = apply(state as ProxyState);
    const changing = edge.driver.change([{ authorityId: 'a', serial: world.made.goodToo.serial, revoked: true }]);
    await Promise.all([applying, changing]);
    expect(await statusOf('goodToo')).toBe(403);
    expect(await statusOf('good')).toBe(200);
  });

  it('requests that the agent decides are denied while it is away; the others go on', async () => {
    const rules = [aRule({ expression: `http.host eq "${B}" and http.request.uri.path eq "/no"`, status: 404 })];
    await edge.apply(world.enforced({ rules }));
    const ofB = { sni: B, client: world.clients.ofB };
    expect(await askEdge(edge, { ...ofB, path: '/yes' })).toMatchObject({ status: 200 });
    expect(await askEdge(edge, { ...ofB, path: '/no' })).toMatchObject({ status: 404 });
    await edge.stopAgent();
    const denied = await askEdge(edge, { ...ofB, path: '/yes' });
    expect([500, 502, 503]).toContain('status' in denied && denied.status);
    expect(await askEdge(edge, { sni: 'open.example.test' })).toMatchObject({ status: 200 });
  });

  it('ten thousand changes are folded into one list, and none is forgotten', async () => {
    await edge.apply(world.enforced());
    const socket = await openTls(edge, { sni: A, client: world.clients.good }, { ALPNProtocols: ['http/1.1'] });
    expect(await askOn(socket, { host: A })).toMatchObject({ status: 200 });
    edge.alsoRevoked.push(
      ...Array.from({ length: 10_001 }, (_, n) => `4f${n.toString(16).padStart(30, '0')}`),
      world.made.goodToo.serial,
    );
    await edge.apply(world.enforced());
    // On the connection that was open before: nothing was reloaded for it.
    expect(await askOn(socket, { host: A })).toMatchObject({ status: 200 });
    socket.destroy();
    expect(await statusOf('goodToo')).toBe(403);
    await edge.apply(world.enforced());
    await edge.apply(world.enforced({ rules: [] }));
    await edge.apply(world.enforced());
    expect(await statusOf('goodToo')).toBe(403);
    const list = readdirSync(edge.folder, { recursive: true })
      .map(String)
      .filter((one) => one.endsWith('revoked.map'));
    const newest = list.sort().at(-1) ?? '';
    expect(readFileSync(join(edge.folder, newest), 'utf8').split('\n').length).toBeGreaterThan(10_000);
    expect([...edge.problems]).toEqual([]);
  });

  it(`${kind} is told a certificate by nothing that a client writes`, async () => {
    await edge.apply(world.enforced({ rules: [aRule({ expression: 'tls_client_auth.cert_subject_cn eq "nobody"' })] }));
    const forged = {
      'X-Countersign-State': 'verified',
      'X-Countersign-Certificate': 'MIIB',
      'x-countersign-target': '/',
    };
    expect(await statusOf(undefined, { headers: forged })).toBe(200);
    await edge.apply(
      world.enforced({
        rules: [aRule({ expression: 'not tls_client_auth.cert_verified and http.request.method eq "GET"' })],
      }),
    );
    expect(await statusOf(undefined, { headers: forged })).toBe(403);
    expect(await statusOf('good', { headers: forged })).toBe(200);
  });
}

describeWith('nginx', 'nginx, driven by its agent', () => describeDriving('nginx', startNginx));
describeWith('haproxy', 'HAProxy, driven by its agent', () => describeDriving('HAProxy', startHaproxy));
