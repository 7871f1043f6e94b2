import type { BotDeps } from '../../deps.ts';
import type { Person } from '../../middleware/person.ts';
import { type CustomCa, type CustomCas, loadCustomCas, requireCustomCa } from '../custom-ca/load.ts';

/**
 * A custom CA for somebody who may change what takes its certificates out of use. The worker asks again.
 * @throws CountersignError `not_authorized`, `not_found`.
 */
export async function loadRevoking(
  deps: BotDeps,
  person: Person,
  id: string,
): Promise<{ ca: CustomCa; cas: CustomCas }> {
  const cas = await loadCustomCas(deps, person, 'ca_revoke');
  return { ca: requireCustomCa(cas, id), cas };
}
