import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, refusal, section } from './app.ts';
import { ask, logIn, openWindow } from './window.ts';

const BYTES = Buffer.from('{"event":1}\n{"event":2}\n');
const NOT_TEXT = Buffer.from([0, 255, 254, 1, 2, 3]);

type SlackFile = { id: string; url_private_download: string };

async function upload(sandbox: Sandbox, name: string, bytes: Buffer, channel?: string): Promise<SlackFile> {
  const client = makeClient(sandbox);
  const destination = channel === undefined ? {} : { channel_id: channel };
  const answer = await client.filesUploadV2({ file: bytes, filename: name, ...destination });
  return (answer as unknown as { files: { files: SlackFile[] }[] }).files[0]?.files[0] as SlackFile;
}

const fetchAs = (url: string, token?: string) =>
  fetch(url, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });

describe('uploading', () => {
  it("the SDK's filesUploadV2 shares several files in one message, with title and comment", async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    await client.filesUploadV2({
      channel_id: 'C0AUDIT',
      initial_comment: 'The audit of May',
      file_uploads: [
        { file: BYTES, filename: 'audit.jsonl', title: 'Audit' },
        { file: NOT_TEXT, filename: 'audit.bin' },
      ],
    });
    const { messages } = await client.conversations.history({ channel: 'C0AUDIT' });
    expect(messages).toMatchObject([
      {
        text: 'The audit of May',
        files: [
          { name: 'audit.jsonl', title: 'Audit', size: BYTES.length, mimetype: 'text/plain', user: 'U0BOT' },
          { name: 'audit.bin', title: 'audit.bin', size: 6, filetype: 'binary' },
        ],
      },
    ]);
    const [shared] = sandbox.person('U0BOB').messages('C0AUDIT');
    const [first, second] = shared?.fileIds ?? [];
    expect(sandbox.person('U0BOB').download(String(first))).toEqual({ name: 'audit.jsonl', bytes: BYTES });
    expect(sandbox.person('U0BOB').download(String(second)).bytes.equals(NOT_TEXT)).toBe(true);
  });

  it('the answer does not tell the message yet, files.info does', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const { id } = await upload(sandbox, 'bundle.pem', BYTES, 'C0AUDIT');
    const [message] = sandbox.store.messagesIn('C0AUDIT');
    const { file } = await client.files.info({ file: id });
    expect(file).toMatchObject({ id, groups: ['C0AUDIT'], shares: { private: { C0AUDIT: [{ ts: message?.ts }] } } });
    expect(await refusal(client.files.info({ file: 'F0' }))).toMatchObject({ error: 'file_not_found' });
  });

  it('the three steps by hand, with raw bytes and blocks', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const { upload_url, file_id } = await client.files.getUploadURLExternal({
      filename: 'a.csv',
      length: BYTES.length,
    });
    const id = String(file_id);
    const complete = () =>
      client.files.completeUploadExternal({ files: [{ id }], channel_id: 'C0AUDIT', blocks: [section('With blocks')] });
    expect(await refusal(complete())).toMatchObject({ error: 'file_not_found' });
    const send = (bytes: Buffer) => fetch(String(upload_url), { method: 'POST', body: new Uint8Array(bytes) });
    expect((await send(BYTES.subarray(1))).status).toBe(400);
    expect((await send(BYTES)).status).toBe(200);
    expect((await send(BYTES)).status).toBe(404);
    await complete();
    expect(sandbox.store.messagesIn('C0AUDIT')).toMatchObject([{ text: '', blocks: [section('With blocks')] }]);
    expect(await refusal(complete())).toMatchObject({ error: 'file_not_found' });
  });

  it('more bytes than were announced are not read', async () => {
    await using sandbox = await startSandbox();
    const { upload_url } = await makeClient(sandbox).files.getUploadURLExternal({ filename: 'a', length: 1 });
    const many = fetch(String(upload_url), { method: 'POST', body: new Uint8Array(1_000_000) });
    expect(await many.then(({ status }) => status).catch(() => 'cut')).toSatisfy((end) => end === 413 || end === 'cut');
  });

  it('wrong use has the errors of Slack', async () => {
    await using sandbox = await startSandbox();
    const client = makeClient(sandbox);
    const begin = (options: { filename: string; length: number; snippet_type?: string }) =>
      refusal(client.files.getUploadURLExternal(options));
    expect(await begin({ filename: 'a', length: 0 })).toMatchObject({ error: 'missing_argument' });
    expect(await begin({ filename: '', length: 1 })).toMatchObject({ error: 'invalid_arguments' });
    expect(await begin({ filename: 'a', length: 2_000_000_000 })).toMatchObject({
      error: 'file_upload_size_restricted',
    });
    expect(await begin({ filename: 'a', length: 2_000_000, snippet_type: 'json' })).toMatchObject({
      error: 'snippet_too_large',
    });
    const send = (more: object) =>
      refusal(client.filesUploadV2({ file: BYTES, filename: 'a.txt', ...more } as never)).then(({ error }) => error);
    expect(await send({ channel_id: 'C0GENERAL' })).toBe('not_in_channel');
    expect(await send({ channel_id: 'C0NOWHERE' })).toBe('channel_not_found');
    // Unlike chat.postMessage it does not open a DM by itself.
    expect(await send({ channel_id: 'U0BOB' })).toBe('invalid_arguments');
    expect(await send({ channel_id: 'C0AUDIT', thread_ts: '1.000001' })).toBe('thread_not_found');
    expect(await send({ channel_id: 'C0AUDIT', blocks: [{ type: 'nonsense' }] })).toBe('invalid_blocks');
    expect(await send({ channel_id: 'C0AUDIT', blocks: [{ type: 'markdown', text: 'x' }] })).toBe('internal_error');
    expect(await refusal(client.files.completeUploadExternal({ files: [] as never }))).toMatchObject({
      error: 'invalid_arguments',
    });
    expect(sandbox.store.messagesIn('C0AUDIT')).toEqual([]);
  });
});

describe('downloading', () => {
  it("wants the bot's token, else the login page comes with status 200", async () => {
    await using sandbox = await startSandbox();
    const { url_private_download: url } = await upload(sandbox, 'Gerät 1.pem', BYTES, 'C0AUDIT');
    const good = await fetchAs(url, sandbox.botToken);
    expect(good.headers.get('content-type')).toBe('text/plain');
    expect(good.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''Ger%C3%A4t%201.pem");
    expect(Buffer.from(await good.arrayBuffer()).equals(BYTES)).toBe(true);
    for (const token of [undefined, 'xoxb-wrong']) {
      const page = await fetchAs(url, token);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(await page.text()).not.toContain('event');
    }
  });

  it('people fetch what is in their conversations, and nothing else', async () => {
    await using sandbox = await startSandbox();
    const bob = sandbox.store.openDm('U0BOB').dm.id;
    const mine = await upload(sandbox, 'a.txt', BYTES, bob);
    expect(() => sandbox.person('U0EVE').download(mine.id)).toThrow('sees no file');
    expect(sandbox.person('U0BOB').download(mine.id).bytes.equals(BYTES)).toBe(true);
  });
});

it('trouble befalls uploads and downloads too', async () => {
  await using sandbox = await startSandbox();
  sandbox.faults.add({ method: 'upload_url', kind: '500', times: 1 });
  await expect(upload(sandbox, 'a.txt', BYTES, 'C0AUDIT')).rejects.toThrow();
  sandbox.faults.add({ method: 'upload_url', kind: 'lost', times: 1 });
  await expect(upload(sandbox, 'a.txt', BYTES, 'C0AUDIT')).rejects.toThrow();
  expect(sandbox.store.messagesIn('C0AUDIT')).toEqual([]);
  const { url_private_download: url } = await upload(sandbox, 'a.txt', BYTES, 'C0AUDIT');
  sandbox.faults.add({ method: 'url_private', kind: '429', times: 1, retryAfterSeconds: 3 });
  expect((await fetchAs(url, sandbox.botToken)).headers.get('retry-after')).toBe('3');
  expect(await (await fetchAs(url, sandbox.botToken)).text()).toBe(BYTES.toString());
});

describe('the page', () => {
  it('shows a file to members of the conversation, who alone can download it, as a download', async () => {
    await using sandbox = await startSandbox();
    const { id } = await upload(sandbox, 'audit.html', Buffer.from('<script>1</script>'), 'C0AUDIT');
    using bob = await openWindow(sandbox, 'U0BOB');
    using eve = await openWindow(sandbox, 'U0EVE');
    const shown = bob.first.conversations.find((conversation) => conversation.id === 'C0AUDIT')?.messages[0];
    expect(shown?.files).toEqual([{ id, name: 'audit.html', title: 'audit.html', sizeBytes: 18, kind: 'Plain Text' }]);
    expect(JSON.stringify(eve.first)).not.toContain(id);
    const get = (client: string, cookie: string) =>
      ask(sandbox, `/page/file/${id}?client=${client}`, { headers: { cookie } });
    const cookie = await logIn(sandbox);
    const fetched = await get(bob.first.client, cookie);
    expect(fetched).toMatchObject({ status: 200, body: '<script>1</script>' });
    // Whatever it claims to be, a browser must not run it with the page's cookie.
    expect(fetched.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''audit.html",
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
    });
    expect((await get(eve.first.client, cookie)).status).toBe(404);
    expect((await get('nobody', cookie)).status).toBe(404);
    expect((await get(bob.first.client, '')).status).toBe(403);
  });
});

it('files outlive a restart, readable by one account of the machine', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sandbox-'));
  try {
    let id = '';
    {
      await using sandbox = await startSandbox({ dataDir });
      id = (await upload(sandbox, '../../escape.txt', BYTES, 'C0AUDIT')).id;
    }
    const folder = join(dataDir, 'workspace-files');
    expect(await readdir(folder)).toEqual([id]);
    expect((await stat(join(folder, id))).mode & 0o777).toBe(0o600);
    await using sandbox = await startSandbox({ dataDir });
    expect(sandbox.person('U0BOB').download(id).bytes.equals(BYTES)).toBe(true);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
