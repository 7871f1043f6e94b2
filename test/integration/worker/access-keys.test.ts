import { describe, expect, it } from 'vitest';
import { keyActor } from '../../../core/access/actor.ts';
import { MANAGED } from '../../../core/bindings/verbs.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { AccessKey, Request } from '../../../core/store/rows.ts';
import type { Fault } from '../../../sandbox/server/faults.ts';
import {
  aShownKey,
  askForKey,
  keyMessageOf,
  keyOf,
  pairsShown,
  recordKeyShow,
  usableSecret,
} from '../../support/access-keys.ts';
import { approvalOf, cardOf, decideAs, give } from '../../support/approving.ts';
import { aSite } from '../../support/rows.ts';
import { ACCOUNT, AUDIT_CHANNEL, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const DAY_MS = 24 * 3_600_000;

const now = (rig: WorkerRig, request: Pick<Request, 'id'>) => rig.store.request(request.id);
const said = async (rig: WorkerRig, request: Pick<Request, 'id'>) =>
  String((await now(rig, request))?.outcome?.['message']);

async function withApprover(rig: WorkerRig): Promise<WorkerRig> {
  await give(rig, 'U0BOB', 'approver');
  return rig;
}

/** What the audit channel was told of API keys. */
function told(rig: WorkerRig): string[] {
  const ada = rig.sandbox.person('U0ADA');
  return ada.messages(AUDIT_CHANNEL).flatMap(({ blocks }) => {
    const text = JSON.stringify(blocks);
    return /`(key\.[a-z]+)`/.exec(text)?.[1] ?? [];
  });
}

describe('a read-only API key', () => {
  it('is made by an administrator alone, and cannot be used before its secret was shown', async () => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    expect(create.state).toBe('waiting');
    const key = await keyOf(rig, create);
    expect(key).toMatchObject({ name: 'deploy', state: 'unshown', sealedSecret: null, createdBy: 'U0ADA' });
    expect(key?.accessKeyId).toMatch(/^CSAK[A-Z2-7]{20}$/);
    expect(await keyMessageOf(rig, create)).toContain('show_key_once');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is shown once, with a secret that is the one its calls are checked with', async () => {
    await using rig = await startWorkerRig();
    const { create, key, secret } = await aShownKey(rig);
    expect(key).toMatchObject({ state: 'active', shownAt: rig.clock.now() });
    expect(pairsShown(rig)).toEqual([{ accessKeyId: key.accessKeyId, secret }]);
    expect(await now(rig, create)).toMatchObject({ state: 'done' });
    const lasting = await keyMessageOf(rig, create);
    expect(lasting).toContain(key.accessKeyId);
    expect(lasting).not.toContain('CSAKSecret');
    expect(lasting).not.toContain('show_key_once');
    expect(told(rig)).toEqual(['key.created', 'key.shown']);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('names the address of this installation for the SDK', async () => {
    await using rig = await startWorkerRig();
    await aShownKey(rig);
    const ada = rig.sandbox.person('U0ADA');
    const shown = JSON.stringify(ada.ephemerals(ada.dm).at(-1)?.blocks);
    expect(shown).toContain("endpoint: 'mtls.example.com'");
    expect(shown).toContain("protocol: 'HTTPS'");
  });

  it('is never shown a second time', async () => {
    await using rig = await startWorkerRig();
    const { create, key, secret } = await aShownKey(rig);
    const again = await recordKeyShow(rig, create);
    await rig.settle();
    expect(await said(rig, again)).toContain('shown already');
    expect(pairsShown(rig)).toHaveLength(1);
    expect(usableSecret(rig, await rig.store.accessKey(key.id))).toBe(secret);
  });

  it('is shown to nobody but whoever asked for it, though another is administrator too', async () => {
    await using rig = await startWorkerRig();
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'U0BOB', 'administrator');
    const create = await askForKey(rig);
    const show = await recordKeyShow(rig, create, 'U0BOB');
    await rig.settle();
    expect(await now(rig, show)).toMatchObject({ state: 'refused', sealed: null });
    expect(await said(rig, show)).toContain('Only the person who asked');
    expect(await keyOf(rig, create)).toMatchObject({ state: 'unshown', sealedSecret: null });
    expect(pairsShown(rig, 'U0BOB')).toEqual([]);
  });

  it('is not shown to somebody who is no administrator any more', async () => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    await give(rig, 'U0BOB', 'administrator');
    const show = await recordKeyShow(rig, create);
    await rig.settle();
    expect(await said(rig, show)).toContain('role administrator');
    expect(await keyOf(rig, create)).toMatchObject({ state: 'unshown', sealedSecret: null });
  });

  it('is taken away when its secret was not shown within a day; its name can be used after all', async () => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    rig.clock.advance(DAY_MS + 1);
    await rig.settle();
    expect((await now(rig, create))?.state).toBe('expired');
    expect(await keyOf(rig, create)).toBeUndefined();
    const lasting = await keyMessageOf(rig, create);
    expect(lasting).toContain('taken away');
    expect(lasting).not.toContain('show_key_once');
    expect((await askForKey(rig)).state).toBe('waiting');
  });

  it('that expires while a click is on its way refuses the click', async () => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    const show = await recordKeyShow(rig, create);
    // The worker was away: the request expires first.
    await rig.store.commit([update('requests', create, { deadlineAt: new Date(rig.clock.now().getTime() - 1) })]);
    await rig.settle();
    expect(await now(rig, show)).toMatchObject({ state: 'refused' });
    expect(await said(rig, show)).toContain('taken away');
    expect(pairsShown(rig)).toEqual([]);
  });

  it.each<[Fault['kind'], string]>([
    ['429', 'not_shown'],
    ['500', 'unclear'],
    ['reset', 'unclear'],
    ['lost', 'unclear'],
  ])('counts as not shown when Slack answers with %s, and can be shown then', async (kind, code) => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    const show = await recordKeyShow(rig, create);
    rig.sandbox.faults.add({ method: 'response_url', kind, times: 1 });
    await rig.settle();
    expect(await now(rig, show)).toMatchObject({ state: 'failed', outcome: { code }, sealed: null });
    expect(await keyOf(rig, create)).toMatchObject({ state: 'unshown', sealedSecret: null });
    const lasting = await keyMessageOf(rig, create);
    expect(lasting).toContain('The last attempt');
    expect(lasting).toContain('show_key_once');
    const seenBefore = pairsShown(rig);
    await recordKeyShow(rig, create);
    await rig.settle();
    const secret = usableSecret(rig, await keyOf(rig, create));
    expect(pairsShown(rig).at(-1)?.secret).toBe(secret);
    // What may have been displayed the first time never works.
    for (const pair of seenBefore) expect(pair.secret).not.toBe(secret);
  });
});

describe('an API key that may write', () => {
  const write = { access: 'write', mode: 'alone' } as const;

  it('needs a second person, who is shown what it may do and what acting alone means', async () => {
    await using rig = await withApprover(await startWorkerRig());
    const create = await askForKey(rig, { ...write, siteIds: [site.id], groups: ['certificates', 'hostnames'] });
    expect(create.state).toBe('waiting');
    expect(await keyOf(rig, create)).toBeUndefined();
    const card = JSON.stringify((await cardOf(rig, await approvalOf(rig, create))).blocks);
    for (const words of ['deploy', 'example.com', 'Client certificates, Hostnames', 'Acts alone', 'nobody asked']) {
      expect(card).toContain(words);
    }
    expect(await keyMessageOf(rig, create)).toContain('Withdraw');

    await decideAs(rig, 'U0BOB', create);
    await rig.settle();
    expect(await keyOf(rig, create)).toMatchObject({ state: 'unshown', siteIds: [site.id], ...write });
    const waiting = await now(rig, create);
    expect(waiting?.state).toBe('waiting');
    expect(waiting?.deadlineAt.getTime()).toBe(rig.clock.now().getTime() + DAY_MS);
    await recordKeyShow(rig, create);
    await rig.settle();
    expect(usableSecret(rig, await keyOf(rig, create))).toBe(pairsShown(rig)[0]?.secret);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is not made when the second person says no, and its requester cannot be the second person', async () => {
    await using rig = await withApprover(await startWorkerRig());
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'U0ADA', 'approver');
    const create = await askForKey(rig, write);
    expect((await decideAs(rig, 'U0ADA', create)).outcome?.['message']).toContain('You asked for this');
    await decideAs(rig, 'U0BOB', create, 'deny');
    expect((await now(rig, create))?.state).toBe('denied');
    expect(await keyOf(rig, create)).toBeUndefined();
    expect(await keyMessageOf(rig, create)).toContain('denied');
  });

  it('of two administrators who want the same name at once, the second is told that it is taken', async () => {
    await using rig = await withApprover(await startWorkerRig());
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'U0EVE', 'administrator');
    const first = await askForKey(rig, write);
    const second = await askForKey(rig, { ...write, mode: 'asks' }, 'U0EVE');
    await decideAs(rig, 'U0BOB', first);
    await decideAs(rig, 'U0BOB', second);
    await rig.settle();
    expect(await keyOf(rig, first)).toMatchObject({ mode: 'alone' });
    expect(await now(rig, second)).toMatchObject({ state: 'refused' });
    expect(await said(rig, second)).toContain('none is used twice');
  });

  it.each([
    ['is not there', 'no-such-site'],
    ['was removed', 'gone'],
    ['is another account’s', 'foreign'],
  ])('is refused for a site that %s', async (_what, id) => {
    await using rig = await withApprover(await startWorkerRig());
    await rig.store.commit([
      insert('sites', aSite({ id: 'gone', name: 'gone.example', state: 'removed' })),
      insert('sites', aSite({ id: 'foreign', name: 'foreign.example', accountId: 'T0OTHER' })),
    ]);
    const create = await askForKey(rig, { ...write, siteIds: [site.id, id] });
    expect(create.state).toBe('refused');
    expect(await said(rig, create)).toContain('not active');
    expect(await said(rig, create)).not.toContain('foreign.example');
  });

  it('is not made for a site that was removed while it waited for approval', async () => {
    await using rig = await withApprover(await startWorkerRig());
    const create = await askForKey(rig, { ...write, siteIds: [site.id] });
    await rig.store.commit([update('sites', site, { state: 'removed' })]);
    await decideAs(rig, 'U0BOB', create);
    await rig.settle();
    expect(await now(rig, create)).toMatchObject({ state: 'refused' });
    expect(await keyOf(rig, create)).toBeUndefined();
  });
});

describe('whoever is no administrator', () => {
  it.each(['U0ALICE', 'key:deploy', 'U0NOBODY'])('makes and changes nothing: %s', async (actorId) => {
    await using rig = await startWorkerRig();
    const { key } = await aShownKey(rig, { access: 'read' });
    const asked = [
      await rig.record(
        'key_create',
        { name: 'x', siteIds: null, access: 'read', groups: ['rules'], mode: 'asks' },
        { actorId },
      ),
      await rig.record('key_disable', { keyId: key.id }, { actorId }),
      await rig.record('key_delete', { keyId: key.id }, { actorId }),
      await rig.record('key_enable', { keyId: key.id }, { actorId }),
    ];
    await rig.settle();
    for (const request of asked) expect(await now(rig, request)).toMatchObject({ state: 'refused' });
    expect(await rig.store.accessKey(key.id)).toEqual(key);
    expect(await rig.store.countAccessKeys(ACCOUNT)).toEqual({ present: 1, deleted: 0 });
  });
});

describe('disabling, enabling and deleting', () => {
  const change = async (
    rig: WorkerRig,
    kind: 'key_disable' | 'key_enable' | 'key_delete',
    key: AccessKey,
    actorId = 'U0ADA',
  ) => {
    const request = await rig.record(kind, { keyId: key.id }, { actorId });
    await rig.settle();
    return request;
  };

  it('disables at once, and enables again a key that only reads', async () => {
    await using rig = await startWorkerRig();
    const { create, key, secret } = await aShownKey(rig);
    expect(await said(rig, await change(rig, 'key_disable', key))).toContain('is disabled');
    expect(usableSecret(rig, await rig.store.accessKey(key.id))).toBeUndefined();
    expect(await keyMessageOf(rig, create)).toContain('is disabled since');
    expect(await said(rig, await change(rig, 'key_disable', key))).toContain('disabled already');
    await change(rig, 'key_enable', key);
    expect(usableSecret(rig, await rig.store.accessKey(key.id))).toBe(secret);
    expect(told(rig)).toEqual(['key.created', 'key.shown', 'key.disabled', 'key.enabled']);
  });

  it('enables one that may write with a second person only, who is asked once', async () => {
    await using rig = await withApprover(await startWorkerRig());
    const { key } = await aWriteKey(rig);
    await change(rig, 'key_disable', key);
    const enable = await change(rig, 'key_enable', key);
    expect((await now(rig, enable))?.state).toBe('waiting');
    expect(await said(rig, await change(rig, 'key_enable', key))).toContain('asked for this already');
    await decideAs(rig, 'U0BOB', enable);
    await rig.settle();
    expect(await rig.store.accessKey(key.id)).toMatchObject({ state: 'active', endedAt: null });
  });

  it('an approval to enable comes to nothing when the key was deleted meanwhile', async () => {
    await using rig = await withApprover(await startWorkerRig());
    const { key } = await aWriteKey(rig);
    await change(rig, 'key_disable', key);
    const enable = await change(rig, 'key_enable', key);
    await change(rig, 'key_delete', key);
    await decideAs(rig, 'U0BOB', enable);
    await rig.settle();
    expect(await now(rig, enable)).toMatchObject({ state: 'refused' });
    expect(await rig.store.accessKey(key.id)).toMatchObject({ state: 'deleted', sealedSecret: null });
  });

  it('deletes for ever: the secret is erased, and the name stays taken', async () => {
    await using rig = await startWorkerRig();
    const { create, key } = await aShownKey(rig);
    await change(rig, 'key_delete', key);
    expect(await rig.store.accessKey(key.id)).toMatchObject({ state: 'deleted', sealedSecret: null });
    expect(await keyMessageOf(rig, create)).toContain('is deleted');
    expect(await said(rig, await change(rig, 'key_enable', key))).toContain('is deleted');
    expect(await said(rig, await askForKey(rig))).toContain('none is used twice');
    expect(await rig.store.accessKeysOf(ACCOUNT, { skip: 0, limit: 10 })).toEqual([]);
    expect(await rig.store.countAccessKeys(ACCOUNT)).toEqual({ present: 0, deleted: 1 });
  });

  it('deletes one that waits for its showing, and nobody waits for it any more', async () => {
    await using rig = await startWorkerRig();
    const create = await askForKey(rig);
    const key = (await keyOf(rig, create)) as AccessKey;
    expect(await said(rig, await change(rig, 'key_disable', key))).toContain('not been shown yet');
    await change(rig, 'key_delete', key);
    expect(await now(rig, create)).toMatchObject({ state: 'refused' });
    expect(await keyMessageOf(rig, create)).toContain('Nobody ever had it');
    const show = await recordKeyShow(rig, create);
    await rig.settle();
    expect((await now(rig, show))?.state).toBe('refused');
    expect(pairsShown(rig)).toEqual([]);
  });

  it('two administrators at once, one disabling and one deleting: the key ends deleted', async () => {
    await using rig = await startWorkerRig();
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'U0EVE', 'administrator');
    const { key } = await aShownKey(rig);
    const first = await rig.record('key_disable', { keyId: key.id });
    const second = await rig.record('key_delete', { keyId: key.id }, { actorId: 'U0EVE' });
    const third = await rig.record('key_delete', { keyId: key.id });
    await rig.settle();
    expect(await rig.store.accessKey(key.id)).toMatchObject({ state: 'deleted' });
    const states = await Promise.all([first, second, third].map(async (request) => (await now(rig, request))?.state));
    expect(states.sort()).toEqual(['done', 'done', 'refused']);
    expect(told(rig).filter((action) => action === 'key.deleted')).toHaveLength(1);
  });

  it('does nothing to a key of another account', async () => {
    await using rig = await startWorkerRig();
    const { key } = await aShownKey(rig);
    await rig.store.commit([
      insert('accessKeys', { ...key, id: 'foreign', accountId: 'T0OTHER', accessKeyId: 'CSAKX', requestId: 'none' }),
    ]);
    for (const kind of ['key_disable', 'key_enable', 'key_delete'] as const) {
      const request = await change(rig, kind, { ...key, id: 'foreign' });
      expect(await said(rig, request)).toContain('no such API key');
    }
    expect(await rig.store.accessKey('foreign')).toMatchObject({ state: 'active' });
  });
});

/** Made by ada, approved by bob, shown. */
async function aWriteKey(rig: WorkerRig) {
  const create = await askForKey(rig, { access: 'write', mode: 'asks', groups: ['hostnames'] });
  await decideAs(rig, 'U0BOB', create);
  await rig.settle();
  await recordKeyShow(rig, create);
  await rig.settle();
  return { create, key: (await keyOf(rig, create)) as AccessKey };
}

describe('what a key has asked for and nobody has decided', () => {
  it.each([
    ['disabled', 'key_disable'],
    ['deleted', 'key_delete'],
  ] as const)('is not carried out when the key was %s meanwhile; the card says why', async (_state, kind) => {
    await using rig = await withApprover(await startWorkerRig());
    const { key } = await aWriteKey(rig);
    const payload = { siteId: site.id, authorityId: MANAGED, hostnames: ['a.example.com'], because: '' };
    const bound = await rig.record('bind', { ...payload, verb: 'add' }, { actorId: 'U0ALICE' });
    await rig.settle();
    expect((await now(rig, bound))?.state).toBe('done');
    const unbind = await rig.record('bind', { ...payload, verb: 'remove' }, { actorId: keyActor(key.name) });
    await rig.settle();
    expect((await now(rig, unbind))?.state).toBe('waiting');
    await rig.record(kind, { keyId: key.id });
    await rig.settle();
    await decideAs(rig, 'U0BOB', unbind);
    await rig.settle();
    expect(await now(rig, unbind)).toMatchObject({ state: 'refused' });
    expect(JSON.stringify((await cardOf(rig, await approvalOf(rig, unbind))).blocks)).toContain(
      'This access key is not active',
    );
  });

  it('is never decided by whoever made the key', async () => {
    await using rig = await withApprover(await startWorkerRig());
    await give(rig, 'U0ADA', 'administrator');
    await give(rig, 'U0ADA', 'approver');
    const { key } = await aWriteKey(rig);
    const payload = { siteId: site.id, authorityId: MANAGED, hostnames: ['a.example.com'], because: '' };
    await rig.record('bind', { ...payload, verb: 'add' }, { actorId: 'U0ALICE' });
    await rig.settle();
    const unbind = await rig.record('bind', { ...payload, verb: 'remove' }, { actorId: keyActor(key.name) });
    await rig.settle();
    expect((await decideAs(rig, 'U0ADA', unbind)).outcome?.['message']).toContain('You made the API key');
  });
});
