import { describe, expect, it } from 'vitest';
import { update } from '../../../core/store/plan.ts';
import { decideAs, give } from '../../support/approving.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/** ada and bob hold roles, and example.com is guarded. */
async function guarded(): Promise<WorkerRig> {
  const rig = await startWorkerRig();
  await give(rig, 'U0ADA', 'administrator');
  await give(rig, 'U0BOB', 'approver');
  await rig.store.commit([update('sites', site, { guarded: true })]);
  return rig;
}

async function ask(rig: WorkerRig, kind: 'site_add' | 'site_remove', name: string) {
  const request = await rig.record(kind, { name });
  await rig.settle();
  return (await rig.store.request(request.id)) ?? request;
}

describe('the guard of a site', () => {
  it('is not lost by removing the site and adding it again alone', async () => {
    await using rig = await guarded();
    const removal = await ask(rig, 'site_remove', 'example.com');
    expect(removal.state).toBe('waiting');
    expect((await rig.store.siteByName('example.com'))?.state).toBe('active');
    await decideAs(rig, 'U0BOB', removal);
    expect(await rig.store.siteByName('example.com')).toBeUndefined();
    expect((await rig.store.request(removal.id))?.state).toBe('done');
  });

  it('holds for every new site below it, and for no other', async () => {
    await using rig = await guarded();
    await ask(rig, 'site_add', 'api.example.com');
    await ask(rig, 'site_add', 'badexample.com');
    expect(await rig.store.siteByName('api.example.com')).toMatchObject({ guarded: true });
    expect(await rig.store.siteByName('badexample.com')).toMatchObject({ guarded: false });
  });

  it('is asked for nobody where there is none', async () => {
    await using rig = await guarded();
    await ask(rig, 'site_add', 'example.org');
    expect((await ask(rig, 'site_remove', 'example.org')).state).toBe('done');
    expect((await rig.store.sites(ACCOUNT)).map(({ name }) => name)).toEqual(['example.com']);
  });
});
