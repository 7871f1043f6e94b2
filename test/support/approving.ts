import { randomUUID } from 'node:crypto';
import type { Payload } from '../../core/requests/contracts.ts';
import { insert } from '../../core/store/plan.ts';
import type { Approval, Certificate, Request, Role, RoleGrant } from '../../core/store/rows.ts';
import { aCertificate } from './rows.ts';
import { ACCOUNT, site, type WorkerRig } from './worker-rig.ts';

/** What approvals are about, and the buttons of their cards, with a worker rig. */
export const APPROVALS = 'C0APPROVE';

export async function give(rig: WorkerRig, userId: string, role: Role, set: Partial<RoleGrant> = {}): Promise<void> {
  const grantedAt = rig.clock.now();
  const id = randomUUID();
  const row = { id, accountId: ACCOUNT, userId, role, grantedBy: 'U0ADA', grantedAt, duringSetup: true, ...set };
  await rig.store.commit([insert('roles', row)]);
}

/** A certificate as if it had been issued to alice. */
export async function anIssued(rig: WorkerRig, set: Partial<Certificate> = {}): Promise<Certificate> {
  const row = aCertificate({
    accountId: ACCOUNT,
    siteId: site.id,
    requestId: randomUUID(),
    serial: `4f${randomUUID().replaceAll('-', '').slice(2)}`,
    certificate: Buffer.from([0x30, 0]),
    notBefore: rig.clock.now(),
    notAfter: new Date(rig.clock.now().getTime() + 365 * 86_400_000),
    shownAt: rig.clock.now(),
    ...set,
  });
  await rig.store.commit([insert('certificates', row)]);
  return row;
}

export const revocation = {
  reason: 'keyCompromise',
  because: 'The laptop was stolen.',
  suspendNow: false,
  confirmed: true,
  breakGlass: false,
} as const satisfies Partial<Payload<'revoke'>>;

/** alice asks for a revocation, and the card is posted. */
export async function askToRevoke(
  rig: WorkerRig,
  certificate: Certificate,
  set: Partial<Payload<'revoke'>> = {},
  actorId = 'U0ALICE',
): Promise<Request> {
  const payload = { certificateId: certificate.id, ...revocation, ...set };
  const request = await rig.record('revoke', payload, { actorId });
  await rig.settle();
  return request;
}

export async function approvalOf(rig: WorkerRig, request: Pick<Request, 'id'>): Promise<Approval> {
  const approval = await rig.store.approvalOfRequest(request.id);
  if (!approval) throw new Error('nobody was asked');
  return approval;
}

/** The card in the approval channel, as it stands there now. */
export async function cardOf(rig: WorkerRig, approval: Approval) {
  const message = await rig.store.messageOf(approval.id, 'approval');
  const posted = rig.sandbox
    .person('U0BOB')
    .messages(APPROVALS)
    .find(({ ts }) => ts === message?.ts);
  if (!posted) throw new Error('there is no card');
  return posted;
}

/** What a button of the approval's card holds, and where the card is. */
export async function buttonOf(rig: WorkerRig, approval: Approval) {
  const message = await rig.store.messageOf(approval.id, 'approval');
  const bob = rig.sandbox.person('U0BOB');
  const posted = bob.messages(APPROVALS).find(({ ts }) => ts === message?.ts);
  const value = /"value":"([^"]+:[0-9a-f]{64}:[\w-]+)"/.exec(JSON.stringify(posted?.blocks ?? []))?.[1];
  if (value === undefined || !message?.channel || !message.ts) throw new Error('the card has no button');
  const [, hash = '', token = ''] = value.split(':');
  return { hash, token, channel: message.channel, ts: message.ts };
}

/** What the bot records at a press of a button, and what came of it. */
export async function press(
  rig: WorkerRig,
  approval: Approval,
  actorId: string,
  decision: Payload<'decide'>['decision'],
  set: { button?: Payload<'decide'>['button']; because?: string } = {},
): Promise<Request> {
  const button = set.button ?? (decision === 'withdraw' ? undefined : await buttonOf(rig, approval));
  const payload = { approvalId: approval.id, decision, because: set.because ?? '', ...(button ? { button } : {}) };
  const click = await rig.record('decide', payload, { actorId });
  await rig.settle();
  return (await rig.store.request(click.id)) as Request;
}

/** A person presses a button on the card of this request; carried out when this resolves. */
export async function decideAs(
  rig: WorkerRig,
  userId: string,
  request: Pick<Request, 'id'>,
  decision: 'approve' | 'deny' | 'acknowledge' = 'approve',
): Promise<Request> {
  await rig.settle();
  const because = decision === 'deny' ? 'Not now.' : '';
  return press(rig, await approvalOf(rig, request), userId, decision, { because });
}
