import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { insert, raise } from '../../../core/store/plan.ts';
import type { Edge } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { ACCOUNT, type BotRig, grant, seed, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';

async function anEdge(rig: BotRig, set: Partial<Edge> = {}): Promise<Edge> {
  const edge: Edge = {
    id: randomUUID(),
    accountId: ACCOUNT,
    name: 'berlin-1',
    kind: 'nginx',
    state: 'active',
    credentialHash: 'ab'.repeat(32),
    pin: null,
    requestId: null,
    createdBy: 'U0ADA',
    createdAt: rig.clock.now(),
    shownAt: rig.clock.now(),
    endedAt: null,
    version: 1,
    ...set,
  };
  await rig.store.commit([insert('edges', edge)]);
  return edge;
}

const drawn = (person: Person) => JSON.stringify(person.modal?.blocks ?? []);

describe('/mtls edge add', () => {
  it('records what was filled in, and says how it goes on', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls edge add Berlin-2');
    expect(ada.modal?.title?.text).toBe('Add Edge');
    const submitted = ada.submit({ Kind: 'haproxy' });
    await expect.poll(() => rig.announced).toHaveLength(1);
    expect(rig.announced[0]).toMatchObject({ kind: 'edge_add', payload: { name: 'berlin-2', kind: 'haproxy' } });
    expect((await submitted).outcome).toBe('updated');
    expect(drawn(ada)).toContain('is recorded');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('refuses a name at its field, and everybody but administrators', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    await anEdge(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls edge add');
    for (const name of ['berlin-1', '-x', 'a b', '../etc', 'ä']) {
      expect((await ada.submit({ Name: name })).errors, name).toHaveProperty('Name');
    }
    await rig.store.commit(grant('U0ALICE', 'operator'));
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls edge add');
    expect(alice.modal?.title?.text).not.toBe('Add Edge');
    expect(rig.announced).toEqual([]);
  });
});

describe('/mtls edge list', () => {
  it('shows what each edge is, how far it is, and what it cannot do, as text', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const away = await anEdge(rig, { name: 'away-1' });
    const busy = await anEdge(rig);
    await anEdge(rig, { name: 'new-1' });
    const now = rig.clock.now();
    const state = {
      accountId: ACCOUNT,
      epoch: 1,
      snapshot: 3,
      appliedAt: now,
      software: 'agent <1>',
      limits: null,
      proof: null,
    };
    await rig.store.commit([
      raise('edgeStates', {
        ...state,
        id: away.id,
        waiting: null,
        lastSeenAt: new Date(now.getTime() - 3_600_000),
        problems: [],
        inexpressible: [],
      }),
      raise('edgeStates', {
        ...state,
        id: busy.id,
        waiting: { epoch: 1, snapshot: 4 },
        lastSeenAt: now,
        problems: ['<!channel> it is *bad*'],
        inexpressible: ['rule 7: regular expressions'],
        limits: { reason: 'this <nginx> is bare', hostnames: ['api.example.com'] },
      }),
    ]);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls edge list');
    const text = drawn(ada);
    expect(text.indexOf('away-1')).toBeLessThan(text.indexOf('berlin-1'));
    expect(text).toContain('*away*: last seen');
    expect(text).toContain('version 3 in effect');
    expect(text.match(/Version 4 has arrived and is \*not in effect\*: it goes on with version 3\./g)).toHaveLength(1);
    expect(text).toContain('&lt;!channel&gt;');
    expect(text).toContain('It cannot express');
    expect(text).toContain('has never connected');
    expect(text).toContain('Remove…');
    expect(rig.sandbox.problems).toEqual([]);

    // Whoever may only look is offered nothing to press.
    await rig.store.commit(grant('U0EVE', 'viewer'));
    const eve = rig.sandbox.person('U0EVE');
    await eve.command(WHERE, '/mtls edges');
    expect(drawn(eve)).toContain('berlin-1');
    expect(drawn(eve)).not.toContain('Remove…');
  });

  it('fits into a view, however many have something to say', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const now = rig.clock.now();
    for (let i = 0; i < 25; i++) {
      const { id } = await anEdge(rig, { name: `edge-${i}` });
      const state = {
        id,
        accountId: ACCOUNT,
        epoch: 1,
        snapshot: 3,
        appliedAt: now,
        lastSeenAt: now,
        limits: null,
        proof: null,
      };
      const wrong = { problems: ['It is bad.'], inexpressible: ['rule 7'], waiting: { epoch: 1, snapshot: 4 } };
      await rig.store.commit([raise('edgeStates', { ...state, ...wrong, software: 'agent' })]);
    }
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls edge list');
    expect(drawn(ada)).toContain('15 of 25 edges');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('removes one after asking, once however often it is pressed', async () => {
    await using rig = await startBotRig();
    await seed(rig.store);
    const edge = await anEdge(rig);
    const ada = rig.sandbox.person('U0ADA');
    await ada.command(WHERE, '/mtls edge remove berlin-1');
    const question = ada.ephemerals(WHERE).at(-1);
    if (!question) throw new Error('nothing was asked');
    await Promise.all([ada.click(question, 'Remove…'), ada.click(question, 'Remove…')]);
    expect(rig.announced.filter(({ kind }) => kind === 'edge_remove')).toHaveLength(1);
    expect(rig.announced[0]).toMatchObject({ payload: { edgeId: edge.id } });
  });
});
