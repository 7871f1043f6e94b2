import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { homeSubject, planHome } from '../../../core/inventory/home-plan.ts';
import { insert, type Write } from '../../../core/store/plan.ts';
import type { Certificate, Role } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { aCertificate } from '../../support/rows.ts';
import { ACCOUNT, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const textOf = (person: Person) => JSON.stringify(person.home?.blocks ?? []);

function grant(userId: string, role: Role): Write {
  return insert('roles', {
    id: randomUUID(),
    accountId: ACCOUNT,
    userId,
    role,
    grantedBy: 'U0ADA',
    grantedAt: new Date(0),
    duringSetup: true,
  });
}

/** An active certificate of alice's. */
async function issued(rig: WorkerRig, set: Partial<Certificate> = {}): Promise<Certificate> {
  const certificate = aCertificate({
    accountId: ACCOUNT,
    siteId: site.id,
    requestId: randomUUID(),
    certificate: Buffer.from([0x30, 0]),
    notAfter: new Date(rig.clock.now().getTime() + 300 * 86_400_000),
    createdAt: rig.clock.now(),
    ...set,
  });
  await rig.store.commit([insert('certificates', certificate)]);
  return certificate;
}

describe('the Home is drawn anew', () => {
  it('from the request to the certificate, without ever having been opened', async () => {
    await using rig = await startWorkerRig();
    const issue = await rig.recordIssue();
    await rig.settle();
    expect(textOf(rig.alice)).toMatch(/Create certificate \*alice-laptop\*.*press \*Show once\*/);
    await rig.recordShow(issue);
    await rig.settle();
    expect(textOf(rig.alice)).not.toContain('Your open requests');
    expect(textOf(rig.alice)).toMatch(/Your certificates.*\*alice-laptop\* for example\.com/);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('of the owner, when somebody else suspends their certificate', async () => {
    await using rig = await startWorkerRig();
    await rig.store.commit([grant('U0ADA', 'administrator')]);
    const { id: certificateId } = await issued(rig);
    await rig.record('suspend', { certificateId, because: '' }, { actorId: 'U0ADA' });
    await rig.settle();
    expect(textOf(rig.alice)).toMatch(/‖ \*Suspended\*/);
  });

  it('of whoever may decide, when they are asked and when it is decided, and of nobody else', async () => {
    await using rig = await startWorkerRig();
    await rig.store.commit([grant('U0BOB', 'approver'), grant('U0ADA', 'administrator')]);
    const bob = rig.sandbox.person('U0BOB');
    const { id: certificateId } = await issued(rig);
    await rig.record(
      'revoke',
      {
        certificateId,
        reason: 'superseded',
        because: 'replaced',
        suspendNow: false,
        confirmed: true,
        breakGlass: false,
      },
      { actorId: 'U0ALICE' },
    );
    await rig.settle();
    expect(textOf(bob)).toMatch(/Waiting for you.*asked for by <@U0ALICE>.*Decide in <#C0APPROVE>/);
    expect(textOf(rig.alice)).toMatch(/Your open requests.*Revoke \*alice-laptop\*.*Waits for a second person/);
    expect(textOf(rig.alice)).not.toContain('Waiting for you');
    expect(rig.sandbox.person('U0EVE').home).toBeUndefined();

    const [approval] = await rig.store.waitingApprovals(ACCOUNT, rig.clock.now(), 1);
    if (!approval) throw new Error('nobody was asked');
    const withdraw = { approvalId: approval.id, decision: 'withdraw' as const, because: '' };
    await rig.record('decide', withdraw, { actorId: 'U0ALICE' });
    await rig.settle();
    expect(textOf(bob)).not.toContain('Waiting for you');
    expect(textOf(rig.alice)).not.toContain('Your open requests');
  });

  it('of whoever could have decided, when nobody did in time, and of whoever revoked alone', async () => {
    await using rig = await startWorkerRig();
    await rig.store.commit([grant('U0BOB', 'approver'), grant('U0ADA', 'administrator')]);
    const bob = rig.sandbox.person('U0BOB');
    const { id: certificateId } = await issued(rig);
    const revoke = {
      certificateId,
      reason: 'keyCompromise' as const,
      because: 'leaked',
      suspendNow: false,
      confirmed: true as const,
      breakGlass: false,
    };
    await rig.record('revoke', revoke, { actorId: 'U0ALICE' });
    await rig.settle();
    expect(textOf(bob)).toContain('Waiting for you');
    rig.clock.advance(25 * 3_600_000);
    await rig.settle();
    expect(textOf(bob)).not.toContain('Waiting for you');

    await rig.record('revoke', { ...revoke, breakGlass: true }, { actorId: 'U0ADA' });
    await rig.settle();
    expect(textOf(bob)).toMatch(/Waiting for you.*was done at once by <@U0ADA>/);
    expect(textOf(rig.alice)).toContain('You have none that are active');
  });

  it('once for many changes, again after Slack was away, and not for ever for somebody who is gone', async () => {
    await using rig = await startWorkerRig();
    const wake = (userId: string) => rig.store.commit(planHome(ACCOUNT, [userId], rig.clock.now()));
    const row = (userId: string) => rig.store.messageOf(homeSubject(ACCOUNT, userId), 'home');
    for (let i = 0; i < 5; i += 1) await wake('U0ALICE');
    rig.sandbox.faults.add({ method: 'views.publish', kind: '500', times: 1 });
    await rig.settle();
    expect(rig.alice.home).toBeUndefined();
    expect(await row('U0ALICE')).toMatchObject({ wanted: 5, sent: 0 });
    const published = rig.sandbox.faults.add({ method: 'views.publish', kind: 'slow', ms: 0 });
    rig.clock.advance(60_000);
    await rig.settle();
    expect(rig.alice.home).toBeDefined();
    expect(published.hits).toBe(1);
    expect(await row('U0ALICE')).toMatchObject({ wanted: 5, sent: 5, problem: null });

    await wake('U0NOBODY');
    await rig.settle();
    expect(await row('U0NOBODY')).toMatchObject({ wanted: 1, sent: 1, attempts: 0 });
  });
});
