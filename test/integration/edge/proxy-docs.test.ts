import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import { systemClock } from '../../../core/clock.ts';
import { silentLogger } from '../../../core/logger.ts';
import { buildSet, packSerials } from '../../../core/snapshot/serial-set.ts';
import { parseEdgeConfig } from '../../../edge/gateway/config.ts';
import type { AgentFeed } from '../../../edge/proxy/agent.ts';
import { startHaproxyAgent, startNginxAgent } from '../../../edge/proxy/start.ts';
import { aRule, makeWorld, type World } from '../../support/conformance-world.ts';
import { askEdge } from '../../support/edge-client.ts';
import { makeServerCertificate } from '../../support/pki.ts';
import { freePort, withChildren } from '../../support/real-edges.ts';
import { describeWith } from '../../support/tools.ts';
import { until } from '../../support/until.ts';

const HOSTNAME = 'api.example.com';

/** The examples as they are printed, in another folder and on other ports. */
describeWith(['nginx', 'haproxy'], 'the example in the documentation', ({ nginx, haproxy }) => {
  let world: World;
  let root: string;
  let server: { pem: string; keyPem: string };
  beforeAll(async () => {
    world = await makeWorld();
    server = await makeServerCertificate(world.serverAuthority, [HOSTNAME]);
    root = mkdtempSync(join(tmpdir(), 'cs-docs-'));
    // The proxies' own users come here.
    chmodSync(root, 0o755);
  });
  afterAll(async () => {
    rmSync(root, { recursive: true, force: true });
    await world[Symbol.asyncDispose]();
  });

  function readExample(page: string, port: number) {
    const text = readFileSync(new URL(`../../../docs/${page}.md`, import.meta.url), 'utf8');
    const folder = join(root, page);
    mkdirSync(join(folder, 'run'), { recursive: true, mode: 0o755 });
    mkdirSync(join(folder, 'etc'));
    const block = (language: string, having = '') =>
      (
        [...text.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]+?)\`\`\``, 'g'))]
          .map(([, one = '']) => one)
          .find((one) => one.includes(having)) ?? ''
      )
        .replaceAll('/run/countersign', join(folder, 'run'))
        .replaceAll('/etc/countersign', join(folder, 'etc'))
        .replaceAll(/\/(etc|run|var\/log)\/(nginx|haproxy)(\/|\.pid)/g, `${folder}/etc/$2$3`)
        .replace('http://127.0.0.1:8081', world.origin.url)
        .replace(/"(:?)443"/, `"127.0.0.1:${port}"`);
    mkdirSync(join(folder, 'etc/nginx'));
    mkdirSync(join(folder, 'etc/haproxy'));
    writeFileSync(join(folder, 'etc/api.example.com.pem'), server.pem);
    writeFileSync(join(folder, 'etc/api.example.com.key'), server.keyPem, { mode: 0o600 });
    return { folder, block, edge: JSON.parse(block('json')) };
  }

  async function feed(): Promise<AgentFeed & { problems: Map<string, string> }> {
    const enforced = world.enforced({
      hosts: [{ hostname: HOSTNAME, authorities: ['a'] }],
      // One that is decided by table would do without the agent's socket.
      rules: [
        aRule({
          site: 'example.com',
          expression: 'not tls_client_auth.cert_verified and http.request.method eq "GET"',
        }),
      ],
    });
    const revoked = await buildSet([packSerials([world.made.revoked.serial])], makeBreathe());
    const problems = new Map<string, string>();
    return {
      problems,
      current: () => ({ ...enforced, sets: new Map([['a', revoked]]) }),
      onChange: () => () => undefined,
      report: () => undefined,
      setInexpressible: () => undefined,
      setProblem: (topic, sentence) => {
        if (sentence) problems.set(topic, sentence);
      },
    };
  }

  const edgeAt = (port: number) => ({ host: '127.0.0.1', port, ca: world.serverAuthority.pem });

  async function expectEnforced(port: number, problems: ReadonlyMap<string, string>) {
    const edge = edgeAt(port);
    const statusOf = async (client?: 'good' | 'revoked') => {
      const answer = await askEdge(edge, { sni: HOSTNAME, ...(client ? { client: world.clients[client] } : {}) });
      return 'status' in answer ? answer.status : answer.refused;
    };
    expect([...problems]).toEqual([]);
    expect([await statusOf(), await statusOf('good'), await statusOf('revoked')]).toEqual([403, 200, 403]);
  }

  async function end(child: ChildProcess) {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }

  const hosts = (edge: ReturnType<typeof parseEdgeConfig>) =>
    edge.hosts.map(({ hostname, certificate, key, origin }) => {
      return { hostname, certificateFile: certificate, keyFile: key, origin };
    });

  it.runIf(process.getuid?.() === 0)('of nginx starts before there is anything, and enforces', async () => {
    const port = await freePort();
    const { folder, block, edge } = readExample('nginx', port);
    const conf = join(folder, 'etc/nginx/nginx.conf');
    writeFileSync(conf, block('nginx'));
    const command = [nginx, '-c', conf];
    Object.assign(edge.nginx, { test: [...command, '-t', '-q'], reload: [...command, '-s', 'reload'] });
    const config = parseEdgeConfig(JSON.stringify(edge), folder);
    const child = spawn(nginx, ['-c', conf, '-g', 'daemon off;'], { stdio: 'inherit' });
    await until('nginx runs', () => readIf(join(folder, 'etc/nginx.pid')) !== '');
    const told = await feed();
    if (!config.nginx) throw new Error('no section');
    const agent = await startNginxAgent(
      { feed: told, hosts: hosts(config), clock: systemClock, logger: silentLogger },
      config.nginx,
    );
    await expectEnforced(port, told.problems);
    expectClosed(config.nginx.folder);

    // Killed, it leaves its sockets, over which it does not start.
    const killed = once(child, 'exit');
    for (const pid of withChildren(child.pid as number)) process.kill(pid, 'SIGKILL');
    await killed;
    const before = /^ExecStartPre=-(.+)$/m.exec(block('ini', 'ExecStartPre'))?.[1] ?? '';
    execFileSync('sh', ['-c', before]);
    const again = spawn(nginx, ['-c', conf, '-g', 'daemon off;'], { stdio: 'inherit' });
    await until('nginx answers again', () => askEdge(edgeAt(port), { sni: HOSTNAME }).then((one) => 'status' in one));
    await expectEnforced(port, told.problems);
    await agent.stop();
    await end(again);
  });

  it.runIf(process.getuid?.() === 0)('of HAProxy starts before there is anything, and enforces', async () => {
    const port = await freePort();
    const own = await freePort();
    const { folder, block, edge } = readExample('haproxy', port);
    const cfg = join(folder, 'etc/haproxy/haproxy.cfg');
    writeFileSync(cfg, block('haproxy').replace('8405', String(own)));
    // As tmpfiles.d makes them.
    chmodSync(join(folder, 'run'), 0o711);
    mkdirSync(join(folder, 'run/conf'), { mode: 0o700 });
    const child = spawn(haproxy, ['-W', '-f', cfg, '-f', join(folder, 'run/conf')], { stdio: 'inherit' });
    await until('HAProxy runs', () =>
      fetch(`http://127.0.0.1:${own}`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    edge.haproxy.test[0] = haproxy;
    edge.haproxy.reload = ['kill', '-USR2', String(child.pid)];
    const config = parseEdgeConfig(JSON.stringify(edge), folder);
    const told = await feed();
    if (!config.haproxy) throw new Error('no section');
    const agent = await startHaproxyAgent(
      { feed: told, hosts: hosts(config), clock: systemClock, logger: silentLogger },
      config.haproxy,
    );
    await expectEnforced(port, told.problems);
    expectClosed(config.haproxy.folder);
    await agent.stop();
    await end(child);
  });
});

/** To everybody who is neither the agent nor the proxy; who may use sockets of the proxy's own, the proxy says. */
function expectClosed(folder: string): void {
  expect(statSync(folder).mode & 0o777).toBe(0o711);
  const own = readdirSync(folder).filter((name) => ['decide.sock', 'log.sock', 'access.log'].includes(name));
  expect(own).toHaveLength(2);
  for (const name of own) expect([name, statSync(join(folder, name)).mode & 0o007]).toEqual([name, 0]);
}

function readIf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
