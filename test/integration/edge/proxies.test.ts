import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDecider } from '../../../edge/proxy/decider.ts';
import type { ProxyState } from '../../../edge/proxy/driver.ts';
import type { ProxyMeans } from '../../../edge/proxy/plan-hosts.ts';
import { A, aRule, B, type ClientName, makeWorld, type World } from '../../support/conformance-world.ts';
import { askEdge, askOn, openTls } from '../../support/edge-client.ts';
import { OWN_GROUP, type ProxyRig, startHaproxy, startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from '../../support/until.ts';

/** What the table of every edge does not ask: how a proxy is kept equal to the feed. */
function describeDriving(kind: string, start: (world: World) => Promise<ProxyRig>): void {
  let world: World;
  let edge: ProxyRig;
  beforeEach(async () => {
    // A proxy that asks its agent about everything would show nothing of what it was told itself.
    world = await makeWorld({ native: true });
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

  /** The first server's certificate is spoilt, so that a configuration is refused, until it is mended. */
  const spoil = () => {
    const [{ certificate } = { certificate: '' }] = world.hosts;
    const whole = readFileSync(certificate);
    writeFileSync(certificate, 'this is no certificate');
    return () => writeFileSync(certificate, whole);
  };
  const untilProblem = (topic: string) => until(`a problem with ${topic}`, () => edge.problems.has(topic));
  const revoked = () => [{ authorityId: 'a', serial: world.made.goodToo.serial }];

  const untilStatus = (client: 'good' | 'goodToo', status: number) =>
    until(`${status} for ${client}`, async () => (await statusOf(client)) === status);
  /** Keys in the newest list. */
  const listed = () => {
    const lists = readdirSync(edge.folder, { recursive: true }).map(String);
    const newest = lists
      .filter((one) => one.endsWith('revoked.map'))
      .sort()
      .at(-1);
    return kind === 'HAProxy' ? readFileSync(join(edge.folder, newest ?? ''), 'utf8').split(/ 1\n+/) : [];
  };

  it('a configuration that it refuses stays out, what it ran stays, its words are told, and it is tried again', async () => {
    await edge.apply(world.enforced());
    const mend = spoil();
    const applied = edge.apply(world.enforced({ rules: [aRule({ expression: 'ssl', status: 429 })] }));
    await untilProblem('effect');
    expect(edge.problems.get('effect')).toMatch(/ended with \d+: .+/s);
    expect(await statusOf('good')).toBe(200);
    mend();
    await applied;
    expect(await statusOf('good')).toBe(429);
    expect([...edge.problems]).toEqual([]);
  });

  it('a revocation takes effect while a configuration is refused', async () => {
    await edge.apply(world.enforced());
    const mend = spoil();
    const rules = [aRule({ expression: 'not tls_client_auth.cert_verified', status: 404 })];
    const refused = edge.apply(world.enforced({ rules }));
    await untilProblem('effect');
    const applied = edge.apply(world.enforced({ rules, revoked: revoked() }));
    await untilStatus('goodToo', 403);
    expect(await statusOf('good')).toBe(200);
    mend();
    await Promise.all([refused, applied]);
    expect(await statusOf('goodToo')).toBe(404);
    expect(await statusOf('good')).toBe(200);
  });

  it('a revocation takes effect while a reload hangs, and is not lost by it', async () => {
    await edge.apply(world.enforced());
    writeFileSync(edge.hang, '');
    const rules = [aRule({ expression: 'not tls_client_auth.cert_verified', status: 404 })];
    const reloading = edge.apply(world.enforced({ rules }));
    const applied = edge.apply(world.enforced({ rules, revoked: revoked() }));
    await untilStatus('goodToo', 403);
    rmSync(edge.hang);
    await Promise.all([reloading, applied]);
    expect(await statusOf('goodToo')).toBe(404);
    expect(await statusOf('good')).toBe(200);
  });

  it('a proxy that is away takes everything when it is back', async () => {
    await edge.apply(world.enforced());
    await edge.stopProxy();
    const rules = [aRule({ expression: 'not tls_client_auth.cert_verified', status: 404 })];
    const applied = edge.apply(world.enforced({ rules, revoked: revoked() }));
    await until('a problem', () => edge.problems.size > 0);
    await edge.startProxy();
    await applied;
    expect([await statusOf('goodToo'), await statusOf('good')]).toEqual([404, 200]);
    expect([...edge.problems]).toEqual([]);
  });

  it('what is revoked, and what is released again, stays so when somebody else reloads or starts the proxy', async () => {
    await edge.apply(world.enforced({ revoked: revoked() }));
    await edge.apply(world.enforced());
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial: world.made.good.serial }] }));
    await untilStatus('goodToo', 200);
    // What was released is taken out of a file a moment later.
    await until('the list is whole', () => !listed().some((key) => key.endsWith(world.made.goodToo.serial)));
    edge.reload();
    await untilStatus('goodToo', 200);
    await untilStatus('good', 403);
    await edge.stopProxy();
    await edge.startProxy();
    await untilStatus('goodToo', 200);
    await untilStatus('good', 403);
  });

  it('an agent that ended halfway is followed by one that puts everything right', async () => {
    await edge.apply(world.enforced());
    await edge.stopAgent();
    const link = join(edge.folder, edge.folder.endsWith('nginx') ? 'countersign.conf' : 'conf/countersign.cfg');
    rmSync(link);
    symlinkSync(join(edge.folder, 'versions/1/gone'), link);
    symlinkSync('/nowhere', `${link}.new`);
    mkdirSync(join(edge.folder, 'versions/1/bundles'), { recursive: true });
    mkdirSync(join(edge.folder, 'revoked/1'), { recursive: true });
    await edge.startAgent(world.enforced({ revoked: revoked() }));
    expect([...edge.problems]).toEqual([]);
    expect([await statusOf('goodToo'), await statusOf('good')]).toEqual([403, 200]);
    await until('what was left is gone', () => readdirSync(join(edge.folder, 'versions')).length === 1, 15_000);
  });

  it('a disk that takes nothing is told, and what was not written is written later', async () => {
    await edge.apply(world.enforced());
    const versions = join(edge.folder, 'versions');
    renameSync(versions, `${versions}.away`);
    writeFileSync(versions, 'in the way of the folder');
    const applied = edge.apply(world.enforced({ rules: [aRule({ expression: 'ssl', status: 429 })] }));
    await untilProblem('effect');
    expect(await statusOf('good')).toBe(200);
    rmSync(versions);
    renameSync(`${versions}.away`, versions);
    await applied;
    expect(await statusOf('good')).toBe(429);
  });

  it('a revocation that comes during a reload is not lost by it', async () => {
    await edge.apply(world.enforced());
    const reloading = edge.apply(world.enforced({ rules: [aRule({ expression: `http.host eq "${B}"` })] }));
    await edge.driver.change([{ authorityId: 'a', serial: world.made.goodToo.serial, revoked: true }], () => []);
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
    const changing = edge.driver.change(
      [{ authorityId: 'a', serial: world.made.goodToo.serial, revoked: true }],
      () => [],
    );
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

function describeTakingUp(start: typeof startNginx | typeof startHaproxy): void {
  it('revokes what was revoked in the absence of an agent, whose first configuration it refuses', async () => {
    await using world = await makeWorld({ native: true });
    await using edge = await start(world);
    const statusOf = async (client: 'good' | 'goodToo') => {
      const answer = await askEdge(edge, { sni: A, client: world.clients[client] });
      return 'status' in answer && answer.status;
    };
    const revoked = (...names: ('good' | 'goodToo')[]) =>
      names.map((name) => ({ authorityId: 'a', serial: world.made[name].serial }));
    // The agent is asked about B.
    const asked = aRule({ expression: `http.host eq "${B}" and http.request.uri.path eq "/no"`, status: 404 });
    const rules = [aRule({ expression: 'not tls_client_auth.cert_verified' }), asked];
    await edge.apply(world.enforced({ rules, revoked: revoked('good') }));
    await edge.apply(world.enforced({ rules }));
    await edge.apply(world.enforced({ rules, revoked: revoked('good') }));
    expect([await statusOf('good'), await statusOf('goodToo')]).toEqual([403, 200]);
    await edge.stopAgent();
    const [{ certificate } = { certificate: '' }] = world.hosts;
    const whole = readFileSync(certificate);
    writeFileSync(certificate, 'this is no certificate');
    await edge.startAgent(world.enforced({ rules, revoked: revoked('goodToo') }));
    await until('goodToo is revoked', async () => (await statusOf('goodToo')) === 403);
    await until('good is released', async () => (await statusOf('good')) === 200);
    expect(edge.problems.has('effect')).toBe(true);
    // While it is tried again and again, too.
    for (let asked = 0; asked < 10; asked++) {
      for (const [path, status] of Object.entries({ '/yes': 200, '/no': 404 })) {
        expect(await askEdge(edge, { sni: B, client: world.clients.ofB, path })).toMatchObject({ status });
      }
    }
    // What comes later goes the same way.
    const applied = edge.apply(world.enforced({ rules, revoked: revoked('good', 'goodToo') }));
    await until('good is revoked', async () => (await statusOf('good')) === 403);
    writeFileSync(certificate, whole);
    await applied;
    expect([await statusOf('good'), await statusOf('goodToo')]).toEqual([403, 403]);
    expect([...edge.problems]).toEqual([]);
  });
}

/** A proxy that was built without what it asks its agent with. */
function describeLimited(
  kind: string,
  start: (world: World, options: Pick<ProxyMeans, 'limits'>) => Promise<ProxyRig>,
): void {
  const limits = { reason: 'it was built so', edgeId: 'this-edge' };

  it('without a way to ask denies what it cannot decide, until that is accepted of it', async () => {
    await using world = await makeWorld({ native: true });
    await using edge = await start(world, { limits });
    const statusAt = async (sni: string, client: 'good' | 'ofB', method: string) => {
      const answer = await askEdge(edge, { sni, client: world.clients[client], method });
      return 'status' in answer ? answer.status : answer.refused;
    };
    const statuses = async () => [
      await statusAt(A, 'good', 'GET'),
      await statusAt(A, 'good', 'POST'),
      await statusAt(B, 'ofB', 'POST'),
    ];
    const verified = aRule({ expression: 'not tls_client_auth.cert_verified' });
    const posts = aRule({
      number: 2,
      expression: `http.host eq "${A}" and http.request.method eq "POST"`,
      status: 405,
    });
    await edge.apply(world.enforced({ rules: [verified, posts] }));
    expect(await statuses()).toEqual([503, 503, 200]);
    expect(edge.inexpressible).toEqual([
      `Rule 2 of example.test (a rule) denies what it may be about at ${A} (503): it was built so.`,
    ]);
    await edge.apply(world.enforced({ rules: [verified, { ...posts, acceptedGaps: ['another-edge'] }] }));
    expect(await statuses()).toEqual([503, 503, 200]);
    await edge.apply(world.enforced({ rules: [verified, { ...posts, acceptedGaps: ['this-edge'] }] }));
    expect(await statuses()).toEqual([200, 200, 200]);
    expect(edge.inexpressible).toEqual([
      `Rule 2 of example.test (a rule) is left out at ${A}, as was accepted: it was built so.`,
    ]);
    // Everything else is in force as ever.
    expect(await statusAt(A, 'ofB', 'POST')).toBe(403);
    await edge.apply(world.enforced({ rules: [verified] }));
    expect(edge.inexpressible).toEqual([]);
    expect([...edge.problems]).toEqual([]);
  });

  it(`without a way to ask takes no certificate below an intermediate${kind === 'nginx' ? ', and none while any is blocked' : ''}`, async () => {
    await using world = await makeWorld();
    await using edge = await start(world, { limits });
    const statusOf = async (client: ClientName) => {
      const answer = await askEdge(edge, { sni: A, client: world.clients[client] });
      return 'status' in answer ? answer.status : answer.refused;
    };
    const enforced = world.enforced();
    const policy = { ...enforced.policy, blockedFingerprints: [] };
    await edge.apply({ ...enforced, policy });
    const clients = ['good', 'ours', 'depth1', 'depth4', 'revokedBelow', 'limitedDeep', 'revoked'] as const;
    const found = await Promise.all(clients.map(async (client) => [client, await statusOf(client)]));
    expect(Object.fromEntries(found)).toEqual({
      ...{ good: 200, ours: 200 },
      ...{ depth1: 403, depth4: 403, revokedBelow: 403, limitedDeep: 403, revoked: 403 },
    });
    await edge.apply(world.enforced());
    expect(await statusOf('blocked')).toBe(kind === 'nginx' ? 503 : 403);
    expect(await statusOf('good')).toBe(kind === 'nginx' ? 503 : 200);
    expect([...edge.problems]).toEqual([]);
  });
}

describeWith('nginx', 'nginx, driven by its agent', () => {
  describeDriving('nginx', startNginx);
  describeTakingUp(startNginx);
  describeLimited('nginx', startNginx);

  it('takes everything for revoked where it cannot look what is', async () => {
    await using world = await makeWorld({ native: true });
    await using edge = await startNginx(world);
    await edge.apply(world.enforced());
    const socket = await openTls(edge, { sni: A, client: world.clients.good }, { ALPNProtocols: ['http/1.1'] });
    const expectStatus = async (status: number) => expect(await askOn(socket, { host: A })).toMatchObject({ status });
    await expectStatus(200);
    renameSync(join(edge.folder, 'revoked'), join(edge.folder, 'away'));
    await expectStatus(403);
    renameSync(join(edge.folder, 'away'), join(edge.folder, 'revoked'));
    await expectStatus(200);
    // It was looked for and not found before, which nginx must not remember.
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial: world.made.good.serial }] }));
    await expectStatus(403);
    socket.destroy();
  });
});
describeWith('haproxy', 'HAProxy, driven by its agent', () => {
  describeDriving('HAProxy', startHaproxy);
  describeTakingUp(startHaproxy);
  describeLimited('HAProxy', startHaproxy);

  it('reads nothing that an agent writes which has ended', async () => {
    await using world = await makeWorld({ native: true });
    await using edge = await startHaproxy(world);
    const statusOf = async (client: 'good' | 'goodToo') => askEdge(edge, { sni: A, client: world.clients[client] });
    const revoked = (name: 'good' | 'goodToo') => ({
      revoked: [{ authorityId: 'a', serial: world.made[name].serial }],
    });
    await edge.apply(world.enforced(revoked('good')));
    // Something was released, so that the list is about to be written anew.
    await edge.apply(world.enforced());
    await edge.stopAgent();
    writeFileSync(edge.hang, '');
    const started = edge.startAgent(world.enforced(revoked('goodToo')));
    // Longer than the agent that has ended would have waited.
    await wait(1_500);
    rmSync(edge.hang);
    await started;
    expect(await statusOf('goodToo')).toMatchObject({ status: 403 });
    expect(await statusOf('good')).toMatchObject({ status: 200 });
  });

  it('is told by a reload where the socket for its commands is gone', async () => {
    await using world = await makeWorld();
    await using edge = await startHaproxy(world);
    await edge.apply(world.enforced());
    const [version = ''] = readdirSync(join(edge.folder, 'versions'));
    rmSync(join(edge.folder, 'versions', version, 'commands.sock'));
    await edge.apply(world.enforced({ revoked: [{ authorityId: 'a', serial: world.made.goodToo.serial }] }));
    expect(await askEdge(edge, { sni: A, client: world.clients.goodToo })).toMatchObject({ status: 403 });
    expect(await askEdge(edge, { sni: A, client: world.clients.good })).toMatchObject({ status: 200 });
    expect([...edge.problems]).toEqual([]);
  });

  it('denies with 403 where the agent says a status that the configuration does not know', async () => {
    await using world = await makeWorld();
    await using edge = await startHaproxy(world);
    await edge.apply(world.enforced({ rules: [aRule({ expression: 'http.request.uri.path eq "/no"', status: 404 })] }));
    await edge.stopAgent();
    const decider = await startDecider(join(edge.folder, 'decide.sock'), OWN_GROUP, () => ({
      status: 418,
      state: 'verified',
      told: [],
    }));
    expect(await askEdge(edge, { sni: A, client: world.clients.good })).toMatchObject({ status: 403 });
    await decider.stop();
  });
});
