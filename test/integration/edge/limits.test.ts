import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseEdgeConfig } from '../../../edge/gateway/config.ts';
import { limitsOf } from '../../../edge/proxy/limits.ts';
import { describeWith, tools } from '../../support/tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-limits-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const host = (hostname: string) => ({ hostname, certificate: '/c.pem', key: '/c.key', origin: 'http://127.0.0.1:1' });
const edge = (section: object, hostnames = ['api.example.com', '*.example.com']) =>
  parseEdgeConfig(JSON.stringify({ hosts: hostnames.map(host), ...section }), '/');
const nginx = (test: readonly string[], more = {}) => edge({ nginx: { folder: '/srv/cs', test, ...more } });
const haproxy = (test: readonly string[]) => edge({ haproxy: { folder: '/srv/cs', test } });

/** Says what it was built with, and how it was called, where anybody asks. */
function aProgram(name: string, says: string): string[] {
  const path = join(folder, name);
  writeFileSync(path, `echo "$@" > '${path}.asked'\ncat >&2 <<'EOF'\n${says}\nEOF\n`);
  return ['sh', path];
}

describe('what a proxy that cannot ask says of itself', () => {
  it('is why, and what it serves', async () => {
    const old = aProgram('nginx-old', 'nginx version: nginx/1.26\nconfigure arguments: --with-http_ssl_module');
    expect(await limitsOf(nginx([...old, '-t', '-q']))).toEqual({
      reason: 'this nginx was built without auth_request (http_auth_request_module)',
      hostnames: ['api.example.com', '*.example.com'],
    });
    const bare = aProgram('haproxy-bare', 'HAProxy version 2.8\nFeature list : +EPOLL -LUA +OPENSSL');
    expect(await limitsOf(haproxy([...bare, '-c', '-f', 'x']))).toMatchObject({
      reason: 'this HAProxy was built without Lua',
    });
  });

  it('is nothing where it can, where nobody can tell, and for a gateway', async () => {
    const able = aProgram('nginx-able', 'configure arguments: --with-http_auth_request_module');
    expect(await limitsOf(nginx(able))).toBeNull();
    expect(await limitsOf(nginx(aProgram('silent', '')))).toBeNull();
    expect(await limitsOf(nginx(['/nowhere/nginx', '-t']))).toBeNull();
    expect(await limitsOf(haproxy(aProgram('haproxy-able', 'Feature list : +LUA')))).toBeNull();
    expect(await limitsOf(edge({}))).toBeNull();
  });

  it('names no hostname where there are too many of them', async () => {
    const old = aProgram('nginx-many', 'configure arguments:');
    const names = Array.from({ length: 501 }, (_, index) => `h${index}.example.com`);
    const many = await limitsOf(edge({ nginx: { folder: '/srv/cs', test: old } }, names));
    expect(many).toMatchObject({ hostnames: null });
  });

  it('is a mistake in edge.json where the agent is to decide everything', async () => {
    const old = aProgram('nginx-agent', 'configure arguments:');
    await expect(limitsOf(nginx(old, { decide: 'agent' }))).rejects.toMatchObject({
      code: 'invalid_configuration',
      userMessage: expect.stringContaining('nginx.decide in edge.json: the agent cannot decide, since this nginx'),
    });
  });
});

describeWith('nginx', 'the nginx that is here', () => {
  it('can ask', async () => {
    expect(await limitsOf(nginx([tools.nginx as string, '-t', '-q', '-c', '/nowhere.conf']))).toBeNull();
  });
});

describeWith('haproxy', 'the HAProxy that is here', () => {
  it('can ask', async () => {
    expect(await limitsOf(haproxy([tools.haproxy as string, '-c', '-q', '-f', '/nowhere.cfg']))).toBeNull();
  });
});
