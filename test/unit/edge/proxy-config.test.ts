import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../core/errors.ts';
import { parseEdgeConfig } from '../../../edge/gateway/config.ts';

const HOST = { hostname: 'a.example.test', certificate: 'a.pem', key: 'a.key', origin: 'http://127.0.0.1:80' };
const parse = (json: object, folder = '/etc/countersign') =>
  parseEdgeConfig(JSON.stringify({ hosts: [HOST], ...json }), folder);
const problemsOf = (json: object, folder?: string) => {
  try {
    parse(json, folder);
  } catch (error) {
    return (error as CountersignError).userMessage;
  }
  throw new Error('it was taken');
};
const NGINX = { folder: '/run/countersign' };
const HAPROXY = { folder: '/run/countersign', test: ['haproxy', '-c'] };

describe('edge.json of an agent', () => {
  it('needs little', () => {
    expect(parse({ nginx: NGINX }).nginx).toEqual({
      decide: 'native',
      folder: '/run/countersign',
      listen: '443',
      group: 'www-data',
      test: ['nginx', '-t', '-q'],
      reload: ['nginx', '-s', 'reload'],
      oldWorkersSeconds: 60,
    });
    expect(parse({ haproxy: HAPROXY }).haproxy).toMatchObject({
      bind: ':443',
      group: 'haproxy',
      reload: ['systemctl', 'reload', 'haproxy'],
    });
  });

  const hostile = ['/run/a b', '/run/a;b', "/run/a'b", '/run/a"b', '/run/a\nb', '/run/$a', '/run/a{', 'run/a', '/'];
  it.each(hostile)('cannot have %j as its folder', (folder) => {
    expect(problemsOf({ nginx: { ...NGINX, folder } })).toContain('nginx.folder: must be an absolute path');
    expect(problemsOf({ haproxy: { ...HAPROXY, folder } })).toContain('haproxy.folder: must be an absolute path');
  });

  it.each(['', '-R', 'a b', 'a:b', '../a'])('cannot have %j as its group', (group) => {
    expect(problemsOf({ nginx: { ...NGINX, group } })).toContain('nginx.group: must be the name or the number');
    expect(problemsOf({ haproxy: { ...HAPROXY, group } })).toContain('haproxy.group: must be the name or the number');
  });

  it('cannot have a folder in which the path of a socket would be too long', () => {
    expect(problemsOf({ nginx: { ...NGINX, folder: `/${'a'.repeat(51)}` } })).toContain('at most 50');
  });

  it.each(['443;', '443 ssl', '443\n', '$port', ''])('cannot listen on %j', (listen) => {
    expect(problemsOf({ nginx: { ...NGINX, listen } })).toContain('nginx.listen: must be a port');
    expect(problemsOf({ haproxy: { ...HAPROXY, bind: listen } })).toContain('haproxy.bind: must be a port');
  });

  it.each(['a b.pem', 'a;b.pem', 'a\n.pem', "a'.pem", 'a".pem', '$a.pem'])('cannot have %j as a file', (path) => {
    for (const section of [{ nginx: NGINX }, { haproxy: HAPROXY }]) {
      const said = problemsOf({ ...section, hosts: [{ ...HOST, certificate: path, key: path }] });
      expect(said).toContain('hosts.0.certificate: must be a path of letters');
      expect(said).toContain('hosts.0.key: must be a path of letters');
    }
    // The gateway writes no configuration.
    expect(parse({ hosts: [{ ...HOST, certificate: path, key: path }] }).hosts).toHaveLength(1);
  });

  it('cannot lie in a folder that is no such path, with files that count from it', () => {
    expect(problemsOf({ nginx: NGINX }, '/etc/my edge')).toContain('hosts.0.certificate: must be a path of letters');
  });

  it('drives one proxy', () => {
    expect(problemsOf({ nginx: NGINX, haproxy: HAPROXY })).toContain('one process drives one of them');
  });

  it('does not know other keys, shells among them', () => {
    expect(problemsOf({ nginx: { ...NGINX, reload: 'nginx -s reload' } })).toContain('nginx.reload');
    expect(problemsOf({ nginx: { ...NGINX, shell: true } })).toContain('shell');
  });

  it.each(['http://user:word@127.0.0.1', 'http://127.0.0.1/path', 'http://127.0.0.1;', 'file:///etc/passwd'])(
    'cannot have %s as an origin',
    (origin) => {
      expect(problemsOf({ nginx: NGINX, hosts: [{ ...HOST, origin }] })).toContain('hosts.0.origin');
    },
  );

  it('fails with an error of the configuration', () => {
    expect(() => parse({ nginx: {} })).toThrow(CountersignError);
  });
});
