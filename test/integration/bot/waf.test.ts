import { describe, expect, it } from 'vitest';
import { MANAGED } from '../../../core/bindings/verbs.ts';
import { insert, type Plan, raise, update, type Write } from '../../../core/store/plan.ts';
import type { EdgeState, Rule, Ruleset } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate, anAccount, aSite } from '../../support/rows.ts';
import { aBinding } from '../../support/uploading.ts';
import { ACCOUNT, type BotRig, end, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
const MTLS = 'http.host eq "api.example.com" and not tls_client_auth.cert_verified';
const VERIFIED = 'Verified Client Certificate';
const INSIST = 'Every request of the site';

async function ready(more: Plan = []): Promise<BotRig> {
  const rig = await startBotRig({ carryOut: (request, store) => end(store, request, 'done', 'It is done.') });
  await seed(rig.store, [
    insert('bindings', aBinding(site, MANAGED, ['api.example.com', '*.dev.example.com'])),
    ...more,
  ]);
  return rig;
}

const RULESET: Ruleset = {
  id: 'ruleset-1',
  accountId: ACCOUNT,
  siteId: site.id,
  number: 10_000_001,
  phase: 'http_custom',
  name: 'http_custom',
  status: 'on',
  order: ['rule-1', 'rule-2'],
  createdAt: new Date(0),
  updatedAt: new Date(0),
  deletedAt: null,
  version: 1,
};

function aRule(set: Partial<Rule> = {}): Rule {
  const { name = 'api', expression = MTLS, action = 'deny', status = 'on' } = set;
  return {
    id: 'rule-1',
    accountId: ACCOUNT,
    siteId: site.id,
    rulesetId: RULESET.id,
    number: 20_000_001,
    name,
    expression,
    action,
    status,
    config: { Name: name, Expression: expression, Action: action, Status: status },
    acceptedGaps: [],
    createdBy: 'U0ADA',
    createdAt: new Date(0),
    updatedAt: new Date(0),
    deletedAt: null,
    version: 1,
    ...set,
  };
}

const withRules = (...rules: Rule[]) =>
  ready([insert('rulesets', RULESET), ...rules.map((rule) => insert('rules', rule))]);
const other = () =>
  aRule({
    id: 'rule-2',
    number: 20_000_002,
    name: 'admin',
    status: 'off',
    expression: `${MTLS} and http.request.uri.path eq "/admin"`,
  });

/** Requests that edges counted within the last hour. */
function counted(hostname: string, verified: number, unverified: number, blocked = 0): Write {
  const hourAt = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  return raise('hostUsage', {
    id: `${ACCOUNT}:${hostname}`,
    accountId: ACCOUNT,
    hostname,
    hourAt,
    verified,
    unverified,
    blocked,
  });
}

const drawn = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);
const shown = (person: Person) => contentOf({ text: '', blocks: person.modal?.blocks ?? [] });
const say = (person: Person, words: string) => person.command(WHERE, `/mtls waf ${words}`);
async function ask(person: Person, words: string) {
  await say(person, words);
  const last = person.ephemerals(WHERE).at(-1);
  if (!last) throw new Error('no answer');
  return last;
}

describe('/mtls waf add', () => {
  it('asks in the seed’s terms, shows the expression it makes, previews, and records it', async () => {
    await using rig = await ready();
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add example.com');
    for (const label of ['Rule Name', VERIFIED, 'Hostname', 'Further conditions', 'Action']) {
      expect(shown(ada)).toContain(label);
    }
    expect((await ada.options('Hostname', '')).map(({ value }) => value)).toEqual([
      '*.dev.example.com',
      'api.example.com',
    ]);
    expect((await ada.options('Hostname', 'WWW.example.com')).map(({ value }) => value)).toEqual(['www.example.com']);
    expect(await ada.options('Hostname', 'www.elsewhere.org')).toEqual([]);

    await ada.change('modal', 'Hostname', ['api.example.com']);
    await ada.until(() => shown(ada).includes(MTLS));
    expect((await ada.submit({ 'Rule Name': 'api' })).outcome).toBe('updated');
    expect(shown(ada)).toContain('*api* for `example.com`: Intercept (403) every request for which this is true.');
    expect(shown(ada)).toContain(MTLS);
    expect(shown(ada)).toContain('No edge has reported yet, so it is not known what this rule would have done.');
    expect(rig.announced).toEqual([]);
    expect((await ada.submit()).outcome).toBe('updated');
    expect(shown(ada)).toContain('It is done.');
    expect(rig.announced.map(({ kind, actorId, payload }) => ({ kind, actorId, payload }))).toEqual([
      {
        kind: 'waf_rule_create',
        actorId: 'U0ADA',
        payload: {
          siteId: site.id,
          configs: [{ Name: 'api', Expression: MTLS, Action: 'deny', Status: 'on' }],
        },
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('takes a status of its own, Monitor, and a rule that is saved off', async () => {
    await using rig = await ready();
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add');
    await ada.change('modal', 'Hostname', ['api.example.com']);
    await ada.change('modal', 'Action', 'other');
    await ada.until(() => drawn(ada).includes('rule_code'));
    expect((await ada.submit({ 'Rule Name': 'x', Status: '399' }, { force: true })).errors).toMatchObject({
      Status: /400 to 599/,
    });
    await ada.submit({ Status: '404' });
    await ada.submit({ State: 'off' });
    expect(rig.announced[0]?.payload['configs']).toEqual([
      { Name: 'x', Expression: MTLS, Action: 'deny', Actions: { Response: { Id: 0, Code: 404 } }, Status: 'off' },
    ]);
    await ada.close();
    await say(ada, 'add');
    await ada.change('modal', 'Hostname', ['api.example.com']);
    await ada.submit({ 'Rule Name': 'x', Action: 'monitor', [VERIFIED]: 'yes' });
    await ada.submit();
    expect(rig.announced[1]?.payload['configs']).toEqual([
      {
        Name: 'x',
        Expression: 'http.host eq "api.example.com" and tls_client_auth.cert_verified',
        Action: 'monitor',
        Status: 'on',
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('tells what is wrong at each field, with the column of an expression, and records nothing', async () => {
    await using rig = await ready();
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add');
    const refused = await ada.submit(
      { 'Rule Name': 'x', 'Further conditions': 'ssl and htp.host eq "a"' },
      { force: true },
    );
    expect(refused.errors['Further conditions']).toMatch(/^column 9: .*http\.host/);
    expect((await ada.submit({ [VERIFIED]: 'any', 'Further conditions': null })).errors['Further conditions']).toMatch(
      /Choose a hostname/,
    );
    await ada.change('modal', 'Written as', 'expression');
    await ada.until(() => drawn(ada).includes('rule_expression'));
    const geo = await ada.submit({ 'Rule Name': 'x', Expression: 'ssl and ip.geoip.country eq "DE"' });
    expect(geo.errors['Expression']).toMatch(/column 9: ip\.geoip\.country needs a database of places/);
    const long = `http.request.uri.path in {${Array.from({ length: 390 }, (_, n) => `"${100 + n}"`).join(' ')}}`;
    expect((await ada.submit({ Expression: long })).errors['Expression']).toMatch(/longer than a form/);
    expect(rig.announced).toEqual([]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('carries what was written from one way to the other, and back from the preview', async () => {
    await using rig = await ready();
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add');
    await ada.change('modal', 'Hostname', ['api.example.com']);
    await ada.change('modal', 'Written as', 'expression');
    await ada.until(() => drawn(ada).includes('rule_expression'));
    expect(shown(ada)).toContain(MTLS);
    await ada.submit({ 'Rule Name': 'x', Expression: `${MTLS} and ssl` });
    expect(shown(ada)).toContain('What it would have done');
    await ada.click('modal', 'Back');
    await ada.until(() => drawn(ada).includes('rule_expression'));
    expect(shown(ada)).toContain(`${MTLS} and ssl`);
    await ada.change('modal', 'Written as', 'conditions');
    await ada.until(() => drawn(ada).includes('rule_more'));
    await ada.submit();
    await ada.submit();
    expect(rig.announced[0]?.payload['configs']).toMatchObject([{ Expression: `${MTLS} and ssl` }]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('refuses a rule on client certificates without a hostname, until an administrator insists', async () => {
    await using rig = await ready();
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add');
    await ada.submit({ 'Rule Name': 'all' });
    expect(shown(ada)).toContain('names no hostname, so it would concern every request of the site');
    expect((await ada.submit({}, { force: true })).errors).toMatchObject({ [INSIST]: /names no hostname/ });
    expect(rig.announced).toEqual([]);
    await ada.submit({ [INSIST]: ['yes'] });
    expect(rig.announced[0]?.payload).toMatchObject({ insist: true });
    await ada.close();
    // The tick of a rule that needs none insists on nothing.
    await say(ada, 'add');
    await ada.change('modal', 'Hostname', ['api.example.com']);
    await ada.submit({ 'Rule Name': 'x' });
    expect(drawn(ada)).not.toContain('rule_insist');
    await ada.submit();
    expect(rig.announced[1]?.payload).not.toHaveProperty('insist');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is for administrators', async () => {
    await using rig = await withRules(aRule(), other());
    const alice = rig.sandbox.person('U0ALICE');
    for (const words of [
      'add',
      'list',
      'test',
      'edit 20000001',
      'enable 20000002',
      'disable 20000001',
      'move 20000001 2',
      'delete 20000001',
    ]) {
      expect((await ask(alice, words)).text).toMatch(/administrator/);
      expect(alice.modal).toBeUndefined();
    }
    expect(rig.announced).toEqual([]);
  });
});

async function preview(ada: Person, fill: Record<string, unknown> = {}): Promise<string> {
  await say(ada, 'add');
  await ada.change('modal', 'Hostname', ['api.example.com']);
  await ada.submit({ 'Rule Name': 'x', ...fill });
  return shown(ada);
}

describe('the dry run of a preview', () => {
  it('is exact for hostnames and certificates, per hostname, with what was denied already', async () => {
    await using rig = await ready([counted('api.example.com', 1_200, 37, 2), counted('www.example.com', 0, 9)]);
    const text = await preview(rig.sandbox.person('U0ADA'));
    expect(text).toContain('Of 1,237 requests at 1 hostname in the last 24 hours it would have denied *37*.');
    expect(text).toContain('Rules that are on denied 2 of these requests already.');
    expect(text).toContain('• `api.example.com`: *37* (1,200 with a verified certificate, 37 without)');
    expect(text).not.toContain('www.example.com');
    expect(text).not.toContain('cannot be known');
  });

  it('names certificates that would be cut off, with their owners', async () => {
    const seenAt = new Date();
    const seen = (id: string, hostname: string, set: Parameters<typeof aCertificate>[0] = {}) => [
      insert(
        'certificates',
        aCertificate({
          id,
          accountId: ACCOUNT,
          serial: `0${id.length}${id}`,
          requestId: id,
          madeBy: id,
          state: 'active',
          ownerId: 'U0BOB',
          name: id,
          ...set,
        }),
      ),
      raise('sightings', {
        id: `${id}:edge`,
        accountId: ACCOUNT,
        certificateId: id,
        edge: 'edge',
        hostname,
        lastSeenAt: seenAt,
      }),
    ];
    await using rig = await ready([
      counted('api.example.com', 10, 0),
      ...seen('device-1', 'api.example.com'),
      ...seen('device-22', 'api.example.com'),
      ...seen('device-333', 'other.example.com'),
    ]);
    const ada = rig.sandbox.person('U0ADA');
    const text = await preview(ada, {
      [VERIFIED]: 'any',
      'Further conditions': 'tls_client_auth.cert_subject_cn eq "device-1"',
    });
    expect(text).toContain('*1 certificate would be cut off though verified.*');
    expect(text).toMatch(/• \*device-1\* of <@U0BOB>, at `api\.example\.com` <!date/);
    expect(text).not.toContain('device-22');
    expect(text).toContain('at most *10*');
    await ada.close();
    expect(await preview(ada, { [VERIFIED]: 'yes' })).toContain('*2 certificates would be cut off though verified.*');
  });

  it('says what cannot be known, and advises Monitor', async () => {
    await using rig = await ready([counted('api.example.com', 10, 7)]);
    const text = await preview(rig.sandbox.person('U0ADA'), {
      'Further conditions': 'starts_with(http.request.uri.path, "/admin")',
    });
    expect(text).toContain('it would have denied at most *7*.');
    expect(text).toContain(
      'it depends on `http.request.uri.path` as well, which edges do not count. Save it with the action Monitor first',
    );
  });

  it('says that edges saw nothing where they report and saw nothing', async () => {
    await using rig = await ready([counted('www.example.com', 1, 1)]);
    const text = await preview(rig.sandbox.person('U0ADA'));
    expect(text).toContain('Edges saw no request in the last 24 hours at a hostname of `example.com`');
  });

  it('shows what edges say they cannot express', async () => {
    await using rig = await ready(anEdgeThat({ inexpressible: ['the rule 20000001 is of a <newer> kind'] }));
    const ada = rig.sandbox.person('U0ADA');
    expect(await preview(ada)).toContain('• frankfurt: the rule 20000001 is of a &lt;newer&gt; kind');
    await ada.submit();
    expect(rig.announced[0]?.payload['configs']).toMatchObject([{ Status: 'on' }]);
    await ada.close();
    expect(contentOf(await ask(ada, 'list'))).toContain('• frankfurt: the rule 20000001');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

/** Its proxy has no way to ask. */
const LIMITS = { reason: 'this nginx was built <without> it', hostnames: ['*.example.com'] };
const ADMIN = { 'Further conditions': 'starts_with(http.request.uri.path, "/admin")' };
const WHERE_NOT = 'Where it cannot be enforced';
const ACCEPTED = 'I accept that these edges leave it out';

describe('a rule that an edge cannot enforce', () => {
  it('is off at first, and on only with the tick, which names the edges', async () => {
    await using rig = await ready(anEdgeThat({ limits: LIMITS }));
    const ada = rig.sandbox.person('U0ADA');
    const text = await preview(ada, ADMIN);
    expect(text).toContain('*It cannot be enforced everywhere*');
    expect(text).toContain(
      'The edge *frankfurt* cannot enforce it for `api.example.com`: this nginx was built &lt;without&gt; it.',
    );
    expect(text).toContain('Without the tick it can only be off.');
    const answer = await ada.submit({ State: 'On' });
    expect(JSON.stringify(answer)).toContain('Tick the box, or choose Off.');
    expect(rig.announced).toEqual([]);
    await ada.submit({ State: 'On', [WHERE_NOT]: [ACCEPTED] });
    expect(rig.announced[0]?.payload).toMatchObject({ configs: [{ Status: 'on' }], acceptGaps: ['edge-1'] });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is saved off without the tick, and says nothing of gaps', async () => {
    await using rig = await ready(anEdgeThat({ limits: LIMITS }));
    const ada = rig.sandbox.person('U0ADA');
    await preview(ada, ADMIN);
    await ada.submit();
    expect(rig.announced[0]?.payload).toMatchObject({ configs: [{ Status: 'off' }] });
    expect(rig.announced[0]?.payload).not.toHaveProperty('acceptGaps');
  });

  it('has no such field where every edge can decide by it', async () => {
    await using rig = await ready(anEdgeThat({ limits: LIMITS }));
    expect(await preview(rig.sandbox.person('U0ADA'))).not.toContain('cannot be enforced');
    await using other = await ready(anEdgeThat({ limits: { ...LIMITS, hostnames: ['api.example.org'] } }));
    expect(await preview(other.sandbox.person('U0ADA'), ADMIN)).not.toContain('cannot be enforced');
  });

  it('fits into the form however many edges there are and whatever they say', async () => {
    const name = (index: number) => `h${index}.${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.example.com`;
    const limits = { reason: '&'.repeat(300), hostnames: [1, 2, 3, 4].map(name) };
    const edges = Array.from({ length: 60 }, (_, index) =>
      anEdgeThat({ id: `e${index}`, name: `edge-${index}`, limits }),
    );
    await using rig = await ready(edges.flat());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'add');
    await ada.change('modal', 'Written as', 'Expression');
    await ada.submit({ 'Rule Name': 'x', Expression: 'http.request.method eq "POST"' });
    expect(shown(ada)).toContain('1 more hostname');
    expect(shown(ada)).toMatch(/Nor can \d+ more edges\./);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is shown anew when the edges are others than those beside the tick', async () => {
    await using rig = await ready(anEdgeThat({ limits: LIMITS }));
    const ada = rig.sandbox.person('U0ADA');
    await preview(ada, ADMIN);
    await rig.store.commit(anEdgeThat({ id: 'edge-2', name: 'oslo', limits: LIMITS }));
    await ada.submit({ State: 'On', [WHERE_NOT]: [ACCEPTED] });
    expect(rig.announced).toEqual([]);
    expect(shown(ada)).toContain('Edges have changed in the meantime');
    expect(shown(ada)).toContain('The edge *oslo* cannot');
    await ada.submit({ State: 'On', [WHERE_NOT]: [ACCEPTED] });
    expect(rig.announced[0]?.payload['acceptGaps']).toEqual(['edge-1', 'edge-2']);
  });

  it('that is on already, when such an edge comes, can be accepted or left as it is', async () => {
    const expression = 'http.host eq "api.example.com" and http.request.method eq "POST"';
    const accepted = aRule({ id: 'rule-2', number: 20_000_002, expression, acceptedGaps: ['edge-1'] });
    await using rig = await withRules(aRule({ expression }), accepted);
    await rig.store.commit(anEdgeThat({ limits: LIMITS }));
    const ada = rig.sandbox.person('U0ADA');
    expect(contentOf(await ask(ada, 'list'))).toContain(
      '*frankfurt* cannot enforce it and denies instead (503): `/mtls waf enable 20000001`',
    );
    await say(ada, 'enable 20000001');
    expect(ada.modal?.submit?.text).toBe('Accept');
    expect(shown(ada)).toContain('Without the tick, what it would decide is denied there (503).');
    expect(JSON.stringify(await ada.submit())).toContain('Tick the box, or cancel.');
    await ada.submit({ [WHERE_NOT]: [ACCEPTED] });
    expect(rig.announced[0]?.payload).toMatchObject({ changes: [{ status: 'on' }], acceptGaps: ['edge-1'] });
    await ada.close();
    expect(contentOf(await ask(ada, 'list'))).toContain('Not enforced by *frankfurt*, as accepted.');
    expect((await ask(ada, 'enable 20000002')).text).toContain('is on already');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

it('a rule that only watches is told of edges that cannot, and asks for nothing', async () => {
  await using rig = await withRules(aRule({ action: 'monitor' }));
  await rig.store.commit(anEdgeThat({ limits: LIMITS }));
  const ada = rig.sandbox.person('U0ADA');
  expect(contentOf(await ask(ada, 'list'))).toContain(':warning: *frankfurt* cannot watch by it.');
  expect((await ask(ada, 'enable 20000001')).text).toContain('is on already');
});

function anEdgeThat(set: { id?: string; name?: string } & Partial<EdgeState>): Plan {
  const { id = 'edge-1', name = 'frankfurt', ...says } = set;
  const at = new Date();
  return [
    insert('edges', {
      id,
      accountId: ACCOUNT,
      name,
      kind: 'nginx',
      state: 'active',
      credentialHash: null,
      pin: null,
      requestId: null,
      createdBy: 'system',
      createdAt: at,
      shownAt: null,
      endedAt: null,
      version: 1,
    }),
    raise('edgeStates', {
      id,
      accountId: ACCOUNT,
      epoch: 1,
      snapshot: 1,
      appliedAt: at,
      waiting: null,
      lastSeenAt: at,
      software: 'agent',
      problems: [],
      inexpressible: [],
      limits: null,
      proof: null,
      ...says,
    }),
  ];
}

describe('/mtls waf list', () => {
  it('shows the rules in their order with state, action, number and expression', async () => {
    await using rig = await withRules(other(), aRule());
    const ada = rig.sandbox.person('U0ADA');
    const list = await ask(ada, '');
    expect(list.text).toBe('The rules of example.com (2), in their order.');
    expect(contentOf(list)).toContain(`1. *api*: on, Intercept (403), number \`20000001\`\n\`${MTLS}\``);
    expect(contentOf(list)).toContain('2. *admin*: off, Intercept (403), number `20000002`');
    await ada.choose(list, { action_id: 'rule' }, 'Edit…');
    expect(ada.modal?.title?.text).toBe('Change WAF rule');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('says when a rule with a timer is in force, in the list, in its preview and in a test', async () => {
    const rule = aRule();
    const Timer = {
      Scopes: 'weekly',
      Zone: 8,
      WeeklyPeriods: [{ Days: '1,2,3,4,5,6,7', DailyPeriods: [{ Start: '00:00:00', End: '23:59:59' }] }],
    };
    const over = { Scopes: 'periods', Periods: [{ Start: '2000-01-01T00:00:00Z', End: '2001-01-01T00:00:00Z' }] };
    await using rig = await withRules(
      aRule({ config: { ...rule.config, Timer: over } }),
      aRule({ ...other(), status: 'on', config: { ...other().config, Timer } }),
    );
    const ada = rig.sandbox.person('U0ADA');
    const list = await ask(ada, '');
    expect(contentOf(list)).toMatch(
      /In force from <!date\^946684800\^.* to <!date\^978307200\^.*\. \*It is not now\.\*/,
    );
    expect(contentOf(list)).toContain(
      'In force every Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday, 00:00:00 to 23:59:59 (UTC+8). *It is now.*',
    );
    await ada.choose(list, { action_id: 'rule' }, 'Edit…');
    await ada.submit({ 'Rule Name': 'another name' });
    expect(shown(ada)).toContain('*It is not now.*');
    await ada.close();
    await say(ada, 'test api.example.com');
    await ada.submit({});
    expect(shown(ada)).toContain('*Let through*');
    expect(shown(ada)).toContain('Off or not in force now, and would match');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('says that nothing is denied where there is no rule, and goes through very many', async () => {
    await using rig = await ready([
      insert('sites', aSite({ id: 'site-2', accountId: ACCOUNT, name: 'second.example', number: 2 })),
    ]);
    const ada = rig.sandbox.person('U0ADA');
    const none = contentOf(await ask(ada, 'list second.example'));
    expect(none).toContain('No rule for `second.example`: every request reaches the origin');
    expect((await ask(ada, 'list nowhere.test')).text).toContain('no active site `nowhere.test`');
    const many = Array.from({ length: 45 }, (_, n) =>
      aRule({
        id: `many-${n}`,
        number: 20_000_100 + n,
        name: `rule ${n}`,
        expression: `${MTLS} and http.request.uri.path eq "/${'a'.repeat(900)}"`,
      }),
    );
    await rig.store.commit([
      insert('rulesets', { ...RULESET, order: many.map(({ id }) => id) }),
      ...many.map((rule) => insert('rules', rule)),
    ]);
    const first = await ask(ada, 'list example.com');
    expect(contentOf(first)).toContain('1. *rule 0*');
    expect(contentOf(first)).toContain('more rules.');
    await ada.click(first, 'More rules');
    const second = ada.ephemerals(WHERE).at(-1);
    expect(contentOf(second as NonNullable<typeof second>)).toMatch(/\n(1\d|2\d)\. \*rule/);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('opens from the Home', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await ada.openHome();
    await ada.until(() => JSON.stringify(ada.home ?? '').includes('open_rules'));
    await ada.click('home', 'Rules');
    await ada.until(() => shown(ada).includes('1. *api*'));
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('changing rules', () => {
  it('edits a rule in the fields that made it, and records what is different', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'edit 20000001');
    expect(drawn(ada)).toContain('"initial_value":"api"');
    await ada.change('modal', 'Hostname', ['api.example.com', 'new.example.com']);
    await ada.submit();
    expect(shown(ada)).toContain('It is now:');
    expect(shown(ada)).toContain(
      'It is changed at once when it stays on. A second person is asked first if you switch it off.',
    );
    await ada.submit();
    expect(rig.announced.map(({ kind, payload }) => ({ kind, payload }))).toEqual([
      {
        kind: 'waf_rule_update',
        payload: {
          siteId: site.id,
          changes: [
            {
              ruleId: 'rule-1',
              status: 'on',
              config: {
                Name: 'api',
                Expression: 'http.host in {"api.example.com" "new.example.com"} and not tls_client_auth.cert_verified',
                Action: 'deny',
              },
            },
          ],
        },
      },
    ]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('says that a second person is asked where protection is taken away', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'edit 20000001');
    await ada.change('modal', 'Hostname', ['new.example.com']);
    await ada.submit();
    expect(shown(ada)).toContain('A second person is asked first, because it takes protection away.');
  });

  it('shows the preview anew when somebody has changed the rule meanwhile', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'edit 20000001');
    await ada.submit();
    await rig.store.commit([update('rules', { id: 'rule-1', version: 1 }, { status: 'off' })]);
    await ada.submit();
    expect(shown(ada)).toContain('Somebody has changed this rule in the meantime');
    expect(rig.announced).toEqual([]);
    await ada.submit();
    expect(rig.announced).toHaveLength(1);
  });

  it('switches on after its dry run, and off at once', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'enable 20000002');
    expect(shown(ada)).toContain('What it would have done');
    expect(ada.modal?.submit?.text).toBe('Switch on');
    await ada.submit();
    expect(rig.announced[0]?.payload).toEqual({ siteId: site.id, changes: [{ ruleId: 'rule-2', status: 'on' }] });
    expect((await ask(ada, 'enable 20000001')).text).toContain('is on already');
    expect((await ask(ada, 'disable 20000001')).text).toBe('It is done.');
    expect(rig.announced[1]?.payload).toEqual({ siteId: site.id, changes: [{ ruleId: 'rule-1', status: 'off' }] });
    expect((await ask(ada, 'disable 20000002')).text).toContain('is off already');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('moves, and deletes after a question', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    expect((await ask(ada, 'move 20000002 to 1')).text).toBe('It is done.');
    expect(rig.announced[0]?.payload).toEqual({ siteId: site.id, changes: [{ ruleId: 'rule-2', position: 1 }] });
    expect((await ask(ada, 'move 20000001 1')).text).toContain('at position 1 already');
    expect((await ask(ada, 'move 20000001')).text).toContain('Say to which position, 1 to 2');
    const question = await ask(ada, 'delete 20000002');
    expect(question.text).toContain('Delete the rule `admin` of `example.com`?');
    expect(rig.announced).toHaveLength(1);
    await ada.click(question, 'Delete…');
    await expect.poll(() => rig.announced).toHaveLength(2);
    expect(rig.announced[1]).toMatchObject({ kind: 'waf_rule_delete', payload: { siteId: site.id, ruleId: 'rule-2' } });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('knows no rule of another account, no deleted one, and no made-up metadata', async () => {
    await using rig = await withRules(aRule(), other());
    await rig.store.commit([
      insert('accounts', anAccount({ id: 'T0OTHER' })),
      insert('rules', aRule({ id: 'foreign', number: 20_000_009, accountId: 'T0OTHER', siteId: 'site-9' })),
      insert('rules', aRule({ id: 'gone', number: 20_000_008, deletedAt: new Date() })),
    ]);
    const ada = rig.sandbox.person('U0ADA');
    for (const number of ['20000009', '20000008', '1', 'api', '']) {
      expect((await ask(ada, `edit ${number}`)).text).toMatch(/There is no rule|Say which rule/);
    }
    const list = await ask(ada, 'list');
    await ada.act(list, { type: 'button', block_id: 'x', action_id: 'delete_rule', value: 'foreign' });
    await ada.act(list, { type: 'button', block_id: 'x', action_id: 'rule', value: 'disable:foreign' });
    expect(rig.announced).toEqual([]);

    await say(ada, 'edit 20000001');
    await ada.submit();
    const payload = ada.payload.submission();
    const forge = async (metadata: unknown) => {
      const forged = structuredClone(payload) as { view: { private_metadata: string } };
      forged.view.private_metadata = typeof metadata === 'string' ? metadata : JSON.stringify(metadata);
      return JSON.stringify((await ada.send(forged as never)).body);
    };
    const fields = {
      name: 'x',
      mode: 'expression',
      verified: 'any',
      hostnames: [],
      more: '',
      action: 'deny',
      code: '',
    };
    for (const metadata of [
      '{',
      { kind: 'switch', subject: { ruleId: 'foreign', version: 1 } },
      { kind: 'form', fields: { siteId: 'site-9' } },
      { kind: 'form', fields: { ...fields, siteId: 'site-9', expression: 'ssl' } },
      { kind: 'form', fields: { ...fields, siteId: site.id, expression: 'not ssl or nothing' } },
      { kind: 'form', fields: { ...fields, siteId: site.id, expression: 'not tls_client_auth.cert_verified' } },
      {
        kind: 'form',
        subject: { ruleId: 'foreign', version: 1 },
        fields: { ...fields, siteId: site.id, expression: 'ssl' },
      },
    ]) {
      expect(await forge(metadata)).not.toContain('It is done');
      expect(rig.announced, JSON.stringify(metadata)).toEqual([]);
    }
    expect(await forge({ kind: 'switch', subject: { ruleId: 'rule-2', version: 1 } })).toContain('It is done');
  });
});

describe('/mtls waf test', () => {
  it('says which rule denies a made-up request and which conditions decided', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'test api.example.com');
    await ada.submit();
    expect(shown(ada)).toContain('*Denied with 403* by 1. *api* of `example.com`');
    expect(shown(ada)).toContain('• `http.host eq "api.example.com"` holds: the request has `api.example.com`');
    expect(shown(ada)).toContain('• `tls_client_auth.cert_verified` does not hold\n');
    await ada.click('modal', 'Another request');
    await ada.until(() => drawn(ada).includes('rule_test_url'));
    await ada.submit({
      URL: 'https://api.example.com/admin?a=1',
      'Client certificate': 'verified',
      'Its common name': 'device-1',
    });
    expect(shown(ada)).toContain('*Let through*: none of 2 rules');
    expect(shown(ada)).toContain('*Asked, and not met*');
    expect(shown(ada)).toContain('`tls_client_auth.cert_verified` holds');
    expect(rig.announced).toEqual([]);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('names rules that are off and would match, and rules that only log', async () => {
    await using rig = await withRules(
      aRule({ action: 'monitor', expression: 'http.request.headers["user-agent"] contains "curl"' }),
      other(),
    );
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'test api.example.com');
    await ada.submit({ URL: 'https://api.example.com/admin', Headers: 'User-Agent: curl/8' });
    expect(shown(ada)).toMatch(/\*Logged by\*[^*]+1\. \*api\*/);
    expect(shown(ada)).toMatch(/\*Off or not in force now, and would match\*[^*]+2\. \*admin\*/);
  });

  it('tells what is no request at its field', async () => {
    await using rig = await withRules(aRule(), other());
    const ada = rig.sandbox.person('U0ADA');
    await say(ada, 'test');
    const refused = await ada.submit({
      URL: 'api.example.com',
      Method: 'GET /',
      'Client address': 'here',
      Headers: 'User-Agent curl',
      'Its serial': 'xyz',
    });
    expect(refused.errors).toMatchObject({
      URL: /whole URL/,
      Method: /one word/,
      'Client address': /IP address/,
      Headers: /Line 1/,
      'Its serial': /hex digits/,
    });
    const elsewhere = await ada.submit({
      URL: 'https://elsewhere.org/',
      Method: 'GET',
      'Client address': '10.0.0.1',
      Headers: null,
      'Its serial': null,
    });
    expect(elsewhere.errors['URL']).toContain('none of the active sites');
  });
});
