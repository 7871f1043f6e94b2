import type { BotDeps } from '../deps.ts';
import type { CommandTurn } from '../turn.ts';
import { openBind } from '../views/bind/open.ts';
import { openDelete } from '../views/custom-ca/delete.ts';
import { buildCustomCaList, buildWhich, type ListedFor } from '../views/custom-ca/list.ts';
import { loadCustomCas, meantCustomCas } from '../views/custom-ca/load.ts';
import { buildCustomCaView } from '../views/custom-ca/show.ts';
import { openView } from '../views/open-view.ts';

/** `/mtls ca list`: for every role. */
export async function runCaList(deps: BotDeps, turn: CommandTurn): Promise<void> {
  await turn.tell(buildCustomCaList(await loadCustomCas(deps, turn.person)));
}

const PURPOSES = { ca_show: 'show', ca_bind: 'bind', ca_delete: 'delete' } as const satisfies Record<string, ListedFor>;
const NEEDS = { ca_show: 'ca_show', ca_bind: 'bind', ca_delete: 'ca_delete' } as const;

/** `/mtls ca show|bind|delete [name]`: opens the one that is meant, or asks which. */
export async function runWithCustomCa(
  deps: BotDeps,
  turn: CommandTurn,
  { kind, which }: { kind: keyof typeof PURPOSES; which: string },
): Promise<void> {
  const cas = await loadCustomCas(deps, turn.person, NEEDS[kind]);
  const purpose = PURPOSES[kind];
  const meant = meantCustomCas(cas, which);
  const [one, ...more] = meant;
  if (!one) return turn.tell(buildCustomCaList(cas));
  if (more.length > 0) return turn.tell(buildWhich(cas, meant, purpose));
  const { id, siteId } = one.authority;
  if (purpose === 'delete') return openDelete(deps, turn, id);
  if (purpose === 'bind') return openBind(deps, turn, { siteId, authorityId: id });
  await openView(turn, buildCustomCaView(cas, one));
}
