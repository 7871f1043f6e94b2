import { CountersignError } from '../../errors.ts';

/**
 * The place of the account's plan that the next upload takes: the first free one, so that of any two uploads at the
 * same instant both want the same and a unique rule lets one have it.
 * @throws CountersignError `ca_quota` when as many are in use as the account may have.
 */
export function freePlace(inUse: readonly number[], limit: number): number {
  if (inUse.length < limit) {
    for (let place = 1; place <= limit; place += 1) if (!inUse.includes(place)) return place;
  }
  const have = inUse.length === 1 ? 'There is 1 custom CA' : `There are ${inUse.length} custom CAs`;
  throw new CountersignError('ca_quota', {
    userMessage: `${have} here, and this account may have ${limit}. Delete one that is not needed with \`/mtls ca delete\`, or have an administrator raise the number in \`/mtls settings\`.`,
    details: { limit },
  });
}
