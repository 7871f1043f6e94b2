import { describe, expect, it } from 'vitest';
import { parseCredential } from '../../../core/edges/credential.ts';
import { parsePin } from '../../../core/edges/pin.ts';
import type { Edge, Request } from '../../../core/store/rows.ts';
import { approvalOf, cardOf, decideAs, give } from '../../support/approving.ts';
import { askForEdge, credentialsShown, recordEdgeShow } from '../../support/edges.ts';
import { ACCOUNT, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const DAY_MS = 24 * 3_600_000;
const said = async (rig: WorkerRig, request: Pick<Request, 'id'>) =>
  String((await rig.store.request(request.id))?.outcome?.['message']);
const edgeOf = (rig: WorkerRig, add: Pick<Request, 'id'>) => rig.store.edgeOfRequest(add.id) as Promise<Edge>;
const lasting = async (rig: WorkerRig, add: Pick<Request, 'id'>) => {
  const row = await rig.store.messageOf(add.id, 'requester');
  const ada = rig.sandbox.person('U0ADA');
  return JSON.stringify(ada.messages(ada.dm).find(({ ts }) => ts === row?.ts)?.blocks ?? []);
};

describe('an edge', () => {
  it('has a credential only when it is shown, once, with the feed key to be pinned', async () => {
    await using rig = await startWorkerRig();
    const add = await askForEdge(rig);
    expect(add.state).toBe('waiting');
    expect(await edgeOf(rig, add)).toMatchObject({
      name: 'berlin-1',
      kind: 'nginx',
      state: 'unshown',
      credentialHash: null,
    });
    expect(await lasting(rig, add)).toContain('show_edge_once');

    await recordEdgeShow(rig, add);
    await rig.settle();
    const [shown] = credentialsShown(rig);
    const edge = await edgeOf(rig, add);
    expect(edge).toMatchObject({
      state: 'active',
      credentialHash: parseCredential(shown?.credential ?? '')?.secretHash,
    });
    const [key] = await rig.store.feedKeys(ACCOUNT);
    expect(parsePin(shown?.pin ?? '')).toEqual({ account: ACCOUNT, pinnedKey: key?.publicKey });
    expect(await lasting(rig, add)).not.toContain('show_edge_once');

    const again = await recordEdgeShow(rig, add);
    await rig.settle();
    expect(await said(rig, again)).toContain('shown already');
    expect(credentialsShown(rig)).toHaveLength(1);
    expect(await edgeOf(rig, add)).toEqual(edge);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('needs a second person where there is one', async () => {
    await using rig = await startWorkerRig();
    await give(rig, 'U0BOB', 'approver');
    const add = await askForEdge(rig);
    expect(await rig.store.edgeOfRequest(add.id)).toBeUndefined();
    const approval = await approvalOf(rig, add);
    expect(JSON.stringify((await cardOf(rig, approval)).blocks)).toContain('berlin-1');
    await decideAs(rig, 'U0BOB', add, 'approve');
    expect((await edgeOf(rig, add)).state).toBe('unshown');
    expect(await lasting(rig, add)).toContain('show_edge_once');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is added by administrators alone, and under a name that no other has', async () => {
    await using rig = await startWorkerRig();
    const byAlice = await rig.record('edge_add', { name: 'berlin-1', kind: 'gateway' }, { actorId: 'U0ALICE' });
    await rig.settle();
    expect(await said(rig, byAlice)).toContain('role administrator');
    await askForEdge(rig);
    expect(await said(rig, await askForEdge(rig))).toContain('There is an edge `berlin-1` already');
  });

  it.each([
    [2, 'before'],
    [3, 'before'],
    [3, 'after'],
    [4, 'before'],
  ] as const)(
    'has no credential that was not certainly shown: the worker dies at commit %i, %s it',
    async (n, when) => {
      await using rig = await startWorkerRig();
      const add = await askForEdge(rig);
      const show = await recordEdgeShow(rig, add);
      rig.dieAtCommit(n, when);
      await rig.settle().catch(() => undefined);
      rig.restart();
      await rig.settle();
      const edge = await edgeOf(rig, add);
      // Wherever the worker died: no credential works that was not certainly shown, and the person can go on.
      if (edge.state === 'unshown') {
        expect(edge.credentialHash).toBeNull();
        expect((await rig.store.request(show.id))?.state).toBe('failed');
        await recordEdgeShow(rig, add);
        await rig.settle();
      }
      const working = credentialsShown(rig).filter(
        ({ credential }) => parseCredential(credential)?.secretHash === edge.credentialHash,
      );
      expect((await edgeOf(rig, add)).state).toBe('active');
      expect(working.length).toBeLessThanOrEqual(1);
    },
  );

  it('is taken away when its credential was not shown within a day', async () => {
    await using rig = await startWorkerRig();
    const add = await askForEdge(rig);
    rig.clock.advance(DAY_MS + 1);
    await rig.settle();
    expect((await edgeOf(rig, add)).state).toBe('removed');
    expect(await lasting(rig, add)).not.toContain('show_edge_once');
    expect((await askForEdge(rig)).state).toBe('waiting');
  });

  it('is removed at once; its name can be used again, and its credential is worth nothing', async () => {
    await using rig = await startWorkerRig();
    const add = await askForEdge(rig);
    await recordEdgeShow(rig, add);
    await rig.settle();
    const edge = await edgeOf(rig, add);
    const removal = await rig.record('edge_remove', { edgeId: edge.id });
    await rig.settle();
    expect(await said(rig, removal)).toContain('is removed');
    expect(await edgeOf(rig, add)).toMatchObject({ state: 'removed', credentialHash: null });
    expect((await askForEdge(rig)).state).toBe('waiting');
    const again = await rig.record('edge_remove', { edgeId: edge.id });
    await rig.settle();
    expect(await said(rig, again)).toContain('no such edge');
  });

  it('of another account is none', async () => {
    await using rig = await startWorkerRig();
    const add = await askForEdge(rig);
    const edge = await edgeOf(rig, add);
    const other = await rig.record('edge_remove', { edgeId: edge.id }, { accountId: 'T0OTHER' });
    await rig.settle();
    expect((await rig.store.request(other.id))?.state).not.toBe('done');
    expect((await edgeOf(rig, add)).state).toBe('unshown');
  });
});
