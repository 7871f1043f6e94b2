import { expect, it } from 'vitest';
import { file } from '../../../sandbox/server/local-file.ts';
import { type Sandbox, startSandbox } from '../../../sandbox/server/sandbox.ts';
import { makeClient, modal, plain, refusal, startApp } from './app.ts';
import { ask, logIn, openWindow } from './window.ts';

const PEM = '-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n';
const MEGABYTE = 1024 * 1024;

type SlackFile = { id: string; name: string; size: number; url_private_download: string };

const field = (element: object = {}, extra: object = {}) => ({
  type: 'input',
  block_id: 'csr',
  label: plain('CSR file'),
  element: { type: 'file_input', action_id: 'file', ...element },
  ...extra,
});

/** An app with a modal that takes files, and what was submitted to it. */
async function startWith(block: object) {
  const sandbox = await startSandbox();
  const submitted: SlackFile[][] = [];
  const app = await startApp(sandbox, (bolt) => {
    bolt.command('/mtls', async ({ ack, body, client }) => {
      await ack();
      await client.views.open({ trigger_id: body.trigger_id, view: modal('Issue', [block]) });
    });
    bolt.view('m', async ({ ack, view }) => {
      submitted.push(view.state.values['csr']?.['file']?.files as unknown as SlackFile[]);
      await ack();
    });
  });
  const alice = sandbox.person('U0ALICE');
  const open = async () => {
    await alice.command('C0PLATFORM', 'issue');
    await alice.until((person) => person.modal);
  };
  await open();
  return {
    sandbox,
    alice,
    open,
    submitted,
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await sandbox.stop();
    },
  };
}

const fetchAsBot = (sandbox: Sandbox, url: string) =>
  fetch(url, { headers: { authorization: `Bearer ${sandbox.botToken}` } });

it('a chosen file comes with the submission as a file object, whose bytes the bot fetches', async () => {
  await using started = await startWith(field({ filetypes: ['csr', 'pem'], max_files: 1 }));
  const { alice, sandbox, submitted } = started;
  expect(await alice.submit({ 'CSR file': file('Device.CSR', PEM) })).toEqual({ outcome: 'closed', errors: {} });
  const [chosen] = submitted[0] ?? [];
  expect(chosen).toMatchObject({
    id: expect.stringMatching(/^F/),
    name: 'Device.CSR',
    title: 'Device.CSR',
    filetype: 'text',
    mimetype: 'text/plain',
    mode: 'hosted',
    size: PEM.length,
    user: 'U0ALICE',
  });
  expect(await (await fetchAsBot(sandbox, String(chosen?.url_private_download))).text()).toBe(PEM);
  expect((await makeClient(sandbox).files.info({ file: String(chosen?.id) })).file).toMatchObject({
    shares: {},
    ims: [],
  });
  // In no conversation: nobody else sees it.
  expect(() => sandbox.person('U0BOB').download(String(chosen?.id))).toThrow('sees no file');
});

it('several files, none where it is optional, and taking them away again', async () => {
  await using started = await startWith(field({ max_files: 2 }, { optional: true }));
  const { alice, open, submitted } = started;
  await alice.submit({ csr: [file('a.pem', 'a'), file('b.pem', new Uint8Array([0, 1]))] });
  await open();
  await alice.submit();
  await open();
  await alice.change('modal', 'csr', file('a.pem', 'a'));
  await alice.submit({ csr: null });
  expect(submitted.map((files) => files.map(({ name, size }) => [name, size]))).toEqual([
    [
      ['a.pem', 1],
      ['b.pem', 2],
    ],
    [],
    [],
  ]);
});

it('the client refuses what Slack refuses: none, too many, another type, too large', async () => {
  await using started = await startWith(field({ filetypes: ['csr'], max_files: 1 }));
  const { alice, submitted } = started;
  const errorOf = async (value: unknown) => (await alice.submit({ csr: value })).errors['CSR file'];
  expect(await errorOf(null)).toBe('Please complete this required field.');
  expect(await errorOf([file('a.csr', 'a'), file('b.csr', 'b')])).toBe('Please choose no more than 1 file.');
  expect(await errorOf(file('a.csr.exe', 'a'))).toBe('Please choose files of these types: csr.');
  await expect(errorOf(file('a.csr', Buffer.alloc(10 * MEGABYTE + 1)))).rejects.toThrow('larger than 10 MB');
  expect(submitted).toEqual([]);
  // An app must look for itself: another client need not.
  await alice.submit({ csr: file('a.exe', 'a') }, { force: true });
  expect(submitted[0]?.[0]?.name).toBe('a.exe');
});

it('is for modals alone, and takes one to ten files', async () => {
  await using sandbox = await startSandbox();
  const client = makeClient(sandbox);
  const home = (element: object) =>
    refusal(client.views.publish({ user_id: 'U0BOB', view: { type: 'home', blocks: [field(element) as never] } }));
  expect((await home({})).messages).toEqual([
    '[ERROR] unsupported type: file_input [json-pointer:/view/blocks/0/element/type]',
  ]);
  for (const max_files of [0, 11]) {
    const view = modal('Issue', [field({ max_files })]);
    const { error, messages } = await refusal(client.views.open({ trigger_id: 'x', view }));
    expect([error, messages[0]]).toEqual(['invalid_arguments', expect.stringContaining('/element/max_files')]);
  }
});

it("the page sends bytes ahead of the form; nobody submits somebody else's file", async () => {
  await using started = await startWith(field());
  const { sandbox, submitted } = started;
  using alice = await openWindow(sandbox, 'U0ALICE');
  const cookie = await logIn(sandbox);
  const send = (client: string, name: string, body: string, headers: object = {}) =>
    ask(sandbox, `/page/upload?client=${client}&name=${encodeURIComponent(name)}`, {
      method: 'POST',
      headers: { cookie, 'content-type': 'application/octet-stream', origin: sandbox.url, ...headers },
      body,
    });
  expect((await send(alice.first.client, 'a.csr', PEM, { origin: 'https://evil.example' })).status).toBe(403);
  expect((await send(alice.first.client, 'a.csr', PEM, { 'content-type': 'text/plain' })).status).toBe(404);
  expect((await send('nobody', 'a.csr', PEM)).status).toBe(409);
  const { file: mine } = JSON.parse((await send(alice.first.client, 'ä.csr', PEM)).body) as { file: { id: string } };
  expect(mine).toMatchObject({ name: 'ä.csr', sizeBytes: PEM.length });
  const { id: foreign } = sandbox.person('U0BOB').upload(file('bob.csr', PEM));

  await alice.act('say', { conversationId: 'C0PLATFORM', text: '/mtls issue' });
  const viewId = (await alice.until((scene) => scene.modals.length === 1)).modals[0]?.view.id;
  const submit = (id: string) =>
    alice.act('submit', {
      viewId,
      values: { csr: { file: { type: 'file_input', files: [{ id, url_private: 'x' }] } } },
    });
  expect(await submit(foreign)).toEqual([409, { problem: 'A file is missing. Choose it again.' }]);
  expect(await submit('F0NONE')).toEqual([409, { problem: 'A file is missing. Choose it again.' }]);
  expect(submitted).toEqual([]);
  expect(await submit(mine.id)).toEqual([200, {}]);
  expect(submitted[0]).toMatchObject([{ id: mine.id, url_private: expect.stringContaining(sandbox.url) }]);
});

it('the page is told when a file is too large, before it is read whole', async () => {
  await using sandbox = await startSandbox();
  using alice = await openWindow(sandbox, 'U0ALICE');
  const answer = await ask(sandbox, `/page/upload?client=${alice.first.client}&name=a.csr`, {
    method: 'POST',
    headers: { cookie: await logIn(sandbox), 'content-type': 'application/octet-stream' },
    body: 'x'.repeat(10 * MEGABYTE + 1),
  });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    413,
    { problem: 'a.csr is larger than 10 MB: Slack does not take it.' },
  ]);
  expect(sandbox.store.workspace.files).toEqual([]);
});
