import { CountersignError } from '../../../core/errors.ts';
import type { CertificateFilter } from '../../../core/inventory/filter.ts';
import { readWords } from '../../../core/inventory/read-words.ts';
import { searchCertificates } from '../../../core/inventory/search.ts';
import { code, truncate } from '../../../core/slack/text.ts';
import type { ListedCertificate } from '../../../core/store/questions/inventory.ts';
import type { BotDeps } from '../../deps.ts';
import { reading } from '../../limit.ts';
import type { CommandTurn } from '../../turn.ts';
import { firstPage } from '../list/form.ts';
import { drawList, type ListCaller, loadListCaller, permitted } from '../list/load.ts';
import { openView } from '../open-view.ts';
import { drawCertificate } from './load.ts';

/** Names that contain one another are looked at together: of so many, one that is called exactly so is meant. */
const LOOKED_AT = 50;

/** `/mtls show <serial|fingerprint|name>`: everything about one certificate. */
export async function openCertificate(deps: BotDeps, turn: CommandTurn, typed: string): Promise<void> {
  if (typed.trim() === '') {
    throw new CountersignError('invalid_input', {
      userMessage: 'Say which certificate: `/mtls show` and its serial, fingerprint or name. `/mtls list` shows yours.',
    });
  }
  await openMeant(deps, turn, typed, async (id) => openView(turn, await drawCertificate(deps, turn.person, { id })));
}

/** Opens the certificate that is meant, or the list where it may be one of several. */
export async function openMeant(
  deps: BotDeps,
  turn: CommandTurn,
  typed: string,
  open: (certificateId: string) => Promise<void>,
): Promise<void> {
  const listCaller = await loadListCaller(deps, turn.person);
  const { caller } = listCaller;
  const filter = permitted(meant(typed, listCaller), listCaller);
  const search = { accountId: caller.accountId, filter, limit: LOOKED_AT, now: deps.clock.now() };
  const { rows, next } = await reading(searchCertificates(deps.store, search));
  const one = next === null ? theOne(rows, filter.name) : undefined;
  if (one) return open(one.id);
  if (rows.length === 0 && next === null) throw notFound(typed);
  await openView(turn, await drawList(deps, listCaller, firstPage(filter, 0)));
}

/** A serial or a fingerprint where it is one, else a part of a name, whatever words it is made of. */
function meant(typed: string, { caller, sites }: ListCaller): CertificateFilter {
  const { filter } = readWords(typed.slice(0, 500), { userId: caller.userId, sites });
  if (filter.fingerprint !== undefined) return { fingerprint: filter.fingerprint };
  if (filter.serial !== undefined) return { serial: filter.serial };
  return { name: [...typed.trim()].slice(0, 64).join('').slice(0, 64) };
}

function theOne(rows: readonly ListedCertificate[], name: string | undefined): ListedCertificate | undefined {
  if (rows.length === 1) return rows[0];
  const exact = rows.filter((row) => row.name.toLowerCase() === name?.toLowerCase());
  return exact.length === 1 ? exact[0] : undefined;
}

/** The same whether it is unknown, another account's, or somebody else's to a person who sees only their own. */
function notFound(typed: string): CountersignError {
  return new CountersignError('not_found', {
    userMessage: `There is no certificate ${code(truncate(typed.trim(), 100))} here. \`/mtls list all\` shows those that you can see.`,
  });
}
