import { parseSerial } from '../../core/ca/serial.ts';
import { CountersignError } from '../../core/errors.ts';
import { searchCertificates } from '../../core/inventory/search.ts';
import { code, truncate } from '../../core/slack/text.ts';
import type { BotDeps } from '../deps.ts';
import { reading } from '../limit.ts';
import type { CommandTurn } from '../turn.ts';
import { openList } from '../views/open-list.ts';
import { openRevoke } from '../views/open-revoke.ts';

/** `/mtls revoke [serial]`: the form for that certificate; without one, the list to choose from. */
export async function runRevoke(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  if (typed === '') return openList(deps, turn, '');
  const serial = parseSerial(typed);
  if (serial === undefined) return openList(deps, turn, typed);
  const { accountId } = turn.person;
  const search = { accountId, filter: { serial }, limit: 1, now: deps.clock.now() };
  const [certificate] = (await reading(searchCertificates(deps.store, search))).rows;
  if (!certificate) {
    throw new CountersignError('not_found', {
      userMessage: `There is no certificate with the serial ${code(truncate(typed, 80))} here. \`/mtls list\` shows yours.`,
    });
  }
  return openRevoke(deps, turn, certificate.id);
}
