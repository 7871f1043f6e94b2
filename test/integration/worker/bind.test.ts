import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bindingId, MANAGED } from '../../../core/bindings/verbs.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { AccessKey, Request } from '../../../core/store/rows.ts';
import type { Store } from '../../../core/store/store.ts';
import { carryOut } from '../../../worker/processor.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, decideAs, give } from '../../support/approving.ts';
import { anAgreement, aSite } from '../../support/rows.ts';
import { aBinding, anUploaded } from '../../support/uploading.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/** ada and bob hold roles besides alice, who is an operator. */
async function ready(): Promise<WorkerRig> {
  const rig = await startWorkerRig();
  await give(rig, 'U0ADA', 'administrator');
  await give(rig, 'U0BOB', 'approver');
  return rig;
}

const asked = (set: Partial<Payload<'bind'>>): Payload<'bind'> => ({
  siteId: site.id,
  authorityId: MANAGED,
  verb: 'add',
  hostnames: ['www.example.com'],
  because: '',
  ...set,
});

async function bind(rig: WorkerRig, set: Partial<Payload<'bind'>>, actorId = 'U0ALICE'): Promise<Request> {
  const request = await rig.record('bind', asked(set), { actorId });
  await rig.settle();
  return (await rig.store.request(request.id)) as Request;
}

const messageOf = (request: Request | undefined) => String(request?.outcome?.['message']);
const hostnamesOf = async (rig: WorkerRig, authorityId = MANAGED, siteId = site.id) =>
  (await rig.store.binding(bindingId(siteId, authorityId)))?.hostnames;
const changes = async (rig: WorkerRig) =>
  (await rig.store.auditChain(ACCOUNT, 0, 1_000)).filter(({ action }) => action === 'binding.changed');

/**
 * Carries out requests so that each has decided on what there was before any of them wrote its effect; they are then
 * written in the order given.
 */
async function atTheSameInstant(rig: WorkerRig, requests: readonly Request[]): Promise<(string | undefined)[]> {
  const held = new Map<string, () => Promise<void>>();
  const writeAll = async () => {
    for (const { id } of requests) await held.get(id)?.();
  };
  const commit: Store['commit'] = (plan) => {
    const mine = requests.find(({ id }) =>
      plan.some((write) => write.table === 'requests' && 'id' in write && write.id === id),
    );
    // The effect, with its event: what comes before it is a lease, or a row that is made on first need.
    if (!mine || held.has(mine.id) || !plan.some(({ table }) => table === 'auditEvents')) return rig.store.commit(plan);
    return new Promise((resolve) => {
      held.set(mine.id, async () => resolve(await rig.store.commit(plan)));
      if (held.size === requests.length) void writeAll();
    });
  };
  const store = new Proxy<Store>(rig.store, {
    get: (target, name: keyof Store) => (name === 'commit' ? commit : Reflect.get(target, name, target)),
  });
  await Promise.all(requests.map(({ id }) => carryOut({ ...rig.jobDeps, store }, id)));
  rig.clock.advance(60_000);
  await rig.settle();
  return Promise.all(requests.map(async ({ id }) => (await rig.store.request(id))?.state));
}

async function aKey(rig: WorkerRig, set: Partial<AccessKey> = {}): Promise<string> {
  const row: AccessKey = {
    id: randomUUID(),
    accountId: ACCOUNT,
    name: `deploy-${randomUUID().slice(0, 8)}`,
    accessKeyId: randomUUID(),
    sealedSecret: null,
    siteIds: null,
    access: 'write',
    groups: ['hostnames'],
    mode: 'alone',
    state: 'active',
    requestId: randomUUID(),
    createdBy: 'U0ADA',
    createdAt: rig.clock.now(),
    shownAt: rig.clock.now(),
    endedAt: null,
    version: 1,
    ...set,
  };
  await rig.store.commit([insert('accessKeys', row), insert('approvals', anAgreement(row))]);
  return `key:${row.name}`;
}

describe('bind', () => {
  it('adds hostnames to the managed authority at once, records it and tells whoever asked', async () => {
    await using rig = await ready();
    const request = await bind(rig, { hostnames: ['WWW.Example.com.', 'bücher.example.com', 'www.example.com'] });
    expect(request).toMatchObject({ state: 'done', outcome: { code: 'bound' } });
    expect(await hostnamesOf(rig)).toEqual(['www.example.com', 'xn--bcher-kva.example.com']);
    expect(await changes(rig)).toMatchObject([
      {
        actorId: 'U0ALICE',
        details: {
          site: 'example.com',
          authority: 'Managed authority',
          added: 'www.example.com xn--bcher-kva.example.com',
          removed: '',
        },
      },
    ]);
    const told = rig.alice.messages(rig.alice.dm).map(contentOf).join();
    expect(told).toContain('*Managed authority* has 2 hostnames of `example.com` now.');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('waits for a second person before it takes hostnames away; the card says what that does', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com', 'b.example.com', 'c.example.com'] });
    const corp = await anUploaded(rig.store, site, { name: 'Corp <Root>', hostnames: ['b.example.com'] });
    const removal = await bind(rig, {
      verb: 'remove',
      hostnames: ['a.example.com', 'b.example.com'],
      because: 'a is *retired*',
    });
    expect(removal.state).toBe('waiting');
    expect(await hostnamesOf(rig)).toHaveLength(3);
    const card = contentOf(await cardOf(rig, await approvalOf(rig, removal)));
    expect(card).toContain('Take 2 hostnames away from *Managed authority* for example.com');
    expect(card).toContain('switches mTLS off');
    expect(card).toMatch(/mTLS off \(1\)\*\n.*`a\.example\.com`/);
    expect(card).toMatch(/mTLS stays on \(1\)\*\n`b\.example\.com`/);
    expect(card).toContain('No edge has reported yet');
    expect(card).toContain('a is *retired*');
    await decideAs(rig, 'U0BOB', removal);
    expect((await rig.store.request(removal.id))?.state).toBe('done');
    expect(await hostnamesOf(rig)).toEqual(['c.example.com']);
    expect(await hostnamesOf(rig, corp.id)).toEqual(['b.example.com']);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('changes nothing when it is denied', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com'] });
    const removal = await bind(rig, { verb: 'remove', hostnames: ['a.example.com'] });
    await decideAs(rig, 'U0BOB', removal, 'deny');
    expect((await rig.store.request(removal.id))?.state).toBe('denied');
    expect(await hostnamesOf(rig)).toEqual(['a.example.com']);
  });

  it('is overtaken when the list has changed before it was decided, and not by another list of the site', async () => {
    await using rig = await ready();
    const corp = await anUploaded(rig.store, site, { name: 'Corp', hostnames: ['z.example.com'] });
    await bind(rig, { hostnames: ['a.example.com', 'b.example.com'] });
    const removal = await bind(rig, { verb: 'remove', hostnames: ['a.example.com'] });
    const row = await rig.store.binding(bindingId(site.id, corp.id));
    await rig.store.commit([update('bindings', row ?? { id: '', version: 0 }, { hostnames: [] })]);
    await decideAs(rig, 'U0BOB', removal);
    expect((await rig.store.request(removal.id))?.state).toBe('done');

    const second = await bind(rig, { verb: 'remove', hostnames: ['b.example.com'] });
    await bind(rig, { hostnames: ['c.example.com'] });
    await decideAs(rig, 'U0BOB', second);
    expect(await rig.store.request(second.id)).toMatchObject({ state: 'refused', outcome: { code: 'stale' } });
    expect(await hostnamesOf(rig)).toEqual(['b.example.com', 'c.example.com']);
  });

  it('is overtaken when another authority has left a hostname that this one is to be taken from', async () => {
    await using rig = await ready();
    const corp = await anUploaded(rig.store, site, { name: 'Corp', hostnames: ['a.example.com'] });
    await bind(rig, { hostnames: ['a.example.com'] });
    const first = await bind(rig, { verb: 'remove', hostnames: ['a.example.com'] });
    const other = await bind(rig, { authorityId: corp.id, verb: 'remove', hostnames: ['a.example.com'] });
    await decideAs(rig, 'U0BOB', first);
    await decideAs(rig, 'U0BOB', other);
    // What was approved about the second said that mTLS stays on: that is not true any more.
    expect((await rig.store.request(first.id))?.state).toBe('done');
    expect((await rig.store.request(other.id))?.state).toBe('refused');
    expect(await hostnamesOf(rig, corp.id)).toEqual(['a.example.com']);
  });

  it('asks a second person before it binds anything to an uploaded authority', async () => {
    await using rig = await ready();
    const corp = await anUploaded(rig.store, site, { name: 'Corp' });
    const request = await bind(rig, { authorityId: corp.id, hostnames: ['a.example.com'] });
    expect(request.state).toBe('waiting');
    expect((await approvalOf(rig, request)).gate).toBe('ca_bind');
    await decideAs(rig, 'U0BOB', request);
    expect(await hostnamesOf(rig, corp.id)).toEqual(['a.example.com']);
  });

  it('asks a second person where a name displaces another authority from under its wildcard', async () => {
    await using rig = await ready();
    await anUploaded(rig.store, site, { name: 'Corp', hostnames: ['*.example.com'] });
    const request = await bind(rig, { hostnames: ['a.example.com'] });
    expect((await approvalOf(rig, request)).gate).toBe('unbind');
    expect(contentOf(await cardOf(rig, await approvalOf(rig, request)))).toContain('beats the wildcard');
  });

  it('replaces a list by an empty one only for a person who has said so twice', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com'] });
    const once = await bind(rig, { verb: 'replace', hostnames: [] });
    expect(once).toMatchObject({ state: 'refused', outcome: { code: 'invalid_input' } });
    const twice = await bind(rig, { verb: 'replace', hostnames: [], emptyConfirmed: true });
    expect(twice.state).toBe('waiting');
    await decideAs(rig, 'U0BOB', twice);
    expect(await hostnamesOf(rig)).toEqual([]);
  });

  it('says that nothing changes where nothing does, and records no event', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com', 'b.example.com'] });
    for (const [verb, hostnames] of [
      ['add', ['a.example.com']],
      ['remove', ['z.example.com']],
      ['replace', ['a.example.com', 'b.example.com']],
    ] as const) {
      const request = await bind(rig, { verb, hostnames: [...hostnames] });
      expect(request).toMatchObject({ state: 'done', outcome: { code: 'unchanged' } });
      expect(messageOf(request)).toContain('nothing changes');
    }
    await bind(rig, { verb: 'replace', hostnames: ['b.example.com', 'a.example.com'] });
    expect(await hostnamesOf(rig)).toEqual(['b.example.com', 'a.example.com']);
    expect(await changes(rig)).toHaveLength(1);
  });

  it('refuses all of it with one bad name, naming every bad one', async () => {
    await using rig = await ready();
    const request = await bind(rig, {
      hostnames: ['ok.example.com', 'example.com.evil.org', 'a_b.example.com', '::1'],
    });
    expect(request.state).toBe('refused');
    for (const bad of ['example.com.evil.org', 'a_b.example.com', '::1']) expect(messageOf(request)).toContain(bad);
    expect(await hostnamesOf(rig)).toEqual([]);
    expect(await changes(rig)).toEqual([]);
  });

  it('holds 50 hostnames for one authority in one site, and not one more', async () => {
    await using rig = await ready();
    const fifty = Array.from({ length: 50 }, (_, n) => `h${n}.example.com`);
    expect((await bind(rig, { hostnames: fifty })).state).toBe('done');
    const more = await bind(rig, { hostnames: ['one-more.example.com'] });
    expect(more.state).toBe('refused');
    expect(messageOf(more)).toContain('51 hostnames');
    expect(await hostnamesOf(rig)).toHaveLength(50);
  });

  it('refuses two authorities with one subject on one hostname, naming both and the hostname', async () => {
    await using rig = await ready();
    const subject = 'CORP G1';
    await anUploaded(rig.store, site, { name: 'Old root', subject, hostnames: ['a.example.com'] });
    const twin = await anUploaded(rig.store, site, { name: 'New root', subject: 'corp  G1' });
    const request = await bind(rig, { authorityId: twin.id, hostnames: ['a.example.com', 'b.example.com'] });
    expect(request.state).toBe('refused');
    expect(messageOf(request)).toContain('`a.example.com` is bound to *Old root*');
    expect(messageOf(request)).toContain('*New root*');
    expect(messageOf(request)).not.toContain('b.example.com');
    const elsewhere = await bind(rig, { authorityId: twin.id, hostnames: ['b.example.com'] });
    expect(elsewhere.state).toBe('waiting');
  });

  it('refuses an uploaded authority that is called like any generation of the account’s own', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com'] });
    const mimic = await anUploaded(rig.store, site, { name: 'Mimic', subject: `${ACCOUNT} G7` });
    const request = await bind(rig, { authorityId: mimic.id, hostnames: ['a.example.com'] });
    expect(request.state).toBe('refused');
    expect(messageOf(request)).toContain('*Managed authority*');
  });

  it('sees that a hostname is bound through another site of the account', async () => {
    await using rig = await ready();
    const below = aSite({ accountId: ACCOUNT, name: 'api.example.com' });
    await rig.store.commit([insert('sites', below)]);
    const subject = 'CORP G1';
    await anUploaded(rig.store, site, { name: 'Above', subject, hostnames: ['v1.api.example.com'] });
    const twin = await anUploaded(rig.store, below, { name: 'Below', subject });
    const request = await bind(rig, { siteId: below.id, authorityId: twin.id, hostnames: ['v1.api.example.com'] });
    expect(request.state).toBe('refused');
    expect(messageOf(request)).toContain('*Above*');
  });

  it('lets one of two win that bind two authorities with one subject to one hostname at the same instant', async () => {
    for (const uploadedFirst of [true, false]) {
      await using rig = await ready();
      const account = await rig.store.account(ACCOUNT);
      await rig.store.commit([update('accounts', account ?? { id: '', version: 0 }, { openGates: ['ca_bind'] })]);
      const subject = uploadedFirst ? 'CORP G1' : `${ACCOUNT} G1`;
      const first = uploadedFirst ? (await anUploaded(rig.store, site, { name: 'One', subject })).id : MANAGED;
      const second = (await anUploaded(rig.store, site, { name: 'Two', subject })).id;
      const requests = await Promise.all(
        [first, second].map((authorityId) => rig.record('bind', asked({ authorityId }), { actorId: 'U0ALICE' })),
      );
      expect(await atTheSameInstant(rig, requests)).toEqual(['done', 'refused']);
      const bound = [...((await hostnamesOf(rig, first)) ?? []), ...((await hostnamesOf(rig, second)) ?? [])];
      expect(bound).toEqual(['www.example.com']);
    }
  });

  it('is about an authority of this site and account, and none other', async () => {
    await using rig = await ready();
    const elsewhere = aSite({ accountId: ACCOUNT, name: 'example.org' });
    await rig.store.commit([insert('sites', elsewhere)]);
    const other = await anUploaded(rig.store, elsewhere, { name: 'Other' });
    for (const authorityId of [other.id, randomUUID()]) {
      const request = await bind(rig, { authorityId });
      expect(request).toMatchObject({ state: 'refused', outcome: { code: 'not_found' } });
    }
    const foreign = await bind(rig, { siteId: 'site-of-somebody-else' });
    expect(foreign).toMatchObject({ state: 'refused', outcome: { code: 'no_site' } });
  });

  it('refuses to bind to an authority that has expired, and lets go of what is bound to it', async () => {
    await using rig = await ready();
    const set = { notAfter: new Date(rig.clock.now().getTime() - 1) };
    const old = await anUploaded(rig.store, site, { name: 'Old', set, hostnames: ['a.example.com'] });
    const more = await bind(rig, { authorityId: old.id, hostnames: ['b.example.com'] });
    expect(messageOf(more)).toContain('has expired');
    const less = await bind(rig, { authorityId: old.id, verb: 'remove', hostnames: ['a.example.com'] });
    expect(less.state).toBe('waiting');
  });

  it('needs the role operator or administrator', async () => {
    await using rig = await ready();
    await give(rig, 'U0EVE', 'viewer');
    expect((await bind(rig, {}, 'U0EVE')).outcome).toMatchObject({ code: 'not_authorized' });
    expect((await bind(rig, {}, 'U0ADA')).state).toBe('done');
  });

  it('does not put the same question before the approvers twice', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com', 'b.example.com'] });
    await bind(rig, { verb: 'remove', hostnames: ['a.example.com'] });
    const again = await bind(rig, { verb: 'remove', hostnames: ['a.example.com'] });
    expect(again).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
    expect((await bind(rig, { verb: 'remove', hostnames: ['b.example.com'] })).state).toBe('waiting');
  });
});

describe('bind by an API key', () => {
  it('that acts alone changes hostnames at once, clears them by an empty list, and is named in the audit', async () => {
    await using rig = await ready();
    const key = await aKey(rig);
    expect((await bind(rig, { verb: 'replace', hostnames: ['a.example.com'] }, key)).state).toBe('done');
    expect((await bind(rig, { verb: 'replace', hostnames: [] }, key)).state).toBe('done');
    expect(await hostnamesOf(rig)).toEqual([]);
    expect((await changes(rig)).map(({ actorId }) => actorId)).toEqual([key, key]);
  });

  it('that asks waits for a person, also where a person would not', async () => {
    await using rig = await ready();
    const key = await aKey(rig, { mode: 'asks' });
    const add = await bind(rig, { verb: 'replace', hostnames: ['a.example.com'] }, key);
    expect(add.state).toBe('waiting');
    await decideAs(rig, 'U0BOB', add);
    expect(await hostnamesOf(rig)).toEqual(['a.example.com']);
    const clear = await bind(rig, { verb: 'replace', hostnames: [] }, key);
    expect((await approvalOf(rig, clear)).gate).toBe('api_request,unbind');
  });

  it('that was made for other sites, for reading, or for other things does nothing', async () => {
    await using rig = await ready();
    for (const set of [{ siteIds: ['another'] }, { access: 'read' as const }, { groups: ['certificates' as const] }]) {
      const refused = await bind(rig, { verb: 'replace' }, await aKey(rig, set));
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
    }
    expect(await hostnamesOf(rig)).toBeUndefined();
  });
});

describe('removing a site', () => {
  const remove = async (rig: WorkerRig) => {
    const request = await rig.record('site_remove', { name: 'example.com' });
    await rig.settle();
    return (await rig.store.request(request.id)) as Request;
  };

  it('is refused while hostnames of it are bound, naming them and the fix', async () => {
    await using rig = await ready();
    await bind(rig, { hostnames: ['a.example.com', '*.example.com'] });
    const refused = await remove(rig);
    expect(refused.state).toBe('refused');
    expect(messageOf(refused)).toMatch(/`a\.example\.com`, `\*\.example\.com`.*\/mtls bind example\.com/);
    const clear = await bind(rig, { verb: 'replace', hostnames: [], emptyConfirmed: true });
    await decideAs(rig, 'U0BOB', clear);
    expect((await remove(rig)).state).toBe('done');
  });

  it('and binding a hostname of it at the same instant do not both happen', async () => {
    for (const removedFirst of [true, false]) {
      await using rig = await ready();
      const removal = await rig.record('site_remove', { name: 'example.com' });
      const binding = await rig.record('bind', asked({}), { actorId: 'U0ALICE' });
      const order = removedFirst ? [removal, binding] : [binding, removal];
      expect(await atTheSameInstant(rig, order)).toEqual(['done', 'refused']);
    }
  });
});

it('a list that was never changed tells everybody who has not seen it', async () => {
  await using rig = await ready();
  await rig.store.commit([insert('bindings', aBinding(site))]);
  const seen = await rig.store.binding(bindingId(site.id, MANAGED));
  const corp = await anUploaded(rig.store, site, { name: 'Corp' });
  const request = await bind(rig, { authorityId: corp.id });
  await decideAs(rig, 'U0BOB', request);
  const now = await rig.store.binding(bindingId(site.id, MANAGED));
  expect(now?.version).toBe((seen?.version ?? 0) + 1);
});
