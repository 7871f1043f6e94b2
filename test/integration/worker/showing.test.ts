import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { verifyChain } from '../../../core/audit/verify.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate, Request } from '../../../core/store/rows.ts';
import type { Fault } from '../../../sandbox/server/faults.ts';
import { decideAs } from '../../support/approving.ts';
import { anApprover, someSettings } from '../../support/settings.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const text = (message: { text: string; blocks: unknown }) => JSON.stringify(message.blocks);
const pemsIn = (message: { text: string; blocks: unknown }) =>
  [...text(message).matchAll(/-----BEGIN [A-Z ]+-----[^"]*?-----END [A-Z ]+-----/g)].map(([pem]) =>
    pem.replaceAll('\\n', '\n'),
  );

async function usable(rig: WorkerRig, issue: Request): Promise<Certificate[]> {
  return (await rig.store.certificatesOfRequest(issue.id)).filter(({ state }) => state === 'active');
}

async function waitingIssue(rig: WorkerRig): Promise<Request> {
  const issue = await rig.recordIssue();
  await rig.settle();
  return issue;
}

describe('a certificate with a system-generated key', () => {
  it('waits for Show once: nothing is made or signed before', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    expect((await rig.store.request(issue.id))?.state).toBe('waiting');
    expect(await rig.store.certificatesOfRequest(issue.id)).toEqual([]);
    const [message] = rig.alice.messages(rig.alice.dm);
    expect(message && text(message)).toContain('Show once');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is shown once with its key, which fit together; the lasting message then says what it is', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    await rig.recordShow(issue);
    await rig.settle();

    const [shown, ...others] = rig.alice.ephemerals(rig.alice.dm);
    expect(others).toEqual([]);
    const [certificatePem = '', keyPem = ''] = shown ? pemsIn(shown) : [];
    const certificate = new X509Certificate(certificatePem);
    const { createPrivateKey } = await import('node:crypto');
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);

    const [stored] = await usable(rig, issue);
    expect(stored?.serial).toBe(certificate.serialNumber.toLowerCase());
    expect((await rig.store.request(issue.id))?.state).toBe('done');
    const [lasting] = rig.alice.messages(rig.alice.dm);
    expect(lasting && text(lasting)).toContain('I did not get the key');
    expect(lasting && text(lasting)).not.toContain('PRIVATE KEY');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('is made anew when the key did not arrive: the old one is revoked, the new one ends when it would have', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    await rig.recordShow(issue);
    await rig.settle();
    const [first] = await usable(rig, issue);
    rig.clock.advance(60_000);
    await rig.recordShow(issue, first?.id);
    await rig.settle();

    const [second, ...others] = await usable(rig, issue);
    expect(others).toEqual([]);
    expect(second?.serial).not.toBe(first?.serial);
    expect(second?.notAfter).toEqual(first?.notAfter);
    expect(await rig.store.certificate(first?.id ?? '')).toMatchObject({
      state: 'revoked',
      revocationReason: 'superseded',
    });
    expect(rig.alice.ephemerals(rig.alice.dm)).toHaveLength(2);
  });

  it('loses its button after half an hour by itself', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    await rig.recordShow(issue);
    await rig.settle();
    rig.clock.advance(30 * 60_000 + 1);
    await rig.settle();
    const [lasting] = rig.alice.messages(rig.alice.dm);
    expect(lasting && text(lasting)).not.toContain('I did not get the key');
  });

  it('expires after a day without a click, and the message says so', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    rig.clock.advance(24 * 3_600_000 + 1);
    await rig.settle();
    expect((await rig.store.request(issue.id))?.state).toBe('expired');
    const [lasting] = rig.alice.messages(rig.alice.dm);
    expect(lasting && text(lasting)).toContain('nothing was signed');
    expect(lasting && text(lasting)).not.toContain('show_once');
  });

  it.each([
    [
      'the site was removed',
      async (rig: WorkerRig) => rig.record('site_remove', { name: 'example.com' }),
      /not active/,
    ],
    [
      'the person lost the role',
      async (rig: WorkerRig) => {
        await rig.store.commit([insert('roles', anApprover('U0BOB', rig.clock.now()))]);
        const request = await rig.record('settings', someSettings({ operators: [], approvers: ['U0BOB'] }));
        await decideAs(rig, 'U0BOB', request);
      },
      /role operator/,
    ],
  ])('is refused at the click when %s since', async (_what, change, because) => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    await change(rig);
    await rig.settle();
    const show = await rig.recordShow(issue);
    await rig.settle();
    expect(await rig.store.request(show.id)).toMatchObject({ state: 'refused', sealed: null });
    expect(await usable(rig, issue)).toEqual([]);
    const [lasting] = rig.alice.messages(rig.alice.dm);
    expect(lasting && text(lasting)).toMatch(because);
  });

  it.each<[Fault['kind'], string]>([
    ['429', 'not_shown'],
    ['500', 'unclear'],
    ['reset', 'unclear'],
    ['lost', 'unclear'],
  ])('is revoked when Slack answers the showing with %s, and can be shown again', async (kind, code) => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    const show = await rig.recordShow(issue);
    rig.sandbox.faults.add({ method: 'response_url', kind, times: 1 });
    await rig.settle();
    expect(await rig.store.request(show.id)).toMatchObject({ state: 'failed', outcome: { code }, sealed: null });
    expect(await usable(rig, issue)).toEqual([]);
    const [lasting] = rig.alice.messages(rig.alice.dm);
    expect(lasting && text(lasting)).toContain('Show once');

    await rig.recordShow(issue);
    await rig.settle();
    expect(await usable(rig, issue)).toHaveLength(1);
    expect((await rig.store.request(issue.id))?.state).toBe('done');
  });

  it('waits while Slack cannot say whether the person may still act', async () => {
    await using rig = await startWorkerRig();
    rig.sandbox.faults.add({ method: 'users.info', kind: '500', times: 1 });
    const issue = await rig.recordIssue();
    await rig.settle();
    expect((await rig.store.request(issue.id))?.state).toBe('recorded');
    rig.clock.advance(5_000);
    await rig.settle();
    expect((await rig.store.request(issue.id))?.state).toBe('waiting');
  });

  it.each([
    ['deactivated', { deleted: true }, /deactivated/],
    ['made a guest', { isRestricted: true }, /guest/],
    ['moved to another company', { teamId: 'T0OTHER' }, /another workspace/],
  ])('is refused for a person who was %s after asking', async (_what, change, because) => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    rig.sandbox.store.updateUser('U0ALICE', change);
    rig.clock.advance(61_000);
    const show = await rig.recordShow(issue);
    await rig.settle();
    expect(await rig.store.request(show.id)).toMatchObject({ state: 'refused' });
    expect((await rig.store.request(show.id))?.outcome?.['message']).toMatch(because);
    expect(await usable(rig, issue)).toEqual([]);
  });

  it('is not sent to an address that is not Slack’s', async () => {
    await using rig = await startWorkerRig();
    const answered = await rig.jobDeps.answerThrough('http://127.0.0.1:9/actions/T/1', { text: 'x', blocks: [] });
    expect(answered).toEqual({ result: 'not_shown', code: 'foreign_response_url' });
  });

  it('leaves a chain that verifies and one message for each event', async () => {
    await using rig = await startWorkerRig();
    const issue = await waitingIssue(rig);
    await rig.recordShow(issue);
    await rig.settle();
    const report = await verifyChain(rig.store, ACCOUNT);
    expect(report).toMatchObject({ fault: undefined, waiting: 0 });
    const ada = rig.sandbox.person('U0ADA');
    const told = ada.messages(AUDIT_CHANNEL).map((message) => text(message).match(/`([a-z]+\.[a-z]+)`/)?.[1]);
    expect(told.sort()).toEqual([
      'authority.created',
      'certificate.issued',
      'certificate.requested',
      'certificate.shown',
    ]);
    // The signer of OCSP answers is in the chain, and no news to anybody.
    expect(report.intact).toBe(told.length + 1);
  });
});
