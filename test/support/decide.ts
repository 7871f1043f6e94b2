import type { Decision } from '../../core/approvals/decide.ts';
import type { Request } from '../../core/store/rows.ts';
import { decisionToken } from '../../worker/approvals/token.ts';
import type { WorkerRig } from './worker-rig.ts';

/** A person presses a button on the card of this request, as the bot records it; carried out when this resolves. */
export async function decideAs(
  rig: WorkerRig,
  userId: string,
  request: Pick<Request, 'id'>,
  decision: Exclude<Decision, 'withdraw'> = 'approve',
): Promise<Request> {
  await rig.settle();
  const approval = await rig.store.approvalOfRequest(request.id);
  if (!approval) throw new Error('nobody was asked');
  const card = await rig.store.messageOf(approval.id, 'approval');
  const recorded = await rig.record(
    'decide',
    {
      approvalId: approval.id,
      decision,
      because: decision === 'deny' ? 'Not now.' : '',
      button: {
        hash: approval.contentHash,
        token: decisionToken(rig.keys, approval),
        channel: card?.channel ?? '',
        ts: card?.ts ?? '',
      },
    },
    { actorId: userId },
  );
  await rig.settle();
  return (await rig.store.request(recorded.id)) as Request;
}
