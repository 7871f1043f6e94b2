import { beforeEach, describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import { update } from '../../../core/store/plan.ts';
import { carryOut } from '../../../worker/processor.ts';
import { contentOf } from '../../support/acts.ts';
import {
  APPROVALS,
  anIssued,
  approvalOf,
  askToRevoke,
  buttonOf,
  cardOf,
  give,
  press,
  revocation,
} from '../../support/approving.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

let rig: WorkerRig;
beforeEach(async () => {
  rig = await startWorkerRig();
  await give(rig, 'U0BOB', 'approver');
  return () => rig[Symbol.asyncDispose]();
});

const stateOf = async (id: string) => (await rig.store.certificate(id))?.state;
const actionsOf = async () => (await rig.store.auditChain(ACCOUNT, 0, 1000)).map(({ action }) => action);
const told = (userId: string) => rig.sandbox.person(userId).messages(rig.sandbox.person(userId).dm);

describe('a revocation that bob approves', () => {
  it('is carried out once, and everybody is told who decided and when', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    expect(await stateOf(certificate.id)).toBe('active');
    expect((await rig.store.request(asked.id))?.state).toBe('waiting');
    const approval = await approvalOf(rig, asked);
    const before = contentOf(await cardOf(rig, approval));
    for (const part of ['<@U0ALICE>', 'alice-laptop', 'The laptop was stolen.', 'Key leaked', 'No edge has reported']) {
      expect(before).toContain(part);
    }

    expect(await press(rig, approval, 'U0BOB', 'approve')).toMatchObject({ state: 'done' });
    expect(await rig.store.certificate(certificate.id)).toMatchObject({
      state: 'revoked',
      revocationReason: 'keyCompromise',
      revokedAt: rig.clock.now(),
    });
    expect((await rig.store.request(asked.id))?.state).toBe('done');
    const card = await cardOf(rig, approval);
    expect(contentOf(card)).toMatch(/Approved by <@U0BOB>, <!date/);
    expect(JSON.stringify(card.blocks)).not.toContain('"button"');
    const [dm] = told('U0ALICE');
    expect(contentOf(dm as never)).toMatch(/Approved by <@U0BOB>/);
    expect(told('U0ALICE')).toHaveLength(1);
    expect(await actionsOf()).toEqual(['approval.asked', 'approval.approved', 'certificate.revoked']);
    expect(await verifyChain(rig.store, ACCOUNT)).toMatchObject({ fault: undefined, waiting: 0 });
    const audit = rig.sandbox.person('U0ADA').messages(AUDIT_CHANNEL);
    expect(audit.filter((message) => contentOf(message).includes('certificate.revoked'))).toHaveLength(1);
  });

  it('is carried out once however often and by however many people the buttons are pressed', async () => {
    await give(rig, 'U0EVE', 'approver');
    const certificate = await anIssued(rig);
    const approval = await approvalOf(rig, await askToRevoke(rig, certificate));
    const button = await buttonOf(rig, approval);
    const clicks = await Promise.all(
      ['U0BOB', 'U0EVE', 'U0BOB', 'U0EVE'].map((actorId, i) =>
        rig.record(
          'decide',
          { approvalId: approval.id, decision: i === 1 ? 'deny' : 'approve', because: '', button },
          { actorId },
        ),
      ),
    );
    // All of them at the same instant, as several workers would.
    await Promise.all(clicks.map(({ id }) => carryOut(rig.jobDeps, id)));
    rig.clock.advance(100);
    await rig.settle();
    const ended = await Promise.all(clicks.map(({ id }) => rig.store.request(id)));
    expect(ended.filter((click) => click?.state === 'done')).toHaveLength(1);
    for (const click of ended.filter((one) => one?.state !== 'done')) {
      expect(click?.outcome?.['message']).toMatch(/(Approved|Denied) by <@U0(BOB|EVE)>.*Nothing was changed/);
    }
    const decisions = (await actionsOf()).filter((action) => /^approval\.(approved|denied)$/.test(action));
    expect(decisions).toHaveLength(1);
    expect((await actionsOf()).filter((action) => action === 'certificate.revoked').length).toBe(
      decisions[0] === 'approval.approved' ? 1 : 0,
    );
  });
});

describe('nothing is changed, and the sentence says why, by', () => {
  const refusal = async (
    actorId: string,
    prepare: (certificateId: string) => Promise<void> = async () => undefined,
    decision: 'approve' | 'deny' = 'approve',
  ) => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    const approval = await approvalOf(rig, asked);
    await prepare(certificate.id);
    const click = await press(rig, approval, actorId, decision);
    expect(await stateOf(certificate.id)).toBe('active');
    expect(click.state).toBe('refused');
    expect((await rig.store.approval(approval.id))?.state).toBe('waiting');
    return String(click.outcome?.['message']);
  };

  it("the requester's own approval", async () => {
    await give(rig, 'U0ALICE', 'approver');
    expect(await refusal('U0ALICE')).toContain('You asked for this');
  });

  it("eve's, who has no role", async () => {
    expect(await refusal('U0EVE')).toContain('role approver');
  });

  it('that of somebody whom the requester made an approver an hour ago', async () => {
    const fresh = { grantedBy: 'U0ALICE', duringSetup: false };
    const prepare = async () => {
      await give(rig, 'U0EVE', 'approver', fresh);
      rig.clock.advance(3_600_000);
    };
    expect(await refusal('U0EVE', prepare)).toContain('less than 24 hours ago');
  });

  it('a deactivated approver', async () => {
    rig.sandbox.store.userOrThrow('U0BOB').deleted = true;
    rig.clock.advance(61_000);
    expect(await refusal('U0BOB')).toContain('deactivated');
  });

  it('a button replayed from the message of another request', async () => {
    const other = await approvalOf(rig, await askToRevoke(rig, await anIssued(rig)));
    const certificate = await anIssued(rig);
    const approval = await approvalOf(rig, await askToRevoke(rig, certificate));
    const [own, foreign] = [await buttonOf(rig, approval), await buttonOf(rig, other)];
    const forged = [
      foreign,
      { ...own, token: foreign.token },
      { ...own, hash: foreign.hash },
      { ...own, ts: foreign.ts },
      { ...own, channel: AUDIT_CHANNEL },
      { ...own, token: '' },
    ];
    for (const button of forged) {
      const click = await press(rig, approval, 'U0BOB', 'approve', { button });
      expect(click.outcome?.['message']).toContain('does not belong to a request that can be decided');
    }
    expect(await stateOf(certificate.id)).toBe('active');
    expect((await rig.store.approval(approval.id))?.state).toBe('waiting');
  });
});

describe('a decision on a card whose post had no answer', () => {
  it('waits until the card has been looked up, and then counts', async () => {
    const certificate = await anIssued(rig);
    const approval = await approvalOf(rig, await askToRevoke(rig, certificate));
    const button = await buttonOf(rig, approval);
    const message = await rig.store.messageOf(approval.id, 'approval');
    if (!message) throw new Error('no message');
    // As a worker leaves it that ends between Slack's answer and the row, before another looks.
    const later = new Date(rig.clock.now().getTime() + 60_000);
    await rig.store.commit([update('messages', message, { ts: null, sent: 0, nextAttemptAt: later })]);
    const click = await press(rig, approval, 'U0BOB', 'approve', { button });
    expect(click).toMatchObject({ state: 'recorded', outcome: null });
    expect(await stateOf(certificate.id)).toBe('active');
    // The card is found, and then the decision is tried again.
    for (const _ of ['card', 'decision']) {
      rig.clock.advance(120_000);
      await rig.settle();
    }
    expect((await rig.store.request(click.id))?.state).toBe('done');
    expect(await stateOf(certificate.id)).toBe('revoked');
    expect(rig.sandbox.person('U0BOB').messages(APPROVALS)).toHaveLength(1);
  });
});

describe('what is not decided in its first shape', () => {
  it('expires by itself: the card loses its buttons, the requester is told, a late click gets a sentence', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    const approval = await approvalOf(rig, asked);
    const button = await buttonOf(rig, approval);
    rig.clock.advance(24 * 3_600_000);
    await rig.settle();
    expect((await rig.store.request(asked.id))?.state).toBe('expired');
    const card = await cardOf(rig, approval);
    expect(contentOf(card)).toContain('Nobody decided in time');
    expect(JSON.stringify(card.blocks)).not.toContain('"button"');
    expect(contentOf(told('U0ALICE')[0] as never)).toContain('Nobody decided in time');
    const late = await press(rig, approval, 'U0BOB', 'approve', { button });
    expect(late.outcome?.['message']).toContain('expired');
    expect(await stateOf(certificate.id)).toBe('active');
  });

  it('comes to nothing when the certificate changed before the decision', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    const approval = await approvalOf(rig, asked);
    await rig.record('suspend', { certificateId: certificate.id, because: 'just in case' }, { actorId: 'U0ALICE' });
    await rig.settle();
    const click = await press(rig, approval, 'U0BOB', 'approve');
    expect(click.outcome?.['message']).toContain('has changed in the meantime');
    expect(await stateOf(certificate.id)).toBe('held');
    expect((await rig.store.request(asked.id))?.state).toBe('refused');
    expect(contentOf(await cardOf(rig, approval))).toContain('has changed');
  });

  it('comes to nothing when the certificate changed between the approval and the effect', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    const approval = await approvalOf(rig, asked);
    const button = await buttonOf(rig, approval);
    const click = await rig.record(
      'decide',
      { approvalId: approval.id, decision: 'approve', because: '', button },
      { actorId: 'U0BOB' },
    );
    await carryOut(rig.jobDeps, click.id);
    expect((await rig.store.approval(approval.id))?.state).toBe('approved');
    const suspend = await rig.record('suspend', { certificateId: certificate.id, because: '' }, { actorId: 'U0ALICE' });
    await carryOut(rig.jobDeps, suspend.id);
    await rig.settle();
    expect(await stateOf(certificate.id)).toBe('held');
    expect(await rig.store.request(asked.id)).toMatchObject({ state: 'refused', outcome: { code: 'stale' } });
  });

  it('is withdrawn by whoever asked, and by nobody else', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate);
    const approval = await approvalOf(rig, asked);
    expect((await press(rig, approval, 'U0BOB', 'withdraw')).state).toBe('refused');
    expect((await press(rig, approval, 'U0ALICE', 'withdraw')).state).toBe('done');
    expect(await rig.store.request(asked.id)).toMatchObject({ state: 'refused', outcome: { code: 'withdrawn' } });
    expect(contentOf(await cardOf(rig, approval))).toContain('Withdrawn by <@U0ALICE>');
  });
});

describe('suspending', () => {
  it('takes effect at once and needs nobody, the approval channel sees it, and a release needs bob', async () => {
    const certificate = await anIssued(rig);
    await rig.record('suspend', { certificateId: certificate.id, because: 'lost?' }, { actorId: 'U0ALICE' });
    await rig.settle();
    expect(await rig.store.certificate(certificate.id)).toMatchObject({ state: 'held', heldAt: rig.clock.now() });
    const seen = rig.sandbox.person('U0BOB').messages(APPROVALS).map(contentOf).join('\n');
    expect(seen).toContain('<@U0ALICE> suspended *alice-laptop* for example.com');

    const asked = await rig.record(
      'release',
      { certificateId: certificate.id, because: 'found' },
      { actorId: 'U0ALICE' },
    );
    await rig.settle();
    expect(await stateOf(certificate.id)).toBe('held');
    await press(rig, await approvalOf(rig, asked), 'U0BOB', 'approve');
    expect(await rig.store.certificate(certificate.id)).toMatchObject({ state: 'active', heldAt: null });
  });

  it('before a revocation holds through a denial, which names the reason, and a release ends it', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate, { suspendNow: true });
    expect(await stateOf(certificate.id)).toBe('held');
    const approval = await approvalOf(rig, asked);
    await press(rig, approval, 'U0BOB', 'deny', { because: 'it is <in> use' });
    expect(await stateOf(certificate.id)).toBe('held');
    const dm = contentOf(told('U0ALICE').at(-1) as never);
    expect(dm).toContain('it is &lt;in&gt; use');
    expect(dm).toContain('It is suspended since');
    expect(dm).toContain('Release…');
  });

  it('before a revocation dates the final one: it never moves later', async () => {
    const certificate = await anIssued(rig);
    const heldAt = rig.clock.now();
    const asked = await askToRevoke(rig, certificate, { suspendNow: true });
    rig.clock.advance(3_600_000);
    await press(rig, await approvalOf(rig, asked), 'U0BOB', 'approve');
    expect(await rig.store.certificate(certificate.id)).toMatchObject({ state: 'revoked', revokedAt: heldAt });
  });

  it("eve cannot suspend alice's certificate, and cannot tell whether it exists", async () => {
    const certificate = await anIssued(rig);
    const refused = async (certificateId: string) => {
      const request = await rig.record('suspend', { certificateId, because: '' }, { actorId: 'U0EVE' });
      await rig.settle();
      return (await rig.store.request(request.id))?.outcome?.['message'];
    };
    expect(await refused(certificate.id)).toBe(await refused('nothing'));
    expect(await stateOf(certificate.id)).toBe('active');
  });
});

it('what is asked for is not asked for twice: the approval channel cannot be filled with one certificate', async () => {
  const certificate = await anIssued(rig);
  await askToRevoke(rig, certificate);
  const again = await askToRevoke(rig, certificate);
  expect(await rig.store.request(again.id)).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
  expect(rig.sandbox.person('U0BOB').messages(APPROVALS)).toHaveLength(1);
  expect(await rig.store.waitingApprovals(ACCOUNT, rig.clock.now(), 10)).toHaveLength(1);
  rig.clock.advance(8 * 24 * 3_600_000);
  expect(await rig.store.waitingApprovals(ACCOUNT, rig.clock.now(), 10)).toEqual([]);
});

describe('an owner', () => {
  it('is told in one message what somebody else does to their certificate, and nothing of what they do themselves', async () => {
    await give(rig, 'U0ADA', 'operator');
    const certificate = await anIssued(rig);
    await rig.record('suspend', { certificateId: certificate.id, because: 'lost?' }, { actorId: 'U0ADA' });
    await rig.settle();
    expect(told('U0ALICE').map(contentOf).join()).toContain('<@U0ADA> suspended your certificate *alice-laptop*');
    const release = await rig.record(
      'release',
      { certificateId: certificate.id, because: 'found' },
      { actorId: 'U0ALICE' },
    );
    await rig.settle();
    await press(rig, await approvalOf(rig, release), 'U0BOB', 'approve');
    expect(told('U0ALICE').map(contentOf).join()).toContain('it is valid again');
    const asked = await askToRevoke(rig, certificate, {}, 'U0ADA');
    await press(rig, await approvalOf(rig, asked), 'U0BOB', 'approve');
    const aboutIt = told('U0ALICE')
      .map(contentOf)
      .filter((text) => text.includes('your certificate'));
    expect(aboutIt).toHaveLength(1);
    expect(aboutIt[0]).toContain('<@U0ADA> had your certificate *alice-laptop* for example.com revoked for good');
    await askToRevoke(rig, await anIssued(rig, { name: 'alice-phone' }), { suspendNow: true });
    const own = told('U0ALICE')
      .map(contentOf)
      .filter((text) => text.includes('your certificate *alice-phone*'));
    expect(own).toEqual([]);
  });
});

describe('nobody decides in time', () => {
  it('about a certificate that was suspended at once: it stays suspended, and the sentence says so', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate, { suspendNow: true });
    rig.clock.advance(24 * 3_600_000 + 1);
    await rig.settle();
    expect(await stateOf(certificate.id)).toBe('held');
    const ended = await rig.store.request(asked.id);
    expect(ended?.state).toBe('expired');
    expect(ended?.outcome?.['message']).toBe(
      'Nobody decided in time, so nothing was revoked. What has been suspended for it stays suspended until it is released. Ask again if it is still wanted.',
    );
  });
});

describe('breaking the glass', () => {
  it('revokes at once, is seen by the approvers, and one of them acknowledges it', async () => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate, { breakGlass: true }, 'U0ADA');
    expect(await stateOf(certificate.id)).toBe('revoked');
    const approval = await approvalOf(rig, asked);
    expect(contentOf(await cardOf(rig, approval))).toContain('Done without a second person');
    expect((await press(rig, approval, 'U0BOB', 'acknowledge')).state).toBe('done');
    expect(contentOf(await cardOf(rig, approval))).toContain('Acknowledged by <@U0BOB>');
    expect(await actionsOf()).toEqual(['approval.skipped', 'certificate.revoked', 'approval.acknowledged']);
  });

  it.each([
    ['an operator', 'U0ALICE', {}, 'role administrator'],
    ['another reason', 'U0ADA', { reason: 'superseded' }, 'leaked key'],
    ['no word why', 'U0ADA', { because: '' }, 'written down'],
  ] as const)('is refused for %s', async (_, actorId, set, why) => {
    const certificate = await anIssued(rig);
    const asked = await askToRevoke(rig, certificate, { breakGlass: true, ...set }, actorId);
    expect(String((await rig.store.request(asked.id))?.outcome?.['message'])).toContain(why);
    expect(await stateOf(certificate.id)).toBe('active');
  });

  it('is an exception: the fourth within an hour is refused', async () => {
    for (let i = 0; i < 3; i += 1) {
      const certificate = await anIssued(rig);
      await askToRevoke(rig, certificate, { breakGlass: true }, 'U0ADA');
      expect(await stateOf(certificate.id)).toBe('revoked');
    }
    const fourth = await anIssued(rig);
    const asked = await askToRevoke(rig, fourth, { breakGlass: true }, 'U0ADA');
    expect(String((await rig.store.request(asked.id))?.outcome?.['message'])).toContain('3 times within an hour');
    rig.clock.advance(3_600_001);
    await askToRevoke(rig, fourth, { breakGlass: true }, 'U0ADA');
    expect(await stateOf(fourth.id)).toBe('revoked');
  });

  it('is refused to the fourth also when two are carried out at the same instant', async () => {
    for (let i = 0; i < 2; i += 1) await askToRevoke(rig, await anIssued(rig), { breakGlass: true }, 'U0ADA');
    const [third, fourth] = [await anIssued(rig), await anIssued(rig)];
    const asked = await Promise.all(
      [third, fourth].map(({ id: certificateId }) =>
        rig.record('revoke', { certificateId, ...revocation, breakGlass: true }, { actorId: 'U0ADA' }),
      ),
    );
    await Promise.all(asked.map(({ id }) => carryOut(rig.jobDeps, id)));
    rig.clock.advance(100);
    await rig.settle();
    expect([await stateOf(third.id), await stateOf(fourth.id)].sort()).toEqual(['active', 'revoked']);
    const ends = await Promise.all(asked.map(async ({ id }) => (await rig.store.request(id))?.state));
    expect(ends.sort()).toEqual(['done', 'refused']);
  });
});

describe('where nobody could decide', () => {
  it('the request is refused at once, with what to do', async () => {
    await using lonely = await startWorkerRig();
    await give(lonely, 'U0ADA', 'administrator');
    const certificate = await anIssued(lonely);
    const asked = await askToRevoke(lonely, certificate);
    expect(await lonely.store.request(asked.id)).toMatchObject({ state: 'refused', outcome: { code: 'four_eyes' } });
    expect((await lonely.store.certificate(certificate.id))?.state).toBe('active');
  });

  it('a certificate that is revoked already stays as it was, and the first revocation is told', async () => {
    const revokedAt = new Date('2026-01-01T00:00:00Z');
    const certificate = await anIssued(rig, { state: 'revoked', revokedAt, revocationReason: 'superseded' });
    const asked = await askToRevoke(rig, certificate);
    const message = String((await rig.store.request(asked.id))?.outcome?.['message']);
    expect(message).toContain('revoked already');
    expect(message).toContain('Replaced by a new certificate');
    expect((await rig.store.certificate(certificate.id))?.revokedAt).toEqual(revokedAt);
  });
});
