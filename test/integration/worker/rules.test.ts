import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyActor } from '../../../core/access/actor.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { insert, raise } from '../../../core/store/plan.ts';
import type { Edge, Request, RequestKind, Rule, Ruleset } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { inOrder } from '../../../core/waf/order.ts';
import { assertMessage } from '../../../sandbox/blockkit/assert.ts';
import { carryOut } from '../../../worker/processor.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, decideAs, give } from '../../support/approving.ts';
import { anAccessKey, anAgreement, aSite } from '../../support/rows.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const MTLS = '(http.host in {"api.example.com"} and not tls_client_auth.cert_verified)';
const mtls = { Name: 'mtls', Expression: MTLS, Action: 'deny', Status: 'on' };

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  await give(rig, 'U0ADA', 'administrator');
  await give(rig, 'U0BOB', 'approver');
});
afterEach(() => rig[Symbol.asyncDispose]());

async function ask<K extends RequestKind>(kind: K, payload: Payload<K>, actorId = 'U0ADA'): Promise<Request> {
  const request = await rig.record(kind, payload, { actorId });
  await rig.settle();
  return (await rig.store.request(request.id)) as Request;
}

const create = (configs: Record<string, unknown>[], set: Partial<Payload<'waf_rule_create'>> = {}, actorId?: string) =>
  ask('waf_rule_create', { siteId: site.id, configs, ...set }, actorId);
const change = (ruleId: string, set: Omit<Payload<'waf_rule_update'>['changes'][number], 'ruleId'>, actorId?: string) =>
  ask('waf_rule_update', { siteId: site.id, changes: [{ ruleId, ...set }] }, actorId);

async function made(...configs: Record<string, unknown>[]): Promise<Rule[]> {
  const request = await create(configs);
  expect(request.outcome).toMatchObject({ code: 'rules_created' });
  const rows = await rig.store.rulesByIds(request.outcome?.['ruleIds'] as string[]);
  return rows.sort((a, b) => a.number - b.number);
}

const messageOf = (request: Request | undefined) => String(request?.outcome?.['message']);
const ruleOf = async ({ id }: { id: string }) => (await rig.store.rulesByIds([id]))[0] as Rule;
const rulesetOf = async () => (await rig.store.rulesets(site.id))[0] as Ruleset;
const namesInOrder = async () => inOrder(await rulesetOf(), await rig.store.rules(site.id)).map(({ name }) => name);
const events = async () =>
  (await rig.store.auditChain(ACCOUNT, 0, 1_000)).filter(({ action }) => action.startsWith('rule'));

describe('making rules', () => {
  it('makes the ruleset with the first one, numbers them, and puts them at the end', async () => {
    const [first] = await made(mtls);
    const [second, third] = await made({ ...mtls, Name: 'two' }, { Expression: 'ssl', Action: 'monitor' });
    expect([first?.number, second?.number, third?.number]).toEqual([20_000_001, 20_000_002, 20_000_003]);
    expect(await rulesetOf()).toMatchObject({ number: 10_000_001, phase: 'http_custom', status: 'on' });
    expect(await namesInOrder()).toEqual(['mtls', 'two', 'rule 20000003']);
    expect(first).toMatchObject({ expression: MTLS, action: 'deny', status: 'on', config: mtls, createdBy: 'U0ADA' });
  });

  it('is on record and told in the audit channel', async () => {
    await made(mtls);
    expect((await events()).map(({ action, details }) => [action, details])).toEqual([
      [
        'rule.created',
        expect.objectContaining({
          site: 'example.com',
          rule: 20_000_001,
          name: 'mtls',
          expression: MTLS,
          does: 'deny',
          status: 'on',
        }),
      ],
    ]);
    const told = rig.sandbox.person('U0ADA').messages('C0AUDIT').map(contentOf).join('\n');
    expect(told).toContain('made a rule');
    for (const message of rig.sandbox.person('U0ADA').messages('C0AUDIT')) assertMessage(message);
  });

  it('many at once are each on record, and told as one', async () => {
    await made(...Array.from({ length: 6 }, (_, i) => ({ ...mtls, Name: `r${i}` })));
    const actions = (await events()).map(({ action }) => action);
    expect(actions.filter((action) => action === 'rule.created')).toHaveLength(6);
    const told = rig.sandbox.person('U0ADA').messages('C0AUDIT').map(contentOf);
    expect(told.filter((text) => /made (a rule|many rules)/.test(text))).toHaveLength(1);
  });

  it('all of them or none: the one that cannot be read is named', async () => {
    const request = await create([mtls, { ...mtls, Expression: 'http.hots eq "a"' }]);
    expect(request.state).toBe('refused');
    expect(messageOf(request)).toContain('Rule 2 of 2: Expression, column 1: there is no field `http.hots`.');
    expect(await rig.store.rules(site.id)).toEqual([]);
    expect(await rig.store.rulesets(site.id)).toEqual([]);
  });

  it('is refused on client certificates without a hostname, unless an administrator insists, on record', async () => {
    const open = { ...mtls, Expression: 'not tls_client_auth.cert_verified' };
    expect(messageOf(await create([open]))).toContain('names no hostname, so it would concern every request');
    const insisted = await create([open], { insist: true });
    expect(insisted.state).toBe('done');
    expect((await events())[0]?.details).toMatchObject({ insisted: true });
  });

  it('a program cannot insist', async () => {
    const key = anAccessKey({ accountId: ACCOUNT, name: 'ci' });
    await rig.store.commit([insert('accessKeys', key), insert('approvals', anAgreement(key))]);
    const open = { ...mtls, Expression: 'not tls_client_auth.cert_verified' };
    const request = await create([open], { insist: true }, keyActor('ci'));
    expect(request.state).toBe('refused');
    expect(messageOf(request)).toContain('names no hostname');
  });

  it('200 rules are made and the 201st is not, in whichever ruleset', async () => {
    for (let i = 0; i < 2; i += 1)
      await made(...Array.from({ length: 100 }, () => ({ Expression: 'ssl', Action: 'monitor' })));
    await ask('waf_ruleset_create', { siteId: site.id, name: 'second' });
    const second = (await rig.store.rulesets(site.id))[1] as Ruleset;
    const request = await create([mtls], { rulesetId: second.id });
    expect(request.outcome).toMatchObject({ code: 'over_quota' });
    expect(messageOf(request)).toContain('has 200 rules; a site can have 200');
    // What is deleted makes room.
    const [some] = await rig.store.rules(site.id);
    await ask('waf_rule_delete', { siteId: site.id, ruleId: some?.id ?? '' });
    expect((await create([mtls], { rulesetId: second.id })).state).toBe('done');
    // A number is never given twice.
    expect(Math.max(...(await rig.store.rules(site.id)).map(({ number }) => number))).toBe(20_000_201);
  });

  it('only for administrators, and keys that are for rules and for the site', async () => {
    expect((await create([mtls], {}, 'U0ALICE')).outcome).toMatchObject({ code: 'not_authorized' });
    const keys = [
      anAccessKey({ accountId: ACCOUNT, name: 'reader', access: 'read' }),
      anAccessKey({ accountId: ACCOUNT, name: 'issuer', groups: ['certificates'] }),
      anAccessKey({ accountId: ACCOUNT, name: 'elsewhere', siteIds: ['another'] }),
      anAccessKey({ accountId: ACCOUNT, name: 'over', state: 'disabled' }),
    ];
    await rig.store.commit(keys.map((key) => insert('accessKeys', key)));
    for (const { name } of keys) {
      expect((await create([mtls], {}, keyActor(name))).outcome, name).toMatchObject({ code: 'not_authorized' });
    }
    expect(await rig.store.rules(site.id)).toEqual([]);
  });

  it("nothing reaches another site's ruleset or rule", async () => {
    const other = aSite({ id: 'site-2', accountId: ACCOUNT, name: 'example.org' });
    await rig.store.commit([insert('sites', other)]);
    const [rule] = await made(mtls);
    const ruleset = await rulesetOf();
    expect((await create([mtls], { siteId: other.id, rulesetId: ruleset.id })).outcome).toMatchObject({
      code: 'not_found',
    });
    const changed = await ask('waf_rule_update', {
      siteId: other.id,
      changes: [{ ruleId: rule?.id ?? '', status: 'off' }],
    });
    expect(changed.outcome).toMatchObject({ code: 'not_found' });
    const deleted = await ask('waf_rule_delete', { siteId: other.id, ruleId: rule?.id ?? '' });
    expect(deleted.outcome).toMatchObject({ code: 'not_found' });
  });
});

describe('changing rules', () => {
  it('what a change leaves out stays, and a status beside the configuration wins', async () => {
    const [rule] = (await made({ ...mtls, Status: 'off', Notes: 'why', Extra: { kept: true } })) as [Rule];
    await change(rule.id, { config: { Name: 'renamed', Status: 'on' }, status: 'off' });
    expect(await ruleOf(rule)).toMatchObject({
      name: 'renamed',
      status: 'off',
      expression: MTLS,
      config: { Name: 'renamed', Status: 'off', Notes: 'why', Extra: { kept: true } },
    });
  });

  it('moves within the ruleset, and the others move', async () => {
    const [a, , c] = (await made(mtls, { ...mtls, Name: 'b' }, { ...mtls, Name: 'c' })) as [Rule, Rule, Rule];
    await change(c.id, { position: 1 });
    expect(await namesInOrder()).toEqual(['c', 'mtls', 'b']);
    await change(a.id, { position: 99 });
    expect(await namesInOrder()).toEqual(['c', 'b', 'mtls']);
    expect((await events()).at(-1)?.details).toMatchObject({ changed: 'position', position: 99 });
  });

  it('all of a batch or nothing, and no rule twice', async () => {
    const [a, b] = (await made(mtls, { ...mtls, Name: 'b' })) as [Rule, Rule];
    const bad = await ask('waf_rule_update', {
      siteId: site.id,
      changes: [
        { ruleId: a.id, config: { Name: 'changed' } },
        { ruleId: b.id, config: { Action: 'captcha' } },
      ],
    });
    expect(bad.state).toBe('refused');
    expect((await ruleOf(a)).name).toBe('mtls');
    const twice = await ask('waf_rule_update', {
      siteId: site.id,
      changes: [
        { ruleId: a.id, position: 1 },
        { ruleId: a.id, position: 2 },
      ],
    });
    expect(twice.outcome).toMatchObject({ code: 'invalid_input' });
  });

  it('what somebody insisted on can be switched on later without insisting again; another expression cannot', async () => {
    const open = { ...mtls, Expression: 'not tls_client_auth.cert_verified', Status: 'off' };
    const request = await create([open], { insist: true });
    const [id = ''] = (request.outcome?.['ruleIds'] ?? []) as string[];
    expect((await change(id, { status: 'on' })).state).toBe('done');
    expect((await change(id, { config: { Expression: 'ssl or not tls_client_auth.cert_verified' } })).state).toBe(
      'refused',
    );
  });
});

describe('what takes protection away waits for a second person', () => {
  const weakenings: [string, (rule: Rule) => Promise<Request>][] = [
    ['switching off', (rule) => change(rule.id, { status: 'off' })],
    ['only watching', (rule) => change(rule.id, { config: { Action: 'monitor' } })],
    ['another hostname', (rule) => change(rule.id, { config: { Expression: MTLS.replace('api.', 'www.') } })],
    ['deleting', (rule) => ask('waf_rule_delete', { siteId: site.id, ruleId: rule.id })],
    [
      'switching its ruleset off',
      async () => ask('waf_ruleset_update', { siteId: site.id, rulesetId: (await rulesetOf()).id, status: 'off' }),
    ],
    [
      'deleting its ruleset',
      async () => ask('waf_ruleset_delete', { siteId: site.id, rulesetId: (await rulesetOf()).id }),
    ],
  ];

  it.each(weakenings)('%s', async (_, weaken) => {
    const [rule] = (await made(mtls)) as [Rule];
    const request = await weaken(rule);
    expect(request.state).toBe('waiting');
    expect((await ruleOf(rule)).version).toBe(rule.version);
    const approval = await approvalOf(rig, request);
    expect(approval.gate).toBe('rule_weaken');
    const card = await cardOf(rig, approval);
    assertMessage(card);
    expect(contentOf(card)).toContain('api.example.com');
    // Asked once, not again and again.
    expect((await weaken(rule)).outcome).toMatchObject({ code: 'already_exists' });
    await decideAs(rig, 'U0BOB', request);
    expect((await rig.store.request(request.id))?.state).toBe('done');
  });

  it.each<[string, (rule: Rule) => Promise<Request>]>([
    ['renaming', (rule) => change(rule.id, { config: { Name: 'other' } })],
    [
      'one more hostname',
      (rule) => change(rule.id, { config: { Expression: MTLS.replace('{', '{"www.example.com" ') } }),
    ],
    ['moving', (rule) => change(rule.id, { position: 2 })],
  ])('%s needs nobody', async (_, harmless) => {
    const [rule] = (await made(mtls, { ...mtls, Name: 'two' })) as [Rule, Rule];
    expect((await harmless(rule)).state).toBe('done');
  });

  it('a rule that is off, or in a ruleset that is off, protects nothing', async () => {
    const [off, on] = (await made({ ...mtls, Status: 'off' }, mtls)) as [Rule, Rule];
    expect((await ask('waf_rule_delete', { siteId: site.id, ruleId: off.id })).state).toBe('done');
    const request = await ask('waf_ruleset_update', {
      siteId: site.id,
      rulesetId: (await rulesetOf()).id,
      status: 'off',
    });
    await decideAs(rig, 'U0BOB', request);
    expect((await ask('waf_rule_delete', { siteId: site.id, ruleId: on.id })).state).toBe('done');
    expect((await ruleOf(on)).deletedAt).not.toBeNull();
  });

  it('a batch asks for what in it weakens, and is carried out as a whole', async () => {
    const [a, b] = (await made(mtls, { ...mtls, Name: 'b' })) as [Rule, Rule];
    const request = await ask('waf_rule_update', {
      siteId: site.id,
      changes: [
        { ruleId: a.id, config: { Name: 'new name' } },
        { ruleId: b.id, status: 'off' },
      ],
    });
    expect(request.state).toBe('waiting');
    expect((await ruleOf(a)).name).toBe('mtls');
    expect(contentOf(await cardOf(rig, await approvalOf(rig, request)))).toMatch(
      /Change 2 rules of example\.com[\s\S]*\*b\*[\s\S]*\*mtls\*/,
    );
    await decideAs(rig, 'U0BOB', request);
    expect([(await ruleOf(a)).name, (await ruleOf(b)).status]).toEqual(['new name', 'off']);
  });

  it('denied, the rule stays as it is', async () => {
    const [rule] = (await made(mtls)) as [Rule];
    const request = await change(rule.id, { status: 'off' });
    await decideAs(rig, 'U0BOB', request, 'deny');
    expect((await ruleOf(rule)).status).toBe('on');
  });

  it('changed meanwhile, what was approved is not carried out; another rule may come', async () => {
    const [rule] = (await made(mtls)) as [Rule];
    const stale = await change(rule.id, { status: 'off' });
    await change(rule.id, { config: { Name: 'other' } });
    await decideAs(rig, 'U0BOB', stale);
    expect((await ruleOf(rule)).status).toBe('on');
    const again = await change(rule.id, { status: 'off' });
    await made({ ...mtls, Name: 'another' });
    await decideAs(rig, 'U0BOB', again);
    expect((await ruleOf(rule)).status).toBe('off');
  });

  it('a key that does not act alone waits for everything it asks', async () => {
    await rig.store.commit([insert('accessKeys', anAccessKey({ accountId: ACCOUNT, name: 'ci', mode: 'asks' }))]);
    const request = await create([{ ...mtls, Name: '<!channel>' }], {}, keyActor('ci'));
    expect(request.state).toBe('waiting');
    const approval = await approvalOf(rig, request);
    expect(approval.gate).toBe('api_request');
    const card = await cardOf(rig, approval);
    assertMessage(card);
    expect(contentOf(card)).not.toContain('<!channel>');
    await decideAs(rig, 'U0BOB', request);
    expect(await rig.store.rules(site.id)).toHaveLength(1);
  });

  it('a card shows what no expression tells: the hours, the answer', async () => {
    const [rule] = (await made(mtls)) as [Rule];
    const timer = { Scopes: 'periods', Periods: [{ Start: '2020-01-01T00:00:00Z', End: '2020-01-02T00:00:00Z' }] };
    const request = await change(rule.id, { config: { Timer: timer } });
    const card = await cardOf(rig, await approvalOf(rig, request));
    assertMessage(card);
    expect(contentOf(card)).toContain('2020-01-02T00:00:00Z');
  });

  it('a card of many names every rule, and what becomes of it', async () => {
    const rules = await made(...Array.from({ length: 100 }, (_, i) => ({ ...mtls, Name: `r${i}` })));
    const changes = rules.map(({ id }) => ({ ruleId: id, status: 'off' as const }));
    const request = await ask('waf_rule_update', { siteId: site.id, changes });
    const card = await cardOf(rig, await approvalOf(rig, request));
    assertMessage(card);
    for (const { number } of rules) expect(contentOf(card)).toContain(String(number));
    // Whoever asked is told what came of it.
    await decideAs(rig, 'U0BOB', request);
    const ada = rig.sandbox.person('U0ADA');
    expect(ada.messages(ada.dm).map(contentOf).join('\n')).toContain('100 rules of `example.com` were changed.');
  });

  it('a card shows where two long expressions part, and Slack takes it', async () => {
    const hosts = Array.from({ length: 120 }, (_, i) => `"host-${i}.example.com"`);
    const long = (list: string[]) => `http.host in {${list.join(' ')}} and http.request.uri.path ne "<<<<&&&&>>>>"`;
    const [rule] = (await made({ ...mtls, Expression: long(hosts) })) as [Rule];
    const request = await change(rule.id, { config: { Expression: long(hosts.slice(0, -1)) } });
    const card = await cardOf(rig, await approvalOf(rig, request));
    assertMessage(card);
    expect(contentOf(card)).toContain('host-119.example.com');
  });
});

describe('rulesets', () => {
  it('are made empty and on; 20 of them, and no more', async () => {
    for (let i = 0; i < 20; i += 1) {
      expect((await ask('waf_ruleset_create', { siteId: site.id, name: i === 0 ? '' : `set ${i}` })).state).toBe(
        'done',
      );
    }
    const rulesets = await rig.store.rulesets(site.id);
    expect(rulesets.map(({ name }) => name).slice(0, 2)).toEqual(['http_custom', 'set 1']);
    expect((await ask('waf_ruleset_create', { siteId: site.id, name: 'x' })).outcome).toMatchObject({
      code: 'over_quota',
    });
  });

  it('deleted, their rules are deleted with them, and a new rule makes a new one', async () => {
    const [rule] = (await made({ ...mtls, Status: 'off' })) as [Rule];
    expect((await ask('waf_ruleset_delete', { siteId: site.id, rulesetId: (await rulesetOf()).id })).state).toBe(
      'done',
    );
    expect((await ruleOf(rule)).deletedAt).not.toBeNull();
    await made(mtls);
    expect((await rulesetOf()).number).toBe(10_000_002);
    expect((await change(rule.id, { status: 'on' })).outcome).toMatchObject({ code: 'not_found' });
  });
});

/**
 * Carries out requests so that each has decided on what there was before any of them wrote its effect; they are then
 * written in the order given. Those that were overtaken are carried out again.
 */
async function atTheSameInstant(requests: readonly Request[]): Promise<void> {
  const held = new Map<string, () => Promise<void>>();
  let arrived: () => void = () => undefined;
  const all = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const commit: Store['commit'] = async (plan) => {
    const mine = requests.find(({ id }) =>
      plan.some((write) => write.table === 'requests' && 'id' in write && write.id === id),
    );
    if (!mine || held.has(mine.id) || !plan.some(({ table }) => table === 'auditEvents')) return rig.store.commit(plan);
    const turn = new Promise<void>((resolve) => held.set(mine.id, async () => resolve()));
    if (held.size === requests.length) arrived();
    await turn;
    const committed = await rig.store.commit(plan);
    const next = requests[requests.indexOf(mine) + 1];
    await held.get(next?.id ?? '')?.();
    return committed;
  };
  const store = new Proxy(rig.store, {
    get: (target, name: keyof Store) => (name === 'commit' ? commit : Reflect.get(target, name, target)),
  });
  const done = requests.map(({ id }) => carryOut({ ...rig.jobDeps, store }, id));
  await all;
  await held.get(requests[0]?.id ?? '')?.();
  await Promise.all(done);
  rig.clock.advance(1_000);
  await rig.settle();
}

describe('two at the same instant', () => {
  it('two first rules make one ruleset, and their numbers differ', async () => {
    const record = (name: string) =>
      rig.record('waf_rule_create', { siteId: site.id, configs: [{ ...mtls, Name: name }] }, { actorId: 'U0ADA' });
    await atTheSameInstant([await record('a'), await record('b')]);
    expect(await rig.store.rulesets(site.id)).toHaveLength(1);
    expect((await namesInOrder()).sort()).toEqual(['a', 'b']);
    expect(new Set((await rig.store.rules(site.id)).map(({ number }) => number)).size).toBe(2);
  });

  it('the last place goes to one of them', async () => {
    await made(...Array.from({ length: 100 }, () => ({ Expression: 'ssl', Action: 'monitor' })));
    await made(...Array.from({ length: 99 }, () => ({ Expression: 'ssl', Action: 'monitor' })));
    const record = (name: string) =>
      rig.record('waf_rule_create', { siteId: site.id, configs: [{ ...mtls, Name: name }] }, { actorId: 'U0ADA' });
    const both = [await record('a'), await record('b')];
    await atTheSameInstant(both);
    const states = await Promise.all(both.map(async ({ id }) => (await rig.store.request(id))?.state));
    expect(states).toEqual(['done', 'refused']);
    expect(await rig.store.rules(site.id)).toHaveLength(200);
  });

  it('a site is not removed while its first rule is being made, or one is switched on', async () => {
    const removal = () => rig.record('site_remove', { name: 'example.com' }, { actorId: 'U0ADA' });
    const first = await rig.record('waf_rule_create', { siteId: site.id, configs: [mtls] }, { actorId: 'U0ADA' });
    const lost = await removal();
    await atTheSameInstant([first, lost]);
    expect(messageOf(await rig.store.request(lost.id))).toContain('has a rule that denies requests: `mtls`');
    expect((await rig.store.site(ACCOUNT, site.id))?.state).toBe('active');

    const [off] = (await made({ ...mtls, Name: 'later', Status: 'off' })) as [Rule];
    const [on] = (await rig.store.rules(site.id)) as [Rule];
    await decideAs(rig, 'U0BOB', await change(on.id, { status: 'off' }));
    const switching = await rig.record(
      'waf_rule_update',
      { siteId: site.id, changes: [{ ruleId: off.id, status: 'on' }] },
      { actorId: 'U0ADA' },
    );
    const lostAgain = await removal();
    await atTheSameInstant([switching, lostAgain]);
    expect((await rig.store.request(lostAgain.id))?.state).toBe('refused');
  });
});

it('a site whose rules are off can be removed, and has no rules to change any more', async () => {
  const [rule] = (await made({ ...mtls, Status: 'off' })) as [Rule];
  expect((await ask('site_remove', { name: 'example.com' })).state).toBe('done');
  expect((await change(rule.id, { status: 'on' })).outcome).toMatchObject({ code: 'no_site' });
});

it('carried out twice, a request has made one rule', async () => {
  const request = await rig.record('waf_rule_create', { siteId: site.id, configs: [mtls] }, { actorId: 'U0ADA' });
  rig.dieAtCommit(2, 'after');
  await rig.settle().catch(() => undefined);
  expect(rig.restart()).toBe(true);
  await rig.settle();
  expect((await rig.store.request(request.id))?.state).toBe('done');
  expect(await rig.store.rules(site.id)).toHaveLength(1);
});

describe('a rule that some edge cannot enforce', () => {
  const admin = {
    ...mtls,
    Name: 'admin',
    Expression: 'http.host eq "api.example.com" and http.request.method eq "POST"',
  };
  const limits = { reason: 'its nginx cannot ask', hostnames: ['api.example.com'] };
  const leftOut = async () => (await events()).at(-1)?.details;
  const says = (id: string, { kind = 'nginx' }: { kind?: Edge['kind'] } = {}) => {
    const at = rig.clock.now();
    const common = { accountId: ACCOUNT, createdAt: at, shownAt: at, endedAt: null, requestId: null, pin: null };
    const edge = insert('edges', {
      ...common,
      ...{ id, name: id, kind, state: 'active', credentialHash: null, createdBy: 'U0ADA' },
      version: 1,
    });
    const state = { id, accountId: ACCOUNT, epoch: 1, snapshot: 1, appliedAt: at, waiting: null, lastSeenAt: at };
    return rig.store.commit([
      edge,
      raise('edgeStates', { ...state, software: 'agent', problems: [], inexpressible: [], limits, proof: null }),
    ]);
  };

  it('is made off, with the reason and what to do, in the answer, the audit and what programs read', async () => {
    await says('berlin');
    const request = await create([admin]);
    expect(messageOf(request)).toBe(
      'The rule `admin` was made for `example.com`. Its number is 20000001, and it is off. The edge *berlin* cannot enforce it for `api.example.com`: its nginx cannot ask. So it stays off until an administrator accepts that: `/mtls waf enable 20000001`.',
    );
    const [rule] = await rig.store.rules(site.id);
    expect(rule).toMatchObject({ status: 'off', config: { Status: 'off' }, acceptedGaps: [] });
    expect(await leftOut()).toMatchObject({ status: 'off', offBecauseOf: 'berlin' });
  });

  it('is none for what somebody says of a gateway, which asks nobody', async () => {
    await says('berlin', { kind: 'gateway' });
    await create([admin]);
    expect(await rig.store.rules(site.id)).toMatchObject([{ status: 'on' }]);
  });

  it('is on at once where somebody has accepted the very edges, and not where there is another', async () => {
    await says('berlin');
    await says('oslo');
    await create([admin], { acceptGaps: ['berlin'] });
    await create([admin], { acceptGaps: ['berlin', 'oslo', 'none'] });
    const [off, on] = await rig.store.rules(site.id);
    expect(off).toMatchObject({ status: 'off', acceptedGaps: [] });
    expect(on).toMatchObject({ status: 'on', acceptedGaps: ['berlin', 'oslo'] });
    expect(await leftOut()).toMatchObject({ status: 'on', leftOutBy: 'berlin, oslo' });
  });

  it('a program cannot accept it, neither when it makes it nor when it switches it on', async () => {
    await says('berlin');
    const key = anAccessKey({ accountId: ACCOUNT, name: 'ci' });
    await rig.store.commit([insert('accessKeys', key), insert('approvals', anAgreement(key))]);
    await create([admin], { acceptGaps: ['berlin'] }, keyActor('ci'));
    const [rule] = await rig.store.rules(site.id);
    expect(rule).toMatchObject({ status: 'off', acceptedGaps: [] });
    const changes = [{ ruleId: rule?.id ?? '', status: 'on' as const }];
    const request = await ask('waf_rule_update', { siteId: site.id, changes, acceptGaps: ['berlin'] }, keyActor('ci'));
    expect(request.outcome).toMatchObject({ code: 'rule_refused' });
    expect(messageOf(request)).toContain('The edge *berlin* cannot enforce it');
    expect(messageOf(request)).toContain('`/mtls waf enable 20000001`');
    expect(await ruleOf(rule as Rule)).toMatchObject({ status: 'off', version: 1 });
  });

  it('is switched on by whoever accepts it; a change of what it says is refused until it is accepted anew', async () => {
    await says('berlin');
    await create([admin]);
    const [rule] = (await rig.store.rules(site.id)) as [Rule];
    expect((await change(rule.id, { status: 'on' })).state).toBe('refused');
    const changes = [{ ruleId: rule.id, status: 'on' as const }];
    await ask('waf_rule_update', { siteId: site.id, changes, acceptGaps: ['berlin'] });
    expect(await ruleOf(rule)).toMatchObject({ status: 'on', acceptedGaps: ['berlin'] });
    // Its name says nothing to an edge.
    await change(rule.id, { config: { Name: 'renamed' } });
    expect(await ruleOf(rule)).toMatchObject({ name: 'renamed', status: 'on', acceptedGaps: ['berlin'] });
    const wider = 'http.host eq "api.example.com" and http.request.method in {"POST" "PUT"}';
    const request = await change(rule.id, { config: { Expression: wider } });
    expect(messageOf(request)).toContain('Nothing was changed.');
    expect(await ruleOf(rule)).toMatchObject({ expression: admin.Expression });
    // What every edge can decide by needs nobody, and forgets.
    await change(rule.id, { config: { Expression: 'http.host eq "api.example.com"' } });
    expect(await ruleOf(rule)).toMatchObject({ status: 'on', acceptedGaps: [] });
  });

  it('that is on when such an edge comes: leaving it out there takes protection away, and needs somebody else', async () => {
    const [rule] = (await made(admin)) as [Rule];
    await says('berlin');
    const changes = [{ ruleId: rule.id, status: 'on' as const }];
    const request = await ask('waf_rule_update', { siteId: site.id, changes, acceptGaps: ['berlin'] });
    expect(request.state).toBe('waiting');
    expect(contentOf(await cardOf(rig, await approvalOf(rig, request)))).toMatch(
      /not enforced by\*?\n?.*\*berlin\*, which cannot/s,
    );
    expect(await ruleOf(rule)).toMatchObject({ acceptedGaps: [] });
    await decideAs(rig, 'U0BOB', request);
    expect(await ruleOf(rule)).toMatchObject({ status: 'on', acceptedGaps: ['berlin'] });
  });

  it('names in a batch those that are off', async () => {
    await says('berlin');
    const request = await create([mtls, admin]);
    expect(messageOf(request)).toContain('cannot enforce them: 20000002.');
    expect((await rig.store.rules(site.id)).map(({ status }) => status)).toEqual(['on', 'off']);
  });
});
