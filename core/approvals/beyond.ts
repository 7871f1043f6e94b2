import type { Account, Site } from '../store/rows.ts';

/** Why a certificate is beyond what one person may have made, as ends of a sentence; none when it is not. */
export type Beyond = 'guarded' | 'long';

/**
 * Whether issuing goes beyond policy (DESIGN section 8): for a guarded site, or for longer than the account lets one
 * person decide.
 */
export function beyondPolicy(
  account: Pick<Account, 'longValidityDays'>,
  site: Pick<Site, 'guarded'>,
  validityDays: number,
): Beyond[] {
  return [
    ...(site.guarded ? (['guarded'] as const) : []),
    ...(validityDays > account.longValidityDays ? (['long'] as const) : []),
  ];
}
