import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AskedRequest, startDecider } from '../../../edge/proxy/decider.ts';
import { followLog } from '../../../edge/proxy/log-file.ts';
import { watchFiles } from '../../../edge/proxy/watch-files.ts';
import { makeLeaf } from '../../support/pki.ts';
import { OWN_GROUP } from '../../support/proxy-rig.ts';
import { until } from '../../support/until.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-parts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a log that a proxy appends to', () => {
  const follow = async () => {
    const path = join(folder, 'access.log');
    writeFileSync(path, 'old\n');
    const lines: string[] = [];
    const log = followLog(path, (line) => lines.push(line));
    // It has found the end when it hears of what comes after.
    await until('it follows', () => {
      if (lines.length === 0) appendFileSync(path, 'begin\n');
      return lines.length > 0;
    });
    lines.length = 0;
    return { path, lines, log };
  };
  const untilLine = (lines: readonly string[], line: string) => until(line, () => lines.includes(line));

  it('is read from its end on, a line at a time, however it is written', async () => {
    const { path, lines, log } = await follow();
    appendFileSync(path, 'one\ntw');
    await untilLine(lines, 'one');
    appendFileSync(path, 'o\nthree\n');
    await untilLine(lines, 'three');
    await log.stop();
    expect(lines.filter((line) => line !== 'begin')).toEqual(['one', 'two', 'three']);
  });

  it('is read on from its beginning when it was emptied, and in its new file when it was replaced', async () => {
    const { path, lines, log } = await follow();
    truncateSync(path);
    await delay(700);
    appendFileSync(path, 'after\n');
    await untilLine(lines, 'after');
    renameSync(path, `${path}.1`);
    await delay(700);
    writeFileSync(path, '');
    await delay(700);
    appendFileSync(path, 'renamed\n');
    await untilLine(lines, 'renamed');
    await log.stop();
  });

  it('is cut when much of it has been read, and nothing is read twice', async () => {
    const { path, lines, log } = await follow();
    const line = `${'x'.repeat(1023)}\n`;
    appendFileSync(path, line.repeat(33 * 1024));
    await until('it is cut', () => statSync(path).size < 1024 * 1024);
    appendFileSync(path, 'next\n');
    await untilLine(lines, 'next');
    await log.stop();
    expect(lines.filter((one) => one.startsWith('x'))).toHaveLength(33 * 1024);
  });

  it('may have a line without an end, of which only so much is kept', async () => {
    const { path, lines, log } = await follow();
    appendFileSync(path, 'y'.repeat(3 * 1024 * 1024));
    appendFileSync(path, '\nnext\n');
    await untilLine(lines, 'next');
    await log.stop();
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(600 * 1024);
  });

  it('may not be there yet', async () => {
    const path = join(folder, 'later.log');
    const lines: string[] = [];
    const log = followLog(path, (line) => lines.push(line));
    writeFileSync(path, '');
    await until('its first line', () => {
      appendFileSync(path, 'first\n');
      return lines.includes('first');
    });
    await log.stop();
  });
});

describe('files of a certificate', () => {
  it('are told of once both have stayed as they are', async () => {
    const paths = [join(folder, 'a.pem'), join(folder, 'a.key')];
    for (const path of paths) writeFileSync(path, '1');
    let told = 0;
    const watch = watchFiles(paths, () => (told += 1), 20);
    await delay(100);
    expect(told).toBe(0);
    for (const path of paths) writeFileSync(path, 'two');
    await until('it is told', () => told > 0);
    const after = told;
    await delay(100);
    expect(told).toBe(after);
    watch.stop();
  });

  it('are told of when they are replaced, with the same size and time', async () => {
    const path = join(folder, 'a.pem');
    writeFileSync(path, '1');
    let told = 0;
    const watch = watchFiles([path], () => (told += 1), 20);
    await delay(100);
    writeFileSync(`${path}.new`, '2');
    renameSync(`${path}.new`, path);
    await until('it is told', () => told === 1);
    watch.stop();
  });
});

describe('the socket on which a proxy asks', () => {
  const asked: AskedRequest[] = [];
  let verdict: number | Error = 0;
  let path: string;
  let decider: Awaited<ReturnType<typeof startDecider>>;
  beforeEach(async () => {
    asked.length = 0;
    verdict = 0;
    path = join(folder, 'decide.sock');
    decider = await startDecider(path, OWN_GROUP, (one) => {
      asked.push(one);
      if (verdict instanceof Error) throw verdict;
      return { status: verdict, state: one.state, told: [] };
    });
  });
  afterEach(() => decider.stop());

  const WHOLE = {
    host: 'api.example.test',
    'x-countersign-method': 'POST',
    'x-countersign-target': '/a%20b?c=d',
    'x-countersign-version': 'HTTP/2.0',
    'x-countersign-source': '192.0.2.1',
    'x-countersign-state': 'none',
  };
  const ask = (headers: Record<string, string | string[]>) =>
    new Promise<{ status: number; denied: string | undefined }>((resolve, reject) => {
      const one = request({ socketPath: path, path: '/decide', headers, agent: false }, (answer) => {
        answer.resume();
        const denied = answer.headers['x-countersign-status'];
        resolve({ status: answer.statusCode ?? 0, denied: Array.isArray(denied) ? denied[0] : denied });
      });
      one.once('error', reject).end();
    });
  const raw = (octets: string | Buffer) =>
    new Promise<string>((resolve) => {
      const connection = createConnection(path);
      let text = '';
      connection.on('data', (chunk) => (text += chunk)).on('error', () => undefined);
      connection.once('close', () => resolve(text));
      connection.end(octets);
    });

  it('is told everything of a request, undecoded, and nothing of itself', async () => {
    expect(await ask({ ...WHOLE, 'x-many': ['1', '2'] })).toEqual({ status: 204, denied: undefined });
    const [one] = asked;
    expect(one).toMatchObject({ host: 'api.example.test', method: 'POST', target: '/a%20b?c=d', state: 'none' });
    expect(one?.headers.get('x-many')).toEqual(['1', '2']);
    expect([...(one?.headers.keys() ?? [])].filter((name) => name.startsWith('x-countersign'))).toEqual([]);
  });

  it('answers a denial with its status', async () => {
    verdict = 451;
    expect(await ask(WHOLE)).toEqual({ status: 403, denied: '451' });
  });

  it('takes certificates as nginx and as HAProxy write them', async () => {
    const { pem, der } = await makeLeaf('CN=one', undefined);
    await ask({ ...WHOLE, 'x-countersign-certificate': encodeURIComponent(pem) });
    await ask({ ...WHOLE, 'x-countersign-certificate': Buffer.from(der).toString('base64') });
    for (const { certificates } of asked) expect(certificates).toEqual([Buffer.from(der)]);
    expect(asked).toHaveLength(2);
  });

  it.each([
    ...Object.keys(WHOLE)
      .filter((name) => name.startsWith('x-'))
      .map((name) => [`without ${name}`, { [name]: [] }] as const),
    ['with a state that there is not', { 'x-countersign-state': 'admin' }],
    ['with two states', { 'x-countersign-state': ['none', 'verified'] }],
    ['with a certificate that is none', { 'x-countersign-certificate': '-----BEGIN nonsense' }],
    ['with a broken escape', { 'x-countersign-certificate': '-----BEGIN %zz' }],
  ] as const)('denies a question %s', async (_, changes) => {
    expect(await ask({ ...WHOLE, ...changes } as Record<string, string | string[]>)).toMatchObject({ status: 403 });
    expect(asked).toEqual([]);
  });

  it('is for the group of the proxy alone', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(statSync(path).gid).toBe(Number(OWN_GROUP));
    const other = join(folder, 'other.sock');
    await expect(startDecider(other, 'no-such-group', () => ({ status: 0, state: 'none', told: [] }))).rejects.toThrow(
      /chgrp no-such-group .*invalid group/,
    );
  });

  it.runIf(process.getuid?.() === 0)('is closed to other users of the machine', async () => {
    const other = join(folder, 'other.sock');
    chmodSync(folder, 0o711);
    const one = await startDecider(other, '4711', () => ({ status: 0, state: 'none', told: [] }));
    const connectAs = async (gid: number) => {
      const script = `require('net').connect(${JSON.stringify(other)}, () => process.exit(0)).on('error', () => process.exit(13))`;
      const child = spawn(process.execPath, ['-e', script], { uid: 4712, gid, stdio: 'ignore' });
      return (await once(child, 'exit'))[0];
    };
    expect([await connectAs(4711), await connectAs(4712)]).toEqual([0, 13]);
    await one.stop();
  });

  it('denies when nothing can be decided', async () => {
    verdict = new RangeError('no address');
    expect(await ask(WHOLE)).toMatchObject({ status: 403 });
  });

  it.each([
    ['nothing', ''],
    ['no HTTP', 'hello\r\n\r\n'],
    ['octets', Buffer.from([0, 255, 22, 3, 1, 0, 0])],
    ['a header without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(200_000)}`],
    [
      'two lengths',
      'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n',
    ],
  ])('lets nothing through for %s, and goes on', async (_, octets) => {
    expect(await raw(octets)).not.toContain(' 204 ');
    expect(await ask(WHOLE)).toMatchObject({ status: 204 });
  });
});
