import { OFFERED_REASONS, type RevocationReason } from '../../../core/ca/reasons.ts';
import type { CountersignError } from '../../../core/errors.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import type { SubmittedView } from '../../turn.ts';
import { collectErrors, refuseField } from '../field-errors.ts';

/** The names that tie the fields of "Revoke" to what reads them; the same for one certificate and for many. */
export const REVOKE_BLOCKS = {
  reason: 'reason',
  since: 'since',
  because: 'because',
  confirmed: 'confirmed',
  /** Two names, so that choosing "leaked" ticks the box anew: Slack keeps what a field of the same name held. */
  suspend: 'suspend',
  suspendLeaked: 'suspend_leaked',
  breakGlass: 'break_glass',
} as const;
export const REVOKE_ACTIONS = {
  reason: 'revoke_reason',
  since: 'revoke_since',
  because: 'revoke_because',
  confirmed: 'revoke_confirmed',
  suspend: 'revoke_suspend',
  suspendLeaked: 'revoke_suspend_leaked',
  breakGlass: 'revoke_break_glass',
} as const;

/** The value of a box that is ticked. */
export const TICKED = 'yes';

/** The choice that can be undone: it needs no confirmation and nobody else. */
export const SUSPEND = 'certificateHold';

/** What is filled in, as it is: nothing here has been checked. */
export type RevokeForm = {
  reason: RevocationReason | typeof SUSPEND | undefined;
  /** `YYYY-MM-DD` */
  since: string | undefined;
  because: string;
  confirmed: boolean;
  suspendNow: boolean;
  breakGlass: boolean;
};

export function readRevokeForm(view: SubmittedView): RevokeForm {
  const field = (name: keyof typeof REVOKE_BLOCKS) => view.values[REVOKE_BLOCKS[name]]?.[REVOKE_ACTIONS[name]];
  const ticked = (name: keyof typeof REVOKE_BLOCKS) =>
    (field(name)?.selected_options ?? []).some(({ value }) => value === TICKED);
  const reason = field('reason')?.selected_option?.value;
  return {
    reason: isReason(reason) ? reason : undefined,
    since: field('since')?.selected_date ?? undefined,
    because: (field('because')?.value ?? '').trim(),
    confirmed: ticked('confirmed'),
    suspendNow: ticked('suspend') || ticked('suspendLeaked'),
    breakGlass: ticked('breakGlass'),
  };
}

export type CheckedRevocation = Pick<
  Payload<'revoke'>,
  'reason' | 'invalidityAt' | 'because' | 'suspendNow' | 'confirmed' | 'breakGlass'
>;

/** The form as it is recorded, or what is wrong beside each field. */
export async function checkRevokeForm(
  form: RevokeForm,
  now: Date,
): Promise<CheckedRevocation | { errors: ReadonlyMap<string, CountersignError> }> {
  const { errors, check } = collectErrors();
  const reason = await check(REVOKE_BLOCKS.reason, () =>
    form.reason === undefined || form.reason === SUSPEND ? refuseField('Choose a reason.') : form.reason,
  );
  const leaked = reason === 'keyCompromise';
  const invalidityAt = await check(REVOKE_BLOCKS.since, () => (leaked ? checkSince(form.since, now) : undefined));
  await check(REVOKE_BLOCKS.confirmed, () =>
    form.confirmed ? undefined : refuseField('Tick the box when the certificate is no longer in use.'),
  );
  await check(REVOKE_BLOCKS.breakGlass, () => {
    if (form.breakGlass && !leaked)
      refuseField('Revoking alone is for a leaked key. Choose that reason, or untick this.');
  });
  await check(REVOKE_BLOCKS.because, () => {
    if (form.breakGlass && form.because === '') refuseField('Say why this cannot wait for a second person.');
  });
  if (errors.size > 0 || reason === undefined) return { errors };
  return {
    reason,
    ...(invalidityAt === undefined ? {} : { invalidityAt }),
    because: form.because.slice(0, 500),
    suspendNow: form.suspendNow,
    confirmed: true,
    breakGlass: form.breakGlass,
  };
}

/** The begin of the chosen day, which is today at the latest in the zone that is furthest ahead. */
function checkSince(since: string | undefined, now: Date): string | undefined {
  if (since === undefined) return undefined;
  const at = new Date(`${since}T00:00:00.000Z`);
  if (!/^\d{4}-\d\d-\d\d$/.test(since) || Number.isNaN(at.getTime())) refuseField('Choose a day.');
  if (at.getTime() > now.getTime() + 14 * 3_600_000) refuseField('This day has not come yet.');
  return (at > now ? now : at).toISOString();
}

function isReason(value: unknown): value is RevocationReason | typeof SUSPEND {
  return value === SUSPEND || (typeof value === 'string' && Object.hasOwn(OFFERED_REASONS, value));
}
