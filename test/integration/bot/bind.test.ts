import { describe, expect, it } from 'vitest';
import { bindingId, MANAGED } from '../../../core/bindings/verbs.ts';
import { insert, raise, update } from '../../../core/store/plan.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { contentOf } from '../../support/acts.ts';
import { aSite } from '../../support/rows.ts';
import { aBinding, anUploaded } from '../../support/uploading.ts';
import { ACCOUNT, type BotRig, end, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const NAMES = 'Hostnames';

async function ready(options: Parameters<typeof startBotRig>[0] = {}, bound: string[] = []): Promise<BotRig> {
  const rig = await startBotRig(options);
  await seed(rig.store, [...grant('U0EVE', 'viewer'), insert('bindings', aBinding(site, MANAGED, bound))]);
  return rig;
}

const drawn = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
const shown = (person: Person) => contentOf({ text: '', blocks: person.modal?.blocks ?? [] });
const open = (person: Person, words = '') => person.command(WHERE, `/mtls bind ${words}`);

async function ask(person: Person, text: string) {
  await person.command(WHERE, text);
  const last = person.ephemerals(WHERE).at(-1);
  if (!last) throw new Error('no answer');
  return last;
}

describe('/mtls bind', () => {
  it('opens Domain Name Information with what is bound, previews what a change does, and records it', async () => {
    await using rig = await ready(
      { carryOut: (request, store) => end(store, request, 'done', '*Managed authority* has 3 hostnames now.') },
      ['a.example.com'],
    );
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice, 'example.com');
    expect(alice.modal?.title?.text).toBe('Domain Name Information');
    expect(shown(alice)).toContain('*Managed authority* has 1 of 50 hostnames:\n`a.example.com`');

    expect((await alice.submit({ [NAMES]: 'WWW.example.com, bücher.example.com\na.example.com' })).outcome).toBe(
      'updated',
    );
    expect(alice.modal?.title?.text).toBe('Domain Name Information');
    expect(shown(alice)).toContain('*Gains (2)*\n`www.example.com`, `xn--bcher-kva.example.com`');
    expect(shown(alice)).toContain('Nothing to do for `a.example.com`');
    expect(shown(alice)).toContain('No edge has reported yet');
    expect(shown(alice)).toContain('it is changed at once');
    expect(rig.announced).toEqual([]);

    expect((await alice.submit()).outcome).toBe('updated');
    expect(shown(alice)).toContain('has 3 hostnames now');
    expect(rig.announced).toMatchObject([
      {
        kind: 'bind',
        actorId: 'U0ALICE',
        payload: { siteId: site.id, authorityId: MANAGED, verb: 'add', because: '' },
      },
    ]);
    expect(rig.announced[0]?.payload['hostnames']).toEqual([
      'www.example.com',
      'xn--bcher-kva.example.com',
      'a.example.com',
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows what edges saw at the hostnames that change, and at no others', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const hourAt = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
    const counted = (hostname: string, verified: number, unverified: number, blocked: number) =>
      raise('hostUsage', { id: hostname, accountId: ACCOUNT, hostname, hourAt, verified, unverified, blocked });
    await rig.store.commit([
      counted('a.example.com', 7, 0, 0),
      counted('www.example.com', 1_200, 30, 4),
      counted('x.dev.example.com', 0, 3, 0),
      counted('x.y.dev.example.com', 0, 100, 0),
    ]);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ [NAMES]: 'www.example.com *.dev.example.com' });
    expect(shown(alice)).toContain(
      'Edges saw 1,233 requests at them in the last 24 hours: 1,200 with a verified certificate, 33 without. Rules denied 4 of them.',
    );
    await alice.click('modal', 'Back');
    await alice.until(() => drawn(alice).includes('bind_hostnames'));
    await alice.submit({ [NAMES]: 'new.example.com' });
    expect(shown(alice)).toContain('Edges saw no request at it in the last 24 hours.');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('names every bad name with its reason at the field, and records nothing', async () => {
    await using rig = await ready();
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    const typed = ['ok.example.com', 'example.com.evil.org', 'evilexample.com', 'a_b.example.com', '10.0.0.1'];
    const refused = await alice.submit({ [NAMES]: `${typed.join('\n')}\nx.*.example.com https://c.example.com` });
    expect(refused.outcome).toBe('refused');
    const error = refused.errors[NAMES] ?? '';
    expect(error).toContain('example.com.evil.org, evilexample.com: neither example.com nor below it.');
    expect(error).toMatch(/a_b\.example\.com: .*underscores/);
    expect(error).toMatch(/10\.0\.0\.1: an IP address/);
    expect(error).toMatch(/x\.\*\.example\.com: a wildcard is a single \*\. at the beginning/);
    expect(error).toMatch(/https:\/\/c\.example\.com: .*without https/);
    expect(error).not.toContain('ok.example.com');
    expect(rig.announced).toEqual([]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('refuses nothing at all, what changes nothing, and 51 names', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    expect((await alice.submit({ [NAMES]: null })).errors[NAMES]).toMatch(/at least one/);
    expect((await alice.submit({ [NAMES]: 'A.example.com.' })).errors[NAMES]).toMatch(/already: nothing changes/);
    expect((await alice.submit({ Change: 'remove', [NAMES]: 'b.example.com' })).errors[NAMES]).toMatch(/not bound/);
    const names = Array.from({ length: 51 }, (_, n) => `h${n}.example.com`);
    expect((await alice.submit({ Change: 'replace', [NAMES]: names.join() })).errors[NAMES]).toMatch(
      /51 hostnames; 50/,
    );
    expect((await alice.submit({ Change: 'add', [NAMES]: names.slice(1).join() })).errors[NAMES]).toMatch(
      /51 hostnames/,
    );
    expect((await alice.submit({ Change: 'replace', [NAMES]: names.slice(1).join() })).outcome).toBe('updated');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('asks twice before an empty replacement: it lists the names, needs a tick, and a reason for the second person', async () => {
    await using rig = await ready({}, ['a.example.com', 'b.example.com']);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ Change: 'replace', [NAMES]: null });
    expect(shown(alice)).toContain('*Loses (2)*\n`a.example.com`, `b.example.com`');
    expect(shown(alice)).toContain('Switch mTLS off for 2 hostnames');
    expect(shown(alice)).toContain('A second person is asked first, because it switches mTLS off');
    const refused = await alice.submit({}, { force: true });
    expect(refused.errors).toMatchObject({ Confirmation: /Tick/, Why: /Say why/ });
    expect(rig.announced).toEqual([]);
    await alice.submit({ Confirmation: ['yes'], Why: 'The service is gone.' });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]?.payload).toEqual({
      siteId: site.id,
      authorityId: MANAGED,
      verb: 'replace',
      hostnames: [],
      emptyConfirmed: true,
      because: 'The service is gone.',
    });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('goes back from the preview to the form as it was filled in', async () => {
    await using rig = await ready({}, ['a.example.com', 'b.example.com']);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ Change: 'remove', [NAMES]: 'a.example.com b.example.com' });
    await alice.click('modal', 'Back');
    await alice.until(() => drawn(alice).includes('bind_hostnames'));
    expect(drawn(alice)).toContain('a.example.com\\nb.example.com');
    await alice.submit({ [NAMES]: 'b.example.com' });
    expect(shown(alice)).toContain('*Loses (1)*\n`b.example.com`');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows the preview anew when somebody was faster, and records only what was seen', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const corp = await anUploaded(rig.store, site, { name: 'Corp', hostnames: ['a.example.com'] });
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ Change: 'remove', [NAMES]: 'a.example.com' });
    expect(shown(alice)).not.toContain('mTLS off');
    const id = bindingId(site.id, corp.id);
    await rig.store.commit([update('bindings', { id, version: 1 }, { hostnames: [] })]);
    await alice.submit({ Why: 'It is gone.' });
    expect(shown(alice)).toContain('Something has changed in the meantime');
    expect(shown(alice)).toContain('mTLS off (1)');
    expect(rig.announced).toEqual([]);
    await rig.store.commit([
      update('bindings', { id: bindingId(site.id, MANAGED), version: 1 }, { hostnames: ['z.example.com'] }),
    ]);
    await alice.submit({ Confirmation: ['yes'], Why: 'It is gone.' });
    expect(shown(alice)).toContain('There is nothing to do any more');
    expect(rig.announced).toEqual([]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows the preview anew, with the field for the reason, when a second person has become necessary', async () => {
    await using rig = await ready({}, ['a.example.com', 'b.example.com']);
    await anUploaded(rig.store, site, { name: 'Corp', hostnames: ['a.example.com'] });
    const account = (await rig.store.account(ACCOUNT)) ?? { id: '', version: 0 };
    await rig.store.commit([update('accounts', account, { openGates: ['unbind'] })]);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ Change: 'remove', [NAMES]: 'a.example.com' });
    expect(shown(alice)).toContain('Nobody else is asked');
    const opened = (await rig.store.account(ACCOUNT)) ?? account;
    await rig.store.commit([update('accounts', opened, { openGates: [] })]);
    await alice.submit();
    expect(shown(alice)).toContain('Something has changed in the meantime');
    expect(rig.announced).toEqual([]);
    await alice.submit({ Why: 'It moved.' });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows the authorities of the site that is chosen, and what each has', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const other = aSite({ accountId: ACCOUNT, name: 'second.example' });
    await rig.store.commit([
      insert('sites', other),
      insert('bindings', aBinding(other, MANAGED, ['m.second.example'])),
    ]);
    await anUploaded(rig.store, site, { name: 'Corp root', hostnames: ['c.example.com'] });
    const elsewhere = await anUploaded(rig.store, other, { name: 'Other root' });
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice, 'www.second.example');
    expect(shown(alice)).toContain('Other root');
    expect(shown(alice)).not.toContain('Corp root');
    expect(shown(alice)).toContain('`m.second.example`');
    await alice.change('modal', 'Site', 'example.com');
    await alice.until(() => shown(alice).includes('Corp root'));
    await alice.change('modal', 'Authority', 'Corp root');
    await alice.until(() => shown(alice).includes('*Corp root* has 1 of 50 hostnames:\n`c.example.com`'));
    await alice.submit({ [NAMES]: 'd.example.com' });
    expect(shown(alice)).toContain('because it binds hostnames to an uploaded CA');

    // Another site's authority, as nobody could choose it.
    await open(alice, 'example.com');
    const modal = alice.modals.at(-1);
    if (!modal) throw new Error('no modal');
    const block = `authority:${site.id}`;
    const forged = {
      type: 'static_select',
      selected_option: { value: elsewhere.id, text: { type: 'plain_text', text: 'x' } },
    };
    const values = {
      ...modal.values,
      [block]: { bind_authority: forged },
      hostnames: { bind_hostnames: { type: 'plain_text_input', value: 'd.example.com' } },
    };
    const refused = await alice.submitValues(modal, values as never, { force: true });
    expect(JSON.stringify(refused.errors)).toMatch(/no such authority/);
    expect(rig.announced).toEqual([]);
  });

  it.each([
    ['no JSON', 'x'],
    ['nothing', ''],
    [
      'another site',
      JSON.stringify({
        siteId: 'foreign',
        authorityId: MANAGED,
        verb: 'add',
        names: ['a.'],
        site: 'example.com',
        seen: 'x',
      }),
    ],
    [
      'a name outside the site',
      JSON.stringify({
        siteId: 'site-1',
        authorityId: MANAGED,
        verb: 'add',
        names: ['a.'],
        site: 'evil.org',
        seen: 'x',
      }),
    ],
    [
      'a preview nobody was shown',
      JSON.stringify({
        siteId: 'site-1',
        authorityId: MANAGED,
        verb: 'remove',
        names: ['a.'],
        site: 'example.com',
        seen: 'x',
      }),
    ],
    [
      'a hundred names',
      JSON.stringify({
        siteId: 'site-1',
        authorityId: MANAGED,
        verb: 'add',
        names: Array(100).fill('a.'),
        site: 'example.com',
        seen: 'x',
      }),
    ],
  ])('records nothing for forged metadata: %s', async (_what, metadata) => {
    await using rig = await ready({}, ['a.example.com']);
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    await alice.submit({ [NAMES]: 'b.example.com' });
    const modal = alice.modals.at(-1);
    if (!modal) throw new Error('no modal');
    modal.view.private_metadata = metadata;
    await alice.submit().catch(() => undefined);
    expect(rig.announced).toEqual([]);
    expect(rig.logs.join('\n')).not.toContain('"level":50');
  });

  it('is for operators and administrators; whoever loses the role in between records nothing', async () => {
    await using rig = await ready();
    const eve = rig.sandbox.person('U0EVE');
    expect((await ask(eve, '/mtls bind')).text).toMatch(/role operator or administrator/);
    expect(eve.modal).toBeUndefined();
    const bob = rig.sandbox.person('U0BOB');
    await open(bob);
    await bob.submit({ [NAMES]: 'b.example.com' });
    for (const role of await rig.store.roles(ACCOUNT)) {
      if (role.userId === 'U0BOB') await rig.store.commit([{ op: 'delete', table: 'roles', id: role.id }]);
    }
    await bob.submit();
    expect(shown(bob)).toMatch(/needs the role/);
    expect(rig.announced).toEqual([]);
  });

  it('says where there is no site, and finds one among very many', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await rig.store.commit([update('sites', site, { state: 'removed' })]);
    const alice = rig.sandbox.person('U0ALICE');
    expect((await ask(alice, '/mtls bind')).text).toMatch(/no active site yet.*<@U0ADA> can add it/);
    expect((await ask(alice, '/mtls bindings')).text).toMatch(/no active site yet/);
    const many = Array.from({ length: 120 }, (_, n) => aSite({ accountId: ACCOUNT, name: `s${n}.example` }));
    await rig.store.commit(many.map((row) => insert('sites', row)));
    await open(alice, 'nobody.test');
    expect(shown(alice)).toContain('There is no active site `nobody.test`. Choose one.');
    const [found] = await alice.options('Site', '17.ex');
    expect(found).toMatchObject({ text: { text: 's117.example' } });
    await alice.change('modal', 'Site', 's117.example');
    await alice.until(() => shown(alice).includes('no hostname of `s117.example` yet'));
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('takes fifty long names, and says so where they are too long for one form', async () => {
    await using rig = await ready();
    const alice = rig.sandbox.person('U0ALICE');
    await open(alice);
    const long = (letters: string) => Array.from({ length: 50 }, (_, n) => `${letters.repeat(40)}${n}.example.com`);
    expect(
      (await alice.submit({ [NAMES]: long('a').join('\n').slice(0, 3_000).split('\n').slice(0, -1).join('\n') }))
        .outcome,
    ).toBe('updated');
    await alice.close();
    await open(alice);
    const idn = Array.from({ length: 50 }, (_, n) => `${'ö.'.repeat(15)}${n}.example.com`);
    const refused = await alice.submit({ [NAMES]: idn.join('\n').slice(0, 3_000).split('\n').slice(0, -1).join('\n') });
    expect(refused.errors[NAMES]).toMatch(/too long for one form/);
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('/mtls bindings', () => {
  it('shows the hostnames per authority, with a button that opens the form for it', async () => {
    await using rig = await ready({}, ['a.example.com', '*.example.com']);
    const other = aSite({ accountId: ACCOUNT, name: 'second.example' });
    await rig.store.commit([insert('sites', other)]);
    await anUploaded(rig.store, site, { name: 'Corp *root*', hostnames: ['c.example.com'] });
    await anUploaded(rig.store, site, { name: 'Unused' });
    const alice = rig.sandbox.person('U0ALICE');
    const all = await ask(alice, '/mtls bindings');
    const text = contentOf(all);
    expect(text).toContain('*Managed authority* at `example.com` (2)\n`a.example.com`, `*.example.com`');
    expect(text).toContain('at `example.com` (1)\n`c.example.com`');
    expect(text).not.toContain('Unused');
    expect(text).toContain('No hostname of `second.example` is bound');
    const change = JSON.stringify(all.blocks).match(/"value":"(site-1:[0-9a-f-]+)"/)?.[1];
    await alice.act(all, { type: 'button', block_id: 'x', action_id: 'open_bind', value: change ?? '' });
    expect(shown(alice)).toContain('has 1 of 50 hostnames:\n`c.example.com`');
    await alice.close();

    const one = await ask(alice, '/mtls bindings second.example');
    expect(contentOf(one)).not.toContain('a.example.com');
    await alice.click(one, 'Bind hostnames…');
    expect(shown(alice)).toContain('no hostname of `second.example` yet');
    expect((await ask(alice, '/mtls bindings nowhere.test')).text).toContain('no active site `nowhere.test`');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('opens from the Home, with its buttons', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.openHome();
    await alice.until(() => JSON.stringify(alice.home ?? '').includes('open_bindings'));
    await alice.click('home', 'Hostnames');
    await alice.until(() => shown(alice).includes('`a.example.com`'));
    await alice.click('modal', 'Change…');
    await alice.until(() => alice.modal?.title?.text === 'Domain Name Information');
    expect(alice.modals).toHaveLength(2);
    await alice.submit({ [NAMES]: 'b.example.com' });
    expect(shown(alice)).toContain('*Gains (1)*');
    await alice.click('modal', 'Back');
    await alice.until(() => drawn(alice).includes('bind_hostnames'));
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is for every role, and offers a change only to those who may make it', async () => {
    await using rig = await ready({}, ['a.example.com']);
    const eve = rig.sandbox.person('U0EVE');
    const seen = await ask(eve, '/mtls bindings example.com');
    expect(contentOf(seen)).toContain('a.example.com');
    expect(contentOf(seen)).not.toContain('Change…');
  });

  it('fits into a message, however much is bound', async () => {
    await using rig = await ready({}, ['a.example.com']);
    for (let n = 0; n < 60; n += 1) {
      const row = aSite({ accountId: ACCOUNT, name: `${'long-'.repeat(10)}${n}.example` });
      const hostnames = Array.from({ length: 50 }, (_, host) => `${'h'.repeat(50)}${host}.${row.name}`);
      await rig.store.commit([insert('sites', row), insert('bindings', aBinding(row, MANAGED, hostnames))]);
    }
    const alice = rig.sandbox.person('U0ALICE');
    const all = contentOf(await ask(alice, '/mtls bindings'));
    expect(all).toMatch(/And \d+ more lists/);
    expect(all.length).toBeLessThan(13_000);
    expect(rig.sandbox.problems).toEqual([]);
  });
});
