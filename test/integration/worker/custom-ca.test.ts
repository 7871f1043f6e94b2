import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bindingId } from '../../../core/bindings/verbs.ts';
import { DAY_MS } from '../../../core/renewal/due.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { AccessKey, Account, Binding, Request, UploadedAuthority } from '../../../core/store/rows.ts';
import { carryOut } from '../../../worker/processor.ts';
import { contentOf } from '../../support/acts.ts';
import { approvalOf, cardOf, decideAs, give } from '../../support/approving.ts';
import { type MadeRoot, opensslCa } from '../../support/openssl-ca.ts';
import { anAccessKey, anAgreement, aSite } from '../../support/rows.ts';
import { someSettings } from '../../support/settings.ts';
import { describeWith } from '../../support/tools.ts';
import { ACCOUNT, AUDIT_CHANNEL, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

describeWith('openssl', 'custom CAs', ({ openssl }) => {
  const ca = opensslCa(openssl);
  afterAll(() => ca[Symbol.dispose]());
  let made = 0;
  const aRoot = (set: Parameters<typeof ca.root>[0] = {}) => {
    made += 1;
    return ca.root({ subject: `/CN=Root ${made}`, ...set });
  };
  const roots = Array.from({ length: 7 }, () => aRoot());
  const root = roots[0] as MadeRoot;

  let rig: WorkerRig;
  /** While ada alone holds a role she decides alone; `alone: false` makes bob an approver. */
  const start = async ({ alone }: { alone: boolean }) => {
    rig = await startWorkerRig();
    // After everything openssl has made here.
    rig.clock.advance(120_000);
    if (!alone) await give(rig, 'U0BOB', 'approver');
    else await setOpen(rig);
  };
  beforeEach(() => async () => rig[Symbol.asyncDispose]());

  const upload = (from: MadeRoot, set: Partial<Payload<'ca_upload'>> = {}, row: Partial<Request> = {}) =>
    rig.record('ca_upload', { siteId: site.id, name: '', certificate: from.der.toString('base64'), ...set }, row);
  const uploadNow = async (from: MadeRoot, set: Partial<Payload<'ca_upload'>> = {}) => {
    const request = await upload(from, set);
    await rig.settle();
    return ended(request);
  };
  const ended = async (request: Pick<Request, 'id'>) => (await rig.store.request(request.id)) as Request;
  const told = (request: Request) => String(request.outcome?.['message']);
  const present = () => rig.store.uploadedAuthorities(ACCOUNT);
  const first = async () => (await present())[0] as UploadedAuthority;
  const bindingOf = async (authority: UploadedAuthority) =>
    (await rig.store.binding(bindingId(site.id, authority.id))) as Binding;
  const bind = async (authority: UploadedAuthority, hostnames: string[]) =>
    rig.store.commit([update('bindings', await bindingOf(authority), { hostnames })]);
  const remove = async (authorityId: string, row: Partial<Request> = {}) => {
    const request = await rig.record('ca_delete', { authorityId }, row);
    await rig.settle();
    return ended(request);
  };

  describe('uploaded', () => {
    it('is there with everything that is shown of it, an empty list of hostnames, and an event', async () => {
      await start({ alone: true });
      const done = await uploadNow(root);
      expect(done).toMatchObject({ state: 'done', outcome: { code: 'ca_uploaded' } });
      const authority = await first();
      expect(done.outcome?.['authorityId']).toBe(authority.id);
      expect(authority).toMatchObject({
        accountId: ACCOUNT,
        siteId: site.id,
        slot: 1,
        name: 'Root 1',
        createdBy: 'U0ADA',
        createdAt: rig.clock.now(),
        deletedAt: null,
      });
      expect(Buffer.from(authority.certificate)).toEqual(root.der);
      expect(await bindingOf(authority)).toMatchObject({ hostnames: [], authorityId: authority.id });
      const chain = await rig.store.auditChain(ACCOUNT, 0, 100);
      expect(chain.map(({ action }) => action)).toContain('authority.uploaded');
      const audit = rig.sandbox.person('U0ADA').messages(AUDIT_CHANNEL).map(contentOf).join('\n');
      expect(audit).toMatch(/<@U0ADA> uploaded the custom CA: Root 1 for example\.com/);
      expect(told(done)).toMatch(/trusted nowhere yet/);
    });

    it('has the name that was typed, and is refused with one that cannot be shown', async () => {
      await start({ alone: true });
      expect(await uploadNow(root, { name: '  Our  plant CA ' })).toMatchObject({ state: 'done' });
      expect((await first()).name).toBe('Our plant CA');
      const refused = await uploadNow(roots[1] as MadeRoot, { name: 'a\nb' });
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'name_refused' } });
    });

    it('waits for a second person, whose card shows all that they should compare', async () => {
      await start({ alone: false });
      const asked = await upload(root);
      await rig.settle();
      expect(await ended(asked)).toMatchObject({ state: 'waiting' });
      expect(await present()).toEqual([]);
      const card = contentOf(await cardOf(rig, await approvalOf(rig, asked)));
      for (const part of ['Root 1', 'example.com', 'CN=Root 1', 'ECDSA P-256', '1 of 5', 'Compare the fingerprint'])
        expect(card).toContain(part);
      const again = await uploadNow(root);
      expect(again).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
      await decideAs(rig, 'U0BOB', asked);
      expect(await ended(asked)).toMatchObject({ state: 'done' });
      expect(await first()).toMatchObject({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
      expect(card).toContain((await first()).fingerprint);
    });

    it('is refused after the approval when it has ended meanwhile', async () => {
      await start({ alone: false });
      const short = aRoot({ days: 1 });
      const asked = await upload(short, {}, { deadlineAt: new Date(rig.clock.now().getTime() + 40 * DAY_MS) });
      await rig.settle();
      const approval = await approvalOf(rig, asked);
      expect(contentOf(await cardOf(rig, approval))).toContain('ends soon');
      rig.clock.advance(2 * DAY_MS);
      await decideAs(rig, 'U0BOB', asked);
      expect(await ended(asked)).toMatchObject({ state: 'refused', outcome: { code: 'ca_not_valid_now' } });
      expect(await present()).toEqual([]);
    });

    it('is refused to an operator, for a site that is gone, and for one of another account', async () => {
      await start({ alone: true });
      const by = await upload(root, {}, { actorId: 'U0ALICE' });
      const foreign = aSite({ accountId: 'T0OTHER', name: 'other.example' });
      await rig.store.commit([insert('sites', foreign)]);
      const where = await upload(root, { siteId: foreign.id });
      await rig.settle();
      expect(await ended(by)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
      expect(await ended(where)).toMatchObject({ state: 'refused', outcome: { code: 'no_site' } });
      expect(await present()).toEqual([]);
    });
  });

  describe('beside what is there already', () => {
    it('is refused twice for one site, also with other line ends, and taken for another site', async () => {
      await start({ alone: true });
      const second = aSite({ name: 'second.example' });
      await rig.store.commit([insert('sites', second)]);
      await uploadNow(root);
      const again = await uploadNow(root, { name: 'Another name' });
      expect(again).toMatchObject({ state: 'refused', outcome: { code: 'ca_refused' } });
      expect(told(again)).toMatch(/already, as \*Root 1\*/);
      expect(await uploadNow(root, { siteId: second.id })).toMatchObject({ state: 'done' });
      expect((await present()).map(({ slot }) => slot)).toEqual([1, 2]);
    });

    it('is refused with the key of another one under another name', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const renamed = await uploadNow(aRoot({ keyFile: root.keyFile, subject: '/CN=Renamed' }));
      expect(renamed).toMatchObject({ state: 'refused', outcome: { code: 'ca_refused' } });
      expect(told(renamed)).toMatch(/key of this certificate is that of \*Root 1\*, under another subject/);
    });

    it('is taken as the renewed root, or with the same name and another key, which is said', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const renewed = await uploadNow(aRoot({ keyFile: root.keyFile, subject: '/CN=Root 1', days: 20 * 365 }));
      expect(renewed).toMatchObject({ state: 'done' });
      expect(told(renewed)).toMatch(/same subject and key as \*Root 1\*, so the two cannot be bound to one hostname/);
      const namesake = await uploadNow(aRoot({ subject: '/CN=ROOT  1' }));
      expect(namesake).toMatchObject({ state: 'done' });
      expect(told(namesake)).toMatch(/same subject as \*Root 1\*/);
      expect(new Set((await present()).map(({ subjectSha256 }) => subjectSha256)).size).toBe(1);
    });

    it('is refused when its key is one of ours, whoever’s it is', async () => {
      await start({ alone: true });
      await rig.jobDeps.authorities.current(ACCOUNT);
      const [own] = await rig.store.authorities(ACCOUNT);
      if (!own) throw new Error('there is no authority');
      const refused = await uploadNow({ ...root, der: own.certificate });
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'ca_refused' } });
      const spkiSha256 = createHash('sha256')
        .update(createPublicKey(root.pem).export({ type: 'spki', format: 'der' }))
        .digest('hex');
      await rig.store.commit([update('authorities', own, { spkiSha256 })]);
      expect(told(await uploadNow(root))).toMatch(/this workspace’s own authority, which needs no upload/);
      await rig.store.commit([
        update('authorities', { ...own, version: own.version + 1 }, { spkiSha256: 'ff', accountId: 'T0OTHER' }),
        insert('authorities', { ...own, id: 'foreign', accountId: 'T0ELSE', spkiSha256 }),
      ]);
      expect(told(await uploadNow(root))).toMatch(/Countersign manages for somebody else/);
    });
  });

  describe('at most as many as the settings allow', () => {
    it('are five, and the sixth is told so', async () => {
      await start({ alone: true });
      for (const one of roots.slice(0, 5)) expect(await uploadNow(one)).toMatchObject({ state: 'done' });
      const sixth = await uploadNow(roots[5] as MadeRoot);
      expect(sixth).toMatchObject({ state: 'refused', outcome: { code: 'ca_quota' } });
      expect(told(sixth)).toMatch(/5 custom CAs here, and this account may have 5/);
      expect(await remove((await first()).id)).toMatchObject({ state: 'done' });
      expect(await uploadNow(roots[5] as MadeRoot)).toMatchObject({ state: 'done' });
      expect((await present()).map(({ slot }) => slot).sort()).toEqual([1, 2, 3, 4, 5]);
    });

    it('are counted, not looked for by their places, where the number was lowered', async () => {
      await start({ alone: true });
      for (const one of roots.slice(0, 5)) await uploadNow(one);
      for (const authority of (await present()).filter(({ slot }) => slot <= 3)) await remove(authority.id);
      const lower = async (uploadedLimit: number) =>
        rig.store.commit([update('accounts', (await rig.store.account(ACCOUNT)) as Account, { uploadedLimit })]);
      await lower(2);
      const refused = await uploadNow(roots[5] as MadeRoot);
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'ca_quota' } });
      expect(told(refused)).toMatch(/2 custom CAs here, and this account may have 2/);
      await lower(3);
      expect(await uploadNow(roots[5] as MadeRoot)).toMatchObject({ state: 'done' });
      expect((await present()).map(({ slot }) => slot).sort()).toEqual([1, 4, 5]);
    });

    it('let one of two have the fifth place at the same instant, and tell the other clearly', async () => {
      await start({ alone: true });
      for (const one of roots.slice(0, 4)) await uploadNow(one);
      const two = [await upload(roots[4] as MadeRoot), await upload(roots[5] as MadeRoot)];
      await Promise.all(two.map(({ id }) => carryOut(rig.jobDeps, id)));
      rig.clock.advance(1_000);
      await rig.settle();
      const outcomes = (await Promise.all(two.map(ended))).map(({ outcome }) => outcome?.['code']).sort();
      expect(outcomes).toEqual(['ca_quota', 'ca_uploaded']);
      expect(await present()).toHaveLength(5);
    });

    it('let the same CA in once when it comes twice at the same instant', async () => {
      await start({ alone: true });
      const two = [await upload(root), await upload(root)];
      await Promise.all(two.map(({ id }) => carryOut(rig.jobDeps, id)));
      rig.clock.advance(1_000);
      await rig.settle();
      const outcomes = (await Promise.all(two.map(ended))).map(({ outcome }) => outcome?.['code']).sort();
      expect(outcomes).toEqual(['ca_refused', 'ca_uploaded']);
      expect(await present()).toHaveLength(1);
    });

    it('let one of two have a key that come with it under two names at the same instant', async () => {
      await start({ alone: true });
      const renamed = aRoot({ keyFile: root.keyFile, subject: '/CN=Renamed' });
      rig.clock.advance(120_000);
      const two = [await upload(root), await upload(renamed)];
      await Promise.all(two.map(({ id }) => carryOut(rig.jobDeps, id)));
      rig.clock.advance(1_000);
      await rig.settle();
      const outcomes = (await Promise.all(two.map(ended))).map(({ outcome }) => outcome?.['code']).sort();
      expect(outcomes).toEqual(['ca_refused', 'ca_uploaded']);
    });

    it('give the place to whose approval comes first', async () => {
      await start({ alone: false });
      await rig.store.commit([update('accounts', (await rig.store.account(ACCOUNT)) as Account, { uploadedLimit: 1 })]);
      const [one, two] = [await upload(root), await upload(roots[1] as MadeRoot)];
      await rig.settle();
      await decideAs(rig, 'U0BOB', two);
      await decideAs(rig, 'U0BOB', one);
      expect(await ended(two)).toMatchObject({ state: 'done' });
      expect(await ended(one)).toMatchObject({ state: 'refused', outcome: { code: 'ca_quota' } });
    });

    it('are more when the settings say so, which needs a second person, and fewer at once', async () => {
      await start({ alone: false });
      const version = async () => ({ seenVersion: (await rig.store.account(ACCOUNT))?.version ?? 0 });
      const same = { approvers: ['U0BOB'] };
      const more = await rig.record('settings', someSettings({ ...same, ...(await version()), uploadedLimit: 6 }));
      await rig.settle();
      expect(await ended(more)).toMatchObject({ state: 'waiting' });
      await decideAs(rig, 'U0BOB', more);
      expect((await rig.store.account(ACCOUNT))?.uploadedLimit).toBe(6);
      const fewer = await rig.record('settings', someSettings({ ...same, ...(await version()), uploadedLimit: 2 }));
      await rig.settle();
      expect(await ended(fewer)).toMatchObject({ state: 'done' });
      expect((await rig.store.account(ACCOUNT))?.uploadedLimit).toBe(2);
    });
  });

  describe('deleted', () => {
    it('is gone with its place, keeps its row, and needs nobody else for it', async () => {
      await start({ alone: true });
      await uploadNow(root);
      await give(rig, 'U0BOB', 'approver');
      const authority = await first();
      expect(await remove(authority.id)).toMatchObject({ state: 'done', outcome: { code: 'ca_deleted' } });
      expect(await present()).toEqual([]);
      expect(await rig.store.uploadedAuthority(authority.id)).toMatchObject({ deletedAt: rig.clock.now() });
      expect(await rig.store.uploadedSlots(ACCOUNT)).toEqual([]);
      const chain = await rig.store.auditChain(ACCOUNT, 0, 100);
      expect(chain.map(({ action }) => action)).toContain('authority.deleted');
      expect(await remove(authority.id)).toMatchObject({ state: 'refused', outcome: { code: 'not_found' } });
    });

    it('is refused while hostnames are bound to it, and they are named', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const authority = await first();
      await bind(authority, ['api.example.com', '*.example.com']);
      const refused = await remove(authority.id);
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'ca_bound' } });
      expect(told(refused)).toMatch(/2 hostnames.*`api\.example\.com`, `\*\.example\.com`/);
      await bind(authority, []);
      expect(await remove(authority.id)).toMatchObject({ state: 'done' });
    });

    it('is refused while somebody has asked to bind hostnames to it', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const authority = await first();
      const asked = await rig.record('bind', {
        siteId: site.id,
        authorityId: authority.id,
        verb: 'add',
        hostnames: ['api.example.com'],
        because: '',
      });
      await rig.store.commit([update('requests', asked, { state: 'waiting' })]);
      const refused = await remove(authority.id);
      expect(refused).toMatchObject({ state: 'refused', outcome: { code: 'ca_bound' } });
      expect(told(refused)).toMatch(/<@U0ADA> has asked to bind hostnames/);
    });

    it('is overtaken by a binding at the very same instant', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const authority = await first();
      const request = await rig.record('ca_delete', { authorityId: authority.id });
      const { openBindsOf } = rig.jobDeps.store;
      let once = true;
      const store = new Proxy(rig.jobDeps.store, {
        get: (target, name, receiver) =>
          name !== 'openBindsOf'
            ? Reflect.get(target, name, receiver)
            : async (...asked: Parameters<typeof openBindsOf>) => {
                if (once) await bind(authority, ['api.example.com']);
                once = false;
                return openBindsOf(...asked);
              },
      });
      await carryOut({ ...rig.jobDeps, store }, request.id);
      rig.clock.advance(1_000);
      await rig.settle();
      expect(await ended(request)).toMatchObject({ state: 'refused', outcome: { code: 'ca_bound' } });
      expect(await present()).toHaveLength(1);
    });

    it('is refused to others: an operator, and another account', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const authority = await first();
      expect(await remove(authority.id, { actorId: 'U0ALICE' })).toMatchObject({ outcome: { code: 'not_authorized' } });
      expect(await remove(authority.id, { accountId: 'T0OTHER' })).toMatchObject({ outcome: { code: 'not_found' } });
      expect(await present()).toHaveLength(1);
    });

    it('frees its place also after its site was removed', async () => {
      await start({ alone: true });
      await uploadNow(root);
      const authority = await first();
      await rig.record('site_remove', { name: 'example.com' });
      await rig.settle();
      expect(await remove(authority.id)).toMatchObject({ state: 'done' });
    });
  });

  describe('asked for by an API key', () => {
    const key = async (set: Partial<AccessKey>) => {
      const row = anAccessKey({
        accountId: ACCOUNT,
        name: 'deploy',
        groups: ['authorities'],
        createdBy: 'U0ADA',
        ...set,
      });
      await rig.store.commit([insert('accessKeys', row), insert('approvals', anAgreement(row))]);
      return { actorId: 'key:deploy' };
    };

    it('alone is done at once, and the audit says who and that nobody was asked', async () => {
      await start({ alone: false });
      const by = await key({ mode: 'alone' });
      const request = await upload(root, {}, by);
      await rig.settle();
      expect(await ended(request)).toMatchObject({ state: 'done' });
      expect(await first()).toMatchObject({ createdBy: 'key:deploy' });
      const chain = await rig.store.auditChain(ACCOUNT, 0, 100);
      expect(chain.map(({ action, actorId }) => `${action} ${actorId}`)).toEqual([
        'approval.skipped key:deploy',
        'authority.uploaded key:deploy',
      ]);
      expect(await remove((await first()).id, by)).toMatchObject({ state: 'done' });
    });

    it('that asks waits for a person for both, and whoever made the key does not decide', async () => {
      await start({ alone: false });
      await give(rig, 'U0ADA', 'approver');
      const by = await key({ mode: 'asks' });
      const request = await upload(root, {}, by);
      await rig.settle();
      expect(await ended(request)).toMatchObject({ state: 'waiting' });
      expect(await decideAs(rig, 'U0ADA', request)).toMatchObject({ state: 'refused' });
      await decideAs(rig, 'U0BOB', request);
      expect(await ended(request)).toMatchObject({ state: 'done' });
      const deletion = await remove((await first()).id, by);
      expect(deletion).toMatchObject({ state: 'waiting' });
      await decideAs(rig, 'U0BOB', deletion);
      expect(await ended(deletion)).toMatchObject({ state: 'done' });
      expect(await present()).toEqual([]);
    });

    it.each([
      ['reads only', { access: 'read' as const }],
      ['was made for something else', { groups: ['hostnames'] as AccessKey['groups'] }],
      ['was made for another site', { siteIds: [randomUUID()] }],
      ['is disabled', { state: 'disabled' as const }],
    ])('is refused when it %s', async (_, set) => {
      await start({ alone: false });
      const request = await upload(root, {}, await key(set));
      await rig.settle();
      expect(await ended(request)).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
    });
  });
});

/** Nothing needs a second person, so that what is asked for is done at once. */
async function setOpen(rig: WorkerRig): Promise<void> {
  const account = await rig.store.account(ACCOUNT);
  if (account) await rig.store.commit([update('accounts', account, { openGates: ['ca_upload'] })]);
}
