import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it } from 'vitest';
import { downloadFile, filesOrigin, type UploadedFile } from '../../../bot/uploaded-file.ts';

const TOKEN = 'xoxb-1-very-secret';
const MOST = 1000;

describe('where files are fetched from', () => {
  it.each([
    ['https://slack.com/api/', 'https://files.slack.com'],
    ['https://www.slack.com/api/', 'https://files.slack.com'],
    ['https://slack-gov.com/api/', 'https://files.slack-gov.com'],
    ['http://127.0.0.1:3100/api/', 'http://127.0.0.1:3100'],
    ['https://slack.com.evil.example/api/', 'https://slack.com.evil.example'],
  ])('with the Web API at %s: %s', (apiUrl, origin) => {
    expect(filesOrigin(apiUrl)).toBe(origin);
  });
});

/** A server that keeps what it was asked, with the token it was shown. */
async function serve(answer: RequestListener) {
  const asked: { url: string; token: string | undefined }[] = [];
  const server = createServer((request, response) => {
    asked.push({ url: request.url ?? '', token: request.headers.authorization });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    asked,
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const get = (apiOrigin: string, file: UploadedFile) =>
  downloadFile({ apiUrl: `${apiOrigin}/api/`, botToken: TOKEN }, file, MOST, 'too long');

describe('an uploaded file', () => {
  it('is fetched with the token', async () => {
    await using slack = await serve((_, response) => response.end('octets'));
    const octets = await get(slack.origin, { url_private_download: `${slack.origin}/files-pri/T1-F1/download/a.csr` });
    expect(Buffer.from(octets).toString()).toBe('octets');
    expect(slack.asked).toEqual([{ url: '/files-pri/T1-F1/download/a.csr', token: `Bearer ${TOKEN}` }]);
  });

  it('at another address is not fetched, whatever the payload says, and the token goes nowhere', async () => {
    await using slack = await serve((_, response) => response.end('octets'));
    await using other = await serve((_, response) => response.end('octets'));
    const { host } = new URL(slack.origin);
    for (const url of [
      `${other.origin}/files-pri/T1-F1/download/a.csr`,
      `http://${host}@${new URL(other.origin).host}/a`,
      `https://${host}/a`,
      `http://127.0.0.1.nip.example:${new URL(slack.origin).port}/a`,
      `//${host}/a`,
      'file:///etc/passwd',
      'data:text/plain,octets',
      'a.csr',
      '',
    ]) {
      await expect(get(slack.origin, { url_private_download: url })).rejects.toMatchObject({ code: 'invalid_input' });
    }
    await expect(get(slack.origin, {})).rejects.toMatchObject({ code: 'invalid_input' });
    expect([...slack.asked, ...other.asked]).toEqual([]);
  });

  it('is not followed elsewhere', async () => {
    await using other = await serve((_, response) => response.end('octets'));
    await using slack = await serve((_, response) => {
      response.writeHead(302, { location: `${other.origin}/steal` }).end();
    });
    const file = { url_private_download: `${slack.origin}/a` };
    await expect(get(slack.origin, file)).rejects.toMatchObject({ code: 'slack_refused' });
    expect(other.asked).toEqual([]);
  });

  it('that announces too much is not begun, and one that lies about it is not read to its end', async () => {
    let sent = 0;
    await using slack = await serve((request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384))) sent += 16_384;
      };
      response.on('drain', more);
      request.on('close', () => response.destroy());
      more();
    });
    const url_private_download = `${slack.origin}/a`;
    await expect(get(slack.origin, { url_private_download, size: MOST + 1 })).rejects.toThrow('too long');
    expect(slack.asked).toEqual([]);
    await expect(get(slack.origin, { url_private_download, size: 1 })).rejects.toThrow('too long');
    expect(slack.asked).toHaveLength(1);
    expect(sent).toBeLessThan(50_000_000);
  });

  it.each<[string, RequestListener, string]>([
    [
      'a login page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
      'slack_refused',
    ],
    ['a refusal', (_, response) => response.writeHead(403).end(), 'slack_refused'],
    ['an error', (_, response) => response.writeHead(500).end(), 'slack_unavailable'],
    ['a broken connection', (_, response) => response.destroy(), 'slack_unavailable'],
    ['nothing for too long', () => undefined, 'slack_unavailable'],
  ])('answered with %s is explained', async (_, answer, code) => {
    await using slack = await serve(answer);
    const file = { url_private_download: `${slack.origin}/a` };
    const refused = await get(slack.origin, file).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code });
    expect(JSON.stringify(refused)).not.toContain(TOKEN);
    if (code === 'slack_refused') expect(String(refused)).toMatch(/files:read/);
  });
});
