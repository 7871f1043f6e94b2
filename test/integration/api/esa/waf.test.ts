import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { insert } from '../../../../core/store/plan.ts';
import { send, signCall } from '../../../support/acs.ts';
import { decideAs } from '../../../support/approving.ts';
import { type EsaRig, startEsaRig } from '../../../support/esa-rig.ts';
import { aSite } from '../../../support/rows.ts';
import { $OpenApiUtil, Esa, type EsaClient, refusedBy } from '../../../support/sdk.ts';
import { ACCOUNT } from '../../../support/worker-rig.ts';

const PHASE = 'http_custom';
const MTLS = '(http.host in {"api.example.com"} and not tls_client_auth.cert_verified)';

let rig: EsaRig;
let client: EsaClient;
let siteId: number;
beforeEach(async () => {
  rig = await startEsaRig();
  siteId = rig.site.number;
  client = (await rig.key()).client;
});
afterEach(() => rig[Symbol.asyncDispose]());

type Config = ConstructorParameters<typeof Esa.WafRuleConfig>[0];
const config = (set: Config = {}) =>
  new Esa.WafRuleConfig({
    name: 'mtls',
    expression: MTLS,
    action: 'deny',
    actions: new Esa.WafRuleConfigActions({ response: new Esa.WafRuleConfigActionsResponse({ id: 0, code: 403 }) }),
    status: 'on',
    ...set,
  });
const create = (set: Config = {}, more: { rulesetId?: number; siteVersion?: number; phase?: string } = {}) =>
  client.createWafRule(new Esa.CreateWafRuleRequest({ siteId, phase: PHASE, config: config(set), ...more }));
const update = (more: ConstructorParameters<typeof Esa.UpdateWafRuleRequest>[0]) =>
  client.updateWafRule(new Esa.UpdateWafRuleRequest({ siteId, ...more }));
const get = (id: number) => client.getWafRule(new Esa.GetWafRuleRequest({ siteId, id }));
const remove = (id: number) => client.deleteWafRule(new Esa.DeleteWafRuleRequest({ siteId, id }));
const list = (
  queryArgs: ConstructorParameters<typeof Esa.ListWafRulesRequestQueryArgs>[0] = {},
  more: { pageNumber?: number; pageSize?: number; rulesetId?: number; phase?: string; siteVersion?: number } = {},
) =>
  client.listWafRules(
    new Esa.ListWafRulesRequest({
      siteId,
      phase: PHASE,
      queryArgs: new Esa.ListWafRulesRequestQueryArgs(queryArgs),
      ...more,
    }),
  );
const namesOf = async (...given: Parameters<typeof list>) =>
  (await list(...given)).body?.rules?.map(({ name }) => name);

describe('a rule, through the SDK', () => {
  it('is made, read, listed, changed, moved, and deleted', async () => {
    const made = await create();
    expect(made.body).toMatchObject({ id: 20_000_001, rulesetId: 10_000_001 });
    await create({
      name: 'watch',
      expression: 'http.request.uri.path eq "/a" and ip.src in {192.0.2.0/24}',
      action: 'monitor',
      notes: 'só “watching” & more',
    });

    const one = (await get(20_000_001)).body;
    expect(one).toMatchObject({
      id: 20_000_001,
      rulesetId: 10_000_001,
      name: 'mtls',
      phase: PHASE,
      position: 1,
      status: 'on',
    });
    expect(one?.updateTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(one?.config).toMatchObject({
      id: 20_000_001,
      type: PHASE,
      expression: MTLS,
      action: 'deny',
      actions: { response: { id: 0, code: 403 } },
    });

    const all = (await list()).body;
    expect(all).toMatchObject({ totalCount: 2, pageNumber: 1, pageSize: 20, siteUsage: 2, instanceUsage: 2 });
    expect(all?.rules?.[1]).toMatchObject({
      id: 20_000_002,
      rulesetId: 10_000_001,
      position: 2,
      action: 'monitor',
      type: PHASE,
      fields: ['http.request.uri.path', 'ip.src'],
      config: { notes: 'só “watching” & more' },
    });

    expect(
      (
        await update({
          id: 20_000_002,
          position: 1,
          status: 'off',
          config: config({ name: 'renamed', expression: 'ssl', action: 'monitor' }),
        })
      ).body?.id,
    ).toBe(20_000_002);
    expect(await namesOf()).toEqual(['renamed', 'mtls']);
    expect((await get(20_000_002)).body).toMatchObject({
      status: 'off',
      position: 1,
      config: { notes: 'só “watching” & more', status: 'off' },
    });

    expect((await remove(20_000_002)).body?.requestId).toBeTruthy();
    expect(await namesOf()).toEqual(['mtls']);
    expect((await refusedBy(get(20_000_002))).code).toBe('WafRule.NotFound');
    // A person sees in the audit which key it was.
    await rig.worker.settle();
    const events = await rig.store.auditChain(ACCOUNT, 0, 100);
    expect(events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['rule.created', 'rule.changed', 'rule.deleted']),
    );
    expect(
      events.filter(({ action }) => action.startsWith('rule')).every(({ actorId }) => actorId.startsWith('key:')),
    ).toBe(true);
  });

  it('can have hours, which come back as they were given; hours that never come are refused', async () => {
    const weekly = (start: string, end: string) =>
      new Esa.WafTimer({
        scopes: 'weekly',
        zone: 8,
        weeklyPeriods: [
          new Esa.WafTimerWeeklyPeriods({
            days: '1,3',
            dailyPeriods: [new Esa.WafTimerWeeklyPeriodsDailyPeriods({ start, end })],
          }),
        ],
      });
    await create({ timer: weekly('08:00:00', '18:00:00') });
    const [rule] = (await list()).body?.rules ?? [];
    const timer = {
      scopes: 'weekly',
      zone: 8,
      weeklyPeriods: [{ days: '1,3', dailyPeriods: [{ start: '08:00:00' }] }],
    };
    expect(rule).toMatchObject({ timer, config: { timer } });
    const error = await refusedBy(create({ timer: weekly('18:00:00', '08:00:00') }));
    expect(error.code).toBe('InvalidParameter');
    expect(error.message).toContain('Timer.WeeklyPeriods[1].DailyPeriods[1]: ends after it begins, on the same day');
  });

  it('is found by what ListWafRules can be asked for', async () => {
    await create({ name: 'Alpha' });
    await create({ name: 'beta', status: 'off' });
    await create({ name: 'gamma', expression: 'http.host eq "shop.example.com"' });
    expect(await namesOf({ nameLike: 'A' })).toEqual(['Alpha', 'beta', 'gamma']);
    expect(await namesOf({ nameLike: 'alp' })).toEqual(['Alpha']);
    expect(await namesOf({ id: 20_000_002 })).toEqual(['beta']);
    expect(await namesOf({ idNameLike: '0003' })).toEqual(['gamma']);
    expect(await namesOf({ idNameLike: 'bet' })).toEqual(['beta']);
    expect(await namesOf({ configValueLike: 'shop.' })).toEqual(['gamma']);
    expect(await namesOf({ status: 'off' })).toEqual(['beta']);
    expect(await namesOf({ orderBy: 'position', desc: true })).toEqual(['gamma', 'beta', 'Alpha']);
    expect(await namesOf({}, { pageSize: 2, pageNumber: 2 })).toEqual(['gamma']);
    expect((await list({ status: 'on' }, { pageSize: 1 })).body).toMatchObject({ totalCount: 2, siteUsage: 3 });
    expect((await list({}, { pageNumber: 9 })).body).toMatchObject({ totalCount: 3, rules: [] });
  });

  it('is made and changed in batches, all of it or none', async () => {
    const shared = new Esa.WafBatchRuleShared({ action: 'deny', expression: MTLS });
    const batch = (configs: Config[], rulesetId?: number) =>
      client.batchCreateWafRules(
        new Esa.BatchCreateWafRulesRequest({
          siteId,
          phase: PHASE,
          shared,
          configs: configs.map((one) => new Esa.WafRuleConfig(one)),
          ...(rulesetId ? { rulesetId } : {}),
        }),
      );
    const made = await batch([{ name: 'a' }, { name: 'b', expression: 'ssl', action: 'monitor' }]);
    expect(made.body).toMatchObject({ ids: [20_000_001, 20_000_002], rulesetId: 10_000_001 });
    expect((await get(20_000_001)).body?.config).toMatchObject({ name: 'a', expression: MTLS, action: 'deny' });

    const refused = await refusedBy(batch([{ name: 'c' }, { name: 'd', expression: 'http.host eq api' }]));
    expect(refused).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
    expect(refused.message).toContain('Rule 2 of 2: Expression, column 14: expected a text in quotes');
    expect(await namesOf()).toEqual(['a', 'b']);

    const change = (configs: Config[], rulesetId?: number) =>
      client.batchUpdateWafRules(
        new Esa.BatchUpdateWafRulesRequest({
          siteId,
          phase: PHASE,
          configs: configs.map((one) => new Esa.WafRuleConfig(one)),
          ...(rulesetId ? { rulesetId } : {}),
        }),
      );
    await change(
      [
        { id: 20_000_001, name: 'a2' },
        { id: 20_000_002, status: 'off' },
      ],
      10_000_001,
    );
    expect((await list()).body?.rules?.map(({ name, status }) => [name, status])).toEqual([
      ['a2', 'on'],
      ['b', 'off'],
    ]);
    expect((await refusedBy(change([{ id: 20_000_001, name: 'x' }, { id: 20_000_009 }]))).code).toBe(
      'WafRule.NotFound',
    );
    expect((await refusedBy(change([{ name: 'x' }]))).code).toBe('InvalidParameter');
    expect((await refusedBy(change([{ id: 20_000_001 }], 10_000_009))).code).toBe('WafRuleset.NotFound');
    expect(await namesOf()).toEqual(['a2', 'b']);
  });
});

describe('a ruleset, through the SDK', () => {
  it('is made, read, listed, switched, and deleted with its rules', async () => {
    const made = await client.createWafRuleset(
      new Esa.CreateWafRulesetRequest({ siteId, phase: PHASE, name: 'terraform' }),
    );
    const id = made.body?.id as number;
    expect(id).toBe(10_000_001);
    expect((await create({}, { rulesetId: id })).body?.rulesetId).toBe(id);

    const one = await client.getWafRuleset(new Esa.GetWafRulesetRequest({ siteId, id }));
    expect(one.body).toMatchObject({
      id,
      name: 'terraform',
      phase: PHASE,
      status: 'on',
      rules: [{ name: 'mtls', id: 20_000_001 }],
    });
    const first = await client.getWafRuleset(new Esa.GetWafRulesetRequest({ siteId, phase: PHASE }));
    expect(first.body?.id).toBe(id);

    const all = await client.listWafRulesets(
      new Esa.ListWafRulesetsRequest({
        siteId,
        phase: PHASE,
        queryArgs: new Esa.ListWafRulesetsRequestQueryArgs({ nameLike: 'terra' }),
      }),
    );
    expect(all.body).toMatchObject({ totalCount: 1, siteUsage: 1, instanceUsage: 1 });
    expect(all.body?.rulesets?.[0]).toMatchObject({
      id,
      name: 'terraform',
      fields: ['http.host', 'tls_client_auth.cert_verified'],
    });
    const phases = await client.listWafPhases(new Esa.ListWafPhasesRequest({ siteId }));
    expect(phases.body?.phases).toMatchObject([{ phase: PHASE, rulesets: [{ id, rules: [{ name: 'mtls' }] }] }]);

    await client.updateWafRuleset(new Esa.UpdateWafRulesetRequest({ siteId, id, status: 'off' }));
    expect((await client.getWafRuleset(new Esa.GetWafRulesetRequest({ siteId, id }))).body?.status).toBe('off');
    await client.deleteWafRuleset(new Esa.DeleteWafRulesetRequest({ siteId, id }));
    expect(await namesOf()).toEqual([]);
    expect((await refusedBy(client.getWafRuleset(new Esa.GetWafRulesetRequest({ siteId, id })))).code).toBe(
      'WafRuleset.NotFound',
    );
  });

  it('has a name that is shown as it is', async () => {
    const name = 'a \u202eb';
    const made = client.createWafRuleset(new Esa.CreateWafRulesetRequest({ siteId, phase: PHASE, name }));
    expect(await refusedBy(made)).toMatchObject({ code: 'InvalidParameter' });
  });

  it('the 21st is refused', async () => {
    const one = () => client.createWafRuleset(new Esa.CreateWafRulesetRequest({ siteId, phase: PHASE }));
    for (let i = 0; i < 20; i += 1) await one();
    expect(await refusedBy(one())).toMatchObject({ code: 'WafRuleset.OverQuota', statusCode: 403 });
  });
});

describe('what is refused', () => {
  it.each<[string, Config, string]>([
    [
      'no rule language',
      { expression: 'http.hots eq "a"' },
      'Expression, column 1: there is no field `http.hots`. Did you mean `http.host`?',
    ],
    ['a sign of another language', { expression: 'ssl && ssl' }, 'column 5: write `and` instead of `&&`.'],
    ['no hostname', { expression: 'not tls_client_auth.cert_verified' }, 'names no hostname'],
    ['a field that no edge has', { expression: 'ip.geoip.country eq "DE"' }, 'needs a database of places'],
    ['a challenge', { action: 'js' }, 'Action js is a challenge that no edge here can show.'],
    ['an unknown action', { action: 'allow' }, 'Action is deny or monitor, not `allow`.'],
    ['a long name', { name: 'x'.repeat(129) }, 'Name:'],
    [
      'an answer that lets through',
      { actions: new Esa.WafRuleConfigActions({ response: new Esa.WafRuleConfigActionsResponse({ code: 200 }) }) },
      'Actions.Response.Code:',
    ],
  ])('a rule with %s: InvalidParameter', async (_, set, sentence) => {
    const error = await refusedBy(create(set));
    expect(error).toMatchObject({ code: 'InvalidParameter', statusCode: 400 });
    expect(error.message).toContain(sentence);
  });

  it('other phases, other versions, unknown rules and rulesets, by their codes', async () => {
    await create();
    const other = aSite({ id: 'site-2', accountId: ACCOUNT, name: 'example.org', number: 2_345_678_901_234 });
    await rig.store.commit([insert('sites', other)]);
    const elsewhere = (id: number) => new Esa.GetWafRuleRequest({ siteId: other.number, id });
    const cases: [string, number, () => Promise<unknown>][] = [
      ['Phase.NotSupport', 403, () => create({}, { phase: 'http_bot' })],
      ['Phase.NotSupport', 403, () => list({}, { phase: 'http_ratelimit' })],
      [
        'Phase.NotSupport',
        403,
        () => client.createWafRuleset(new Esa.CreateWafRulesetRequest({ siteId, phase: 'http_managed' })),
      ],
      ['SpecifiedVersionReadOnly', 400, () => create({}, { siteVersion: 1 })],
      ['SpecifiedVersionReadOnly', 400, () => update({ id: 20_000_001, status: 'off', siteVersion: 2 })],
      ['WafRule.NotFound', 404, () => get(20_000_002)],
      ['WafRule.NotFound', 404, () => client.getWafRule(elsewhere(20_000_001))],
      ['WafRule.NotFound', 404, () => update({ id: 20_000_002, status: 'off' })],
      ['WafRule.NotFound', 404, () => remove(20_000_002)],
      ['WafRuleset.NotFound', 404, () => create({}, { rulesetId: 10_000_002 })],
      ['WafRuleset.NotFound', 404, () => list({}, { rulesetId: 10_000_002 })],
      [
        'WafRuleset.NotFound',
        404,
        () => client.updateWafRuleset(new Esa.UpdateWafRulesetRequest({ siteId, id: 7, status: 'on' })),
      ],
      ['WafRuleset.NotFound', 404, () => client.deleteWafRuleset(new Esa.DeleteWafRulesetRequest({ siteId, id: 7 }))],
      ['Id.MissingParameter', 400, () => client.getWafRule(new Esa.GetWafRuleRequest({ siteId }))],
      ['Id.MissingParameter', 400, () => client.getWafRuleset(new Esa.GetWafRulesetRequest({ siteId }))],
      ['MissingSiteId', 400, () => client.getWafRule(new Esa.GetWafRuleRequest({ id: 1 }))],
      ['InvalidParameter.SiteId', 400, () => client.getWafRule(new Esa.GetWafRuleRequest({ siteId: 1, id: 1 }))],
      ['InvalidParameter', 400, () => client.createWafRule(new Esa.CreateWafRuleRequest({ siteId, phase: PHASE }))],
      ['InvalidParameter', 400, () => client.createWafRule(new Esa.CreateWafRuleRequest({ siteId, config: config() }))],
      ['InvalidParameter', 400, () => update({ id: 20_000_001, position: 0 })],
      ['InvalidParameter', 400, () => update({ id: 20_000_001, status: 'paused' })],
      ['InvalidParameter', 400, () => list({ orderBy: 'nothing' })],
      ['InvalidParameter', 400, () => list({}, { pageSize: 101 })],
    ];
    for (const [code, statusCode, call] of cases) {
      expect(await refusedBy(call()), call.toString()).toMatchObject({ code, statusCode });
    }
    expect((await list()).body?.rules).toMatchObject([{ status: 'on', name: 'mtls' }]);
  });

  it('JSON that is nested deeper than any rule is, before it is parsed', async () => {
    const { row, secret } = await rig.key();
    const sendConfig = (config: string) =>
      send(
        rig.url,
        signCall(rig.host, {
          accessKeyId: row.accessKeyId,
          secret,
          action: 'CreateWafRule',
          method: 'POST',
          query: `SiteId=${siteId}`,
          body: `Config=${encodeURIComponent(config)}&Phase=${PHASE}`,
          date: rig.clock.now(),
        }),
      );
    const deep = await sendConfig(`{"Other":${'['.repeat(20_000)}${']'.repeat(20_000)}}`);
    expect(`${deep.status} ${deep.body['Code']} ${deep.body['Message']}`).toMatch(
      /^400 InvalidParameter .* nested more than 16 levels deep/,
    );
    // Brackets in a text are no levels, whatever is quoted in it.
    const text = JSON.stringify({ Name: 'b', Expression: MTLS, Action: 'monitor', Other: `\\"${'[{'.repeat(40)}` });
    expect((await sendConfig(text)).status).toBe(200);
  });

  it('the 201st rule: WafRule.OverQuota', async () => {
    const many = (count: number) =>
      client.batchCreateWafRules(
        new Esa.BatchCreateWafRulesRequest({
          siteId,
          phase: PHASE,
          configs: Array.from({ length: count }, () => config()),
        }),
      );
    await many(100);
    await many(100);
    expect(await refusedBy(create())).toMatchObject({ code: 'WafRule.OverQuota', statusCode: 403 });
    expect((await list()).body).toMatchObject({ totalCount: 200, siteUsage: 200 });
  });

  it('keys that may only read, or were made for something else', async () => {
    await create();
    client = (await rig.key({ access: 'read' })).client;
    expect((await list()).body?.totalCount).toBe(1);
    expect((await refusedBy(create())).code).toBe('NoPermission');
    expect((await refusedBy(remove(20_000_001))).code).toBe('NoPermission');
    client = (await rig.key({ groups: ['certificates'] })).client;
    expect((await refusedBy(list())).code).toBe('NoPermission');
  });
});

describe('what waits for a person', () => {
  const lastRequest = async (kind: string) =>
    (await rig.store.auditChain(ACCOUNT, 0, 100))
      .filter(({ action, details }) => action === 'approval.asked' && details['kind'] === kind)
      .at(-1)?.subjectId as string;

  it('a key that does not act alone is told so, and succeeds when it repeats the call after somebody has agreed', async () => {
    await rig.worker.settle();
    await create();
    client = (await rig.key({ mode: 'asks' })).client;
    const off = () => update({ id: 20_000_001, status: 'off' });
    const waiting = await refusedBy(off());
    expect(waiting).toMatchObject({ code: 'Approval.Pending', statusCode: 409 });
    expect(waiting.message).toContain('Switch off the rule mtls of example.com');
    expect((await refusedBy(off())).code).toBe('Approval.Pending');
    expect((await get(20_000_001)).body?.status).toBe('on');
    await rig.worker.settle();
    await decideAs(rig.worker, 'U0BOB', { id: await lastRequest('waf_rule_update') });
    expect((await off()).body?.id).toBe(20_000_001);
    expect((await get(20_000_001)).body?.status).toBe('off');

    expect((await refusedBy(remove(20_000_001))).code).toBe('Approval.Pending');
    await rig.worker.settle();
    await decideAs(rig.worker, 'U0BOB', { id: await lastRequest('waf_rule_delete') });
    expect((await remove(20_000_001)).body?.requestId).toBeTruthy();
    expect((await list()).body?.totalCount).toBe(0);
  });

  it('a rule that was made once somebody had agreed is answered with its number, and not made twice', async () => {
    client = (await rig.key({ mode: 'asks' })).client;
    expect((await refusedBy(create())).code).toBe('Approval.Pending');
    await rig.worker.settle();
    await decideAs(rig.worker, 'U0BOB', { id: await lastRequest('waf_rule_create') });
    expect((await create()).body?.id).toBe(20_000_001);
    expect((await create()).body?.id).toBe(20_000_001);
    expect((await list()).body?.totalCount).toBe(1);
  });
});

it('every operation is served over GET as well, with its parameters in the query', async () => {
  const byGet = async (action: string, query: Record<string, string>) => {
    const params = new $OpenApiUtil.Params({
      action,
      version: '2024-09-10',
      protocol: 'HTTP',
      pathname: '/',
      method: 'GET',
      authType: 'AK',
      style: 'RPC',
      reqBodyType: 'formData',
      bodyType: 'json',
    });
    const request = new $OpenApiUtil.OpenApiRequest({ query: { SiteId: String(siteId), ...query } });
    const answered = await client.callApi(params, request, {} as Parameters<EsaClient['callApi']>[2]);
    return answered.body as Record<string, unknown>;
  };
  const Config = JSON.stringify({ Expression: MTLS, Action: 'deny', Status: 'off' });
  expect(await byGet('CreateWafRule', { Phase: PHASE, Config })).toMatchObject({ Id: 20_000_001 });
  expect(await byGet('BatchCreateWafRules', { Phase: PHASE, Configs: `[${Config}]` })).toMatchObject({
    Ids: [20_000_002],
  });
  await byGet('BatchUpdateWafRules', { Phase: PHASE, Configs: '[{"Id":20000002,"Name":"two"}]' });
  await byGet('UpdateWafRule', { Id: '20000001', Position: '2' });
  expect(await byGet('GetWafRule', { Id: '20000001' })).toMatchObject({ Name: 'rule 20000001', Position: 2 });
  expect(await byGet('ListWafRules', { Phase: PHASE })).toMatchObject({ TotalCount: 2, Rules: [{ Name: 'two' }, {}] });
  await byGet('DeleteWafRule', { Id: '20000002' });
  expect(await byGet('CreateWafRuleset', { Phase: PHASE })).toMatchObject({ Id: 10_000_002 });
  await byGet('UpdateWafRuleset', { Id: '10000002', Status: 'off' });
  expect(await byGet('GetWafRuleset', { Id: '10000002' })).toMatchObject({ Status: 'off', Rules: [], Shared: {} });
  expect(await byGet('ListWafRulesets', { Phase: PHASE })).toMatchObject({ TotalCount: 2 });
  await byGet('DeleteWafRuleset', { Id: '10000002' });
  expect(await byGet('ListWafPhases', {})).toMatchObject({
    Phases: [{ Phase: PHASE, Rulesets: [{ Id: 10_000_001 }] }],
  });
});
