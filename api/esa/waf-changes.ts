import { z } from 'zod';
import type { Payload } from '../../core/requests/contracts.ts';
import type { Request, Site } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';
import type { Call } from './operation.ts';
import { CONFIG, findRuleset } from './waf.ts';

/** As many rules as one call makes or changes. */
export const BATCH = z.array(CONFIG).min(1).max(100);

type Config = Record<string, unknown>;

/** What all rules of a batch have in common, where a rule does not say otherwise. The vendor's model has these four. */
export function withShared(configs: readonly Config[], shared: Config = {}): Config[] {
  const common = Object.fromEntries(
    ['Name', 'Expression', 'Action', 'Actions'].filter((key) => key in shared).map((key) => [key, shared[key]]),
  );
  return configs.map((config) => ({ ...common, ...config }));
}

/** Has rules made. */
export async function askForRules(
  { deps, site, ask }: Call<unknown> & { site: Site },
  rulesetNumber: number | undefined,
  configs: Config[],
): Promise<{ numbers: number[]; rulesetNumber: number }> {
  const ruleset = rulesetNumber === undefined ? undefined : await findRuleset(deps.store, site, rulesetNumber);
  const { outcome } = await ask('waf_rule_create', {
    siteId: site.id,
    ...(ruleset ? { rulesetId: ruleset.id } : {}),
    configs,
  });
  return {
    numbers: outcome?.['ruleNumbers'] as number[],
    rulesetNumber: outcome?.['rulesetNumber'] as number,
  };
}

/** Of rules that were made: none of them has been deleted since. */
export async function rulesStillThere({ store }: ApiDeps, { outcome }: Request): Promise<boolean> {
  const rules = await store.rulesByIds(outcome?.['ruleIds'] as string[]);
  return rules.every(({ deletedAt }) => deletedAt === null);
}

/** Of rules that were changed: nobody has changed them since, and what was moved is where it was moved to. */
export async function rulesStillChanged({ store }: ApiDeps, { payload, outcome }: Request): Promise<boolean> {
  const versions = outcome?.['versions'] as Record<string, number>;
  const { siteId, changes } = payload as Payload<'waf_rule_update'>;
  const rules = await store.rulesByIds(Object.keys(versions));
  const rulesets = await store.rulesets(siteId);
  return rules.every((rule) => {
    const position = changes.find(({ ruleId }) => ruleId === rule.id)?.position;
    const order = rulesets.find(({ id }) => id === rule.rulesetId)?.order ?? [];
    const placed = position === undefined || order[Math.min(position, order.length) - 1] === rule.id;
    return rule.deletedAt === null && rule.version === versions[rule.id] && placed;
  });
}
