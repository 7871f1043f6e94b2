import { createRequire } from 'node:module';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Person } from '../../sandbox/server/person.ts';
import { pairIn } from '../support/access-keys.ts';
import { contentOf } from '../support/acts.ts';
import { connect, Esa, type EsaClient, refusedBy } from '../support/sdk.ts';
import { ACCOUNT, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const PATIENCE_MS = 20_000;

/**
 * A key from its making to its end with every process a real one: made by pressing buttons in the sandbox, used by the
 * vendor's own SDK.
 */
describeWith('redisServer', 'an API key', () => {
  let stack: Stack;
  let ada: Person;
  let pair: { accessKeyId: string; secret: string };
  let client: EsaClient;

  beforeAll(async () => {
    stack = await startStack({ api: true });
    await stack.setUp();
    ({ ada } = stack);
  }, 120_000);
  afterAll(() => stack?.[Symbol.asyncDispose]());

  const list = () => client.listSites(new Esa.ListSitesRequest({}));
  const drawn = () => JSON.stringify(ada.modal?.blocks ?? []);
  const openList = async () => {
    await ada.close({ all: true }).catch(() => undefined);
    await ada.command(ada.dm, '/mtls key list');
    await ada.until(() => ada.modal?.title?.text === 'API Keys');
  };

  it('is made and shown by pressing buttons', { timeout: 60_000 }, async () => {
    await ada.command(ada.dm, '/mtls key create deploy');
    await ada.until(() => ada.modal);
    const submitted = await ada.submit({ Sites: 'all', Operations: ['sites'] });
    expect(submitted.outcome).toBe('updated');
    await ada.close({ all: true });
    const ready = await ada.until(
      () => ada.messages(ada.dm).find((seen) => contentOf(seen).includes('show_key_once')),
      PATIENCE_MS,
    );
    await ada.click(ready, 'Show once');
    pair = await ada.until(
      () =>
        ada
          .ephemerals(ada.dm)
          .map(({ blocks }) => pairIn(blocks))
          .find((found) => found !== undefined),
      PATIENCE_MS,
    );
    await ada.until(
      () => ada.messages(ada.dm).some((seen) => contentOf(seen).includes('was shown to you')),
      PATIENCE_MS,
    );
  });

  it('works with the SDK by the very lines that were shown with it', { timeout: 60_000 }, async () => {
    const shown = ada.ephemerals(ada.dm).find(({ blocks }) => pairIn(blocks) !== undefined);
    const lines = /const \{ default[\s\S]*?\}\)\);/.exec(contentOf(shown as never))?.[0] ?? '';
    const env = { ALIBABA_CLOUD_ACCESS_KEY_ID: pair.accessKeyId, ALIBABA_CLOUD_ACCESS_KEY_SECRET: pair.secret };
    const run = new Function('require', 'process', `${lines}\nreturn client;`);
    const theirs = run(createRequire(import.meta.url), { env }) as EsaClient;
    const answer = await theirs.listSites(new Esa.ListSitesRequest({}));
    expect(answer.body?.sites?.map(({ siteName }) => siteName)).toEqual(['example.com']);
    client = connect(new URL(stack.apiUrl).host, pair.accessKeyId, pair.secret);
    expect((await list()).body?.totalCount).toBe(1);
  });

  it('is refused with a secret that is wrong in its last letter', { timeout: 60_000 }, async () => {
    const host = new URL(stack.apiUrl).host;
    const other = connect(
      host,
      pair.accessKeyId,
      pair.secret.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')),
    );
    const refused = await refusedBy(other.listSites(new Esa.ListSitesRequest({})));
    expect(refused.code).toBe('SignatureDoesNotMatch');
  });

  it('shows its last use in the list; disabled there, its next call is refused', { timeout: 60_000 }, async () => {
    // The api writes the use down beside its answer.
    const uses = async () => (await stack.store.accessKeysOf(ACCOUNT, { skip: 0, limit: 1 }))[0]?.use;
    await vi.waitUntil(uses, { timeout: PATIENCE_MS });
    await openList();
    expect(drawn()).toContain('`ListSites`');
    await ada.click('modal', 'Disable');
    await ada.until(() => drawn().includes('is disabled'), PATIENCE_MS);
    expect((await refusedBy(list())).code).toBe('InvalidAccessKeyId.Inactive');
    await ada.click('modal', 'Enable');
    await ada.until(() => drawn().includes('is active again'), PATIENCE_MS);
    expect((await list()).body?.totalCount).toBe(1);
  });

  it('deleted, it is as if it had never been', { timeout: 60_000 }, async () => {
    await openList();
    await ada.click('modal', 'Delete…');
    await ada.until(() => drawn().includes('There is no API key.'), PATIENCE_MS);
    expect((await refusedBy(list())).code).toBe('InvalidAccessKeyId.NotFound');
    expect(stack.sandbox.problems).toEqual([]);
  });
});
