import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { unseal } from '../../../core/seal.ts';
import { ACTIONS } from '../../../core/slack/actions.ts';
import { insert, raise, update } from '../../../core/store/plan.ts';
import type { AccessKey, Request } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { anAgreement, aRequest, aSite } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, end, grant, keys, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

async function aKey(rig: BotRig, set: Partial<AccessKey> = {}): Promise<AccessKey> {
  const key: AccessKey = {
    id: randomUUID(),
    accountId: ACCOUNT,
    name: 'deploy',
    accessKeyId: `CSAK${randomUUID().slice(0, 8)}`,
    sealedSecret: null,
    siteIds: null,
    access: 'write',
    groups: ['certificates', 'rules'],
    mode: 'asks',
    state: 'active',
    requestId: randomUUID(),
    createdBy: 'U0ADA',
    createdAt: rig.clock.now(),
    shownAt: rig.clock.now(),
    endedAt: null,
    version: 1,
    ...set,
  };
  await rig.store.commit([insert('accessKeys', key)]);
  return key;
}

const drawn = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
const whispered = (person: Person) => person.ephemerals(WHERE).at(-1);

async function openForm(rig: BotRig, text = '/mtls key create'): Promise<Person> {
  await seed(rig.store);
  const ada = rig.sandbox.person('U0ADA');
  await ada.command(WHERE, text);
  expect(ada.modal?.title?.text).toBe('New API Key');
  return ada;
}

describe('/mtls key create', () => {
  it('explains each choice, begins with the safer ones, and records what was chosen', async () => {
    await using rig = await startBotRig();
    const ada = await openForm(rig, '/mtls key create Deploy');
    const submitted = ada.submit({ 'Chosen Sites': [site.id], Operations: ['certificates', 'hostnames'] });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]).toMatchObject({
      kind: 'key_create',
      actorId: 'U0ADA',
      payload: {
        name: 'deploy',
        siteIds: [site.id],
        access: 'read',
        groups: ['certificates', 'hostnames'],
        mode: 'asks',
      },
    });
    expect((await submitted).outcome).toBe('updated');
    expect(drawn(ada)).toContain('is recorded');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('says that somebody else is asked, and what comes after', async () => {
    await using rig = await startBotRig({
      carryOut: (request, store) => store.commit([update('requests', request, { state: 'waiting' })]),
    });
    const ada = await openForm(rig);
    await ada.submit({ Name: 'ci', Sites: 'all', Access: 'write', Operations: ['sites'] });
    expect(drawn(ada)).toContain('A second person is asked');
  });

  it('refuses each field at its place, all of them at once', async () => {
    await using rig = await startBotRig();
    const ada = await openForm(rig);
    await aKey(rig, { name: 'gone', state: 'deleted' });
    const refused = async (fill: Record<string, unknown>) => (await ada.submit(fill)).errors;
    expect(await refused({ Name: 'gone', Operations: ['rules'] })).toEqual({
      Name: expect.stringContaining('none is used twice'),
      'Chosen Sites': expect.stringContaining('at least one site'),
    });
    expect(await refused({ Name: '-x y', Sites: 'all', 'Chosen Sites': [site.id] })).toEqual({
      Name: expect.stringContaining('lower-case'),
      'Chosen Sites': expect.stringContaining('All sites are chosen above'),
    });
    for (const name of ['key:x', '../etc', 'ä', 'a b', '*']) {
      expect(await refused({ Name: name })).toHaveProperty('Name');
    }
    expect(rig.announced).toEqual([]);
  });

  it('is not fooled by values that its form does not have', async () => {
    await using rig = await startBotRig();
    const ada = await openForm(rig);
    await rig.store.commit([insert('sites', aSite({ id: 'foreign', accountId: 'T0OTHER', name: 'other.example' }))]);
    const option = (value: string) => ({ text: { type: 'plain_text', text: value }, value });
    const values = {
      key_name: { key_name: { type: 'plain_text_input', value: 'deploy' } },
      key_scope: { key_scope: { type: 'radio_buttons', selected_option: option('everything') } },
      key_sites: { key_sites: { type: 'multi_static_select', selected_options: [option('foreign')] } },
      key_access: { key_access: { type: 'radio_buttons', selected_option: option('root') } },
      key_groups: { key_groups: { type: 'checkboxes', selected_options: [option('settings'), option('toString')] } },
      key_mode: { key_mode: { type: 'radio_buttons', selected_option: option('__proto__') } },
    };
    const forged = structuredClone(ada.payload.submission()) as { view: { state: { values: unknown } } };
    forged.view.state.values = values;
    const { body } = await ada.send(forged as never);
    expect(body).toMatchObject({ response_action: 'errors' });
    const { errors } = body as { errors: Record<string, string> };
    expect(Object.keys(errors).sort()).toEqual(['key_access', 'key_groups', 'key_mode', 'key_sites']);
    expect(rig.announced).toEqual([]);
  });

  it('offers more than a hundred sites by what is typed', async () => {
    await using rig = await startBotRig();
    await seed(
      rig.store,
      Array.from({ length: 101 }, (_, n) => insert('sites', aSite({ name: `s${n}.example.org` }))),
    );
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key create');
    const found = await ada.options('Chosen Sites', 's100.');
    expect(found).toHaveLength(1);
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('/mtls key list', () => {
  it('says what each key may do, who made it, and when it was last used', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const used = await aKey(rig);
    await aKey(rig, { name: 'ci', access: 'read', siteIds: [site.id], createdBy: 'U0EVE', state: 'disabled' });
    await aKey(rig, { name: 'old', state: 'deleted' });
    await rig.store.commit([raise('accessKeyUses', { id: used.id, operation: 'ListSites', usedAt: rig.clock.now() })]);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls keys');
    const seen = drawn(ada);
    expect(seen).toContain('2 API keys. 1 deleted');
    expect(seen).toContain('`ListSites`');
    expect(seen).toContain('Never used');
    expect(seen).toContain('Asks a person');
    expect(seen).toContain('`example.com`');
    expect(seen).toContain('<@U0EVE>, who is not an administrator any more');
    expect(seen).not.toContain('*old*');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('says of a key that is to act alone that nobody has agreed to it, until somebody has', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const key = await aKey(rig, { mode: 'alone' });
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key list');
    expect(drawn(ada)).toContain('Nobody was asked when it was made');
    await rig.store.commit([insert('approvals', anAgreement(key))]);
    await ada.command(WHERE, '/mtls key list');
    expect(drawn(ada)).toContain('Acts alone');
    expect(drawn(ada)).not.toContain('Nobody was asked');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('disables, enables and deletes where it stands, and says what came of it', async () => {
    await using rig = await startBotRig({
      carryOut: async (request, store) => {
        expect(request).toMatchObject({ payload: { keyId: expect.any(String) }, actorId: 'U0ADA' });
        const key = await store.accessKey(String(request.payload['keyId']));
        if (key) await store.commit([update('accessKeys', key, { state: 'disabled' })]);
        await end(store, request, 'done', 'It is disabled.');
      },
    });
    await seed(rig.store);
    await aKey(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key');
    await ada.click('modal', 'Disable');
    await ada.until(() => drawn(ada).includes('It is disabled.') && drawn(ada).includes('"Enable"'));
    await ada.click('modal', 'Enable');
    await ada.click('modal', 'Delete…');
    await expect.poll(() => rig.announced).toHaveLength(3);
    expect(rig.announced.map(({ kind }) => kind)).toEqual(['key_disable', 'key_enable', 'key_delete']);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('goes page by page, and back to the last page when that is gone', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const made = [];
    for (let n = 10; n < 27; n += 1) made.push(await aKey(rig, { name: `k${n}` }));
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key list');
    expect(drawn(ada)).toContain('API keys 1 to 8 of 17.');
    await ada.click('modal', 'Next');
    await ada.click('modal', 'Next');
    expect(drawn(ada)).toContain('API keys 17 to 17 of 17.');
    expect(drawn(ada)).toContain('*k26*');
    await rig.store.commit([update('accessKeys', made.at(-1) as AccessKey, { state: 'deleted' })]);
    await ada.click('modal', 'Previous');
    await ada.click('modal', 'Previous');
    expect(drawn(ada)).toContain('API keys 1 to 8 of 16.');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows a new key when its form on top is closed', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key');
    expect(drawn(ada)).toContain('There is no API key.');
    await ada.click('modal', 'New API key…');
    const submitted = ada.submit({ Name: 'ci', Sites: 'all', Operations: ['rules'] });
    await expect.poll(() => rig.announced).toHaveLength(1);
    await aKey(rig, { name: 'ci' });
    await submitted;
    await ada.close();
    await ada.until(() => drawn(ada).includes('1 API key.'));
  });
});

describe('/mtls key disable, enable, delete', () => {
  it('take a name, and answer with what came of it', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'It is so.') });
    await seed(rig.store);
    const key = await aKey(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key disable deploy');
    expect(whispered(ada)?.text).toBe('It is so.');
    await ada.command(WHERE, '/mtls key en Deploy');
    expect(rig.announced.map(({ kind, payload }) => [kind, payload['keyId']])).toEqual([
      ['key_disable', key.id],
      ['key_enable', key.id],
    ]);
  });

  it('delete asks first; its button does it once, however often it is pressed', async () => {
    await using rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'It is gone.') });
    await seed(rig.store);
    await aKey(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls key delete deploy');
    expect(rig.announced).toEqual([]);
    const question = whispered(ada) as never;
    await Promise.all([ada.click(question, 'Delete…'), ada.click(question, 'Delete…')]);
    await ada.until(() => ada.ephemerals(WHERE).some(({ text }) => text === 'It is gone.'));
    expect(rig.announced).toHaveLength(1);
  });

  it.each([
    ['/mtls key disable nobody', /no API key `nobody`/],
    ['/mtls key delete', /by its name/],
    ['/mtls key enable old', /is deleted/],
    ['/mtls key frobnicate', /do not know `frobnicate` of an API key/],
    ['/mtls key remove x', /do not know `remove`/],
    ['/mtls key delte x', /Did you mean `\/mtls key delete`/],
  ])('%s is told what is wrong', async (text, sentence) => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await aKey(rig, { name: 'old', state: 'deleted' });
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, text);
    expect(whispered(ada)?.text).toMatch(sentence);
    expect(rig.announced).toEqual([]);
  });
});

describe('whoever is no administrator', () => {
  it.each(['key', 'key create', 'key disable deploy', 'key enable deploy', 'key delete deploy'])(
    'is refused: /mtls %s',
    async (text) => {
      await using rig = await startBotRig();
      await seed(rig.store, [...grant('U0EVE', 'viewer'), ...grant('U0BOB', 'approver')]);
      await aKey(rig);
      for (const who of ['U0ALICE', 'U0BOB', 'U0EVE']) {
        const person = rig.sandbox.person(who);
        await person.command(WHERE, `/mtls ${text}`);
        expect(person.modal).toBeUndefined();
        expect(whispered(person)?.text).toContain('role administrator');
      }
      expect(rig.announced).toEqual([]);
    },
  );

  it('is refused at the buttons as well, and so is a key of another account', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const [own, foreign] = [await aKey(rig), await aKey(rig, { accountId: 'T0OTHER', name: 'x' })];
    const press = async (who: string, action_id: string, value: string) => {
      const person = rig.sandbox.person(who);
      const message = rig.sandbox.store.post({ conversationId: person.dm, authorId: 'U0BOT', text: 'x', blocks: [] });
      await person.act(message, { type: 'button', block_id: 'x', action_id, value });
      return person.until(() => person.ephemerals(person.dm).at(-1)?.text);
    };
    for (const action of [ACTIONS.disableKey, ACTIONS.enableKey, ACTIONS.deleteKey]) {
      expect(await press('U0ALICE', action, own.id)).toContain('role administrator');
      for (const value of [foreign.id, '', '../../etc', 'x'.repeat(300)]) {
        expect(await press('U0ADA', action, value)).toContain('no such API key');
      }
    }
    expect(rig.announced).toEqual([]);
  });
});

describe('Show once of an API key', () => {
  /** The lasting message, as the worker would have posted it to ada. */
  async function postReady(rig: BotRig, set: Partial<Request> = {}) {
    await seed(rig.store);
    const at = rig.clock.now();
    const create = aRequest({
      kind: 'key_create',
      actorId: 'U0ADA',
      state: 'waiting',
      payload: { name: 'deploy', siteIds: null, access: 'read', groups: ['rules'], mode: 'asks' },
      createdAt: at,
      deadlineAt: new Date(at.getTime() + 3_600_000),
      ...set,
    });
    const key = await aKey(rig, { state: 'unshown', requestId: create.id });
    const person = rig.sandbox.person(create.actorId);
    const element = {
      type: 'button',
      text: { type: 'plain_text', text: 'Show once' },
      action_id: ACTIONS.showKeyOnce,
      value: create.id,
    };
    const blocks = [{ type: 'actions', block_id: 'show', elements: [element] }] as never;
    const message = rig.sandbox.store.post({ conversationId: person.dm, authorId: 'U0BOT', text: 'Ready.', blocks });
    const posted = { channel: person.dm, ts: message.ts, wanted: 1, sent: 1, attempts: 0 };
    await rig.store.commit([
      insert('requests', create),
      insert('messages', {
        ...{ id: 'm', accountId: ACCOUNT, subjectId: create.id, place: 'requester', ...posted, version: 1 },
        ...{ attemptedAt: null, nextAttemptAt: at, refreshAt: null, leaseUntil: null, problem: null, createdAt: at },
      } as never),
    ]);
    return { person, create, key, message };
  }

  it('records a request with the way to answer sealed in it; many presses are one', async () => {
    await using rig = await startBotRig();
    const { person, create, key, message } = await postReady(rig);
    await Promise.all(Array.from({ length: 5 }, () => person.click(message, 'Show once')));
    await expect.poll(() => rig.announced.length).toBe(1);
    const [show] = rig.announced;
    expect(show).toMatchObject({ kind: 'key_show', parentId: create.id, payload: { keyId: key.id } });
    const context = { purpose: 'reveal', accountId: ACCOUNT, rowId: show?.id ?? '' } as const;
    expect(unseal(keys, context, show?.sealed as Buffer).toString()).toContain(rig.sandbox.url);
  });

  it.each<[string, Partial<Request>, RegExp]>([
    ['it was shown already', { state: 'done' }, /shown already/],
    ['it is too late', { deadlineAt: new Date(0) }, /24 hours/],
    ['it is of another account', { accountId: 'T0OTHER' }, /does not belong/],
    ['it was another who asked', { actorId: 'U0BOB' }, /needs the role administrator/],
    ['it is about a certificate', { kind: 'issue' }, /does not belong to an API key/],
  ])('is refused when %s', async (_what, set, sentence) => {
    await using rig = await startBotRig();
    const { person, message } = await postReady(rig, set);
    await person.click(message, 'Show once');
    await person.until(() => person.ephemerals(person.dm).some(({ text }) => sentence.test(text)));
    expect(rig.announced).toEqual([]);
  });

  it('does nothing from any other message', async () => {
    await using rig = await startBotRig();
    const { person, create } = await postReady(rig);
    const copy = rig.sandbox.store.post({ conversationId: person.dm, authorId: 'U0BOT', text: 'A copy.', blocks: [] });
    await person.act(copy, { type: 'button', block_id: 'show', action_id: ACTIONS.showKeyOnce, value: create.id });
    await person.until(() => person.ephemerals(person.dm).some(({ text }) => text.includes('does not belong')));
    expect(rig.announced).toEqual([]);
  });
});
