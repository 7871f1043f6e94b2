import { MANAGED } from '../bindings/verbs.ts';
import type { PolicyRows } from '../store/questions/snapshots.ts';
import type { Rule } from '../store/rows.ts';
import { denyCodeOf } from '../waf/rule.ts';
import { timerOf } from '../waf/timer.ts';
import type { Policy, PolicyAuthority, PolicyHost, PolicyRule } from './policy.ts';

/**
 * What edges enforce, from the rows: bindings and rules of active sites, every generation of the managed authority that
 * is not retired, and uploaded authorities with a hostname. The same rows give the same policy, whatever their order.
 */
export function buildPolicy(rows: Omit<PolicyRows, 'uploadedCrls'>): Policy {
  const active = new Map(rows.sites.filter(({ state }) => state === 'active').map(({ id, name }) => [id, name]));
  const hosts = buildHosts(rows, new Set(active.keys()));
  const bound = new Set(hosts.flatMap((host) => host.authorities));
  const managed = rows.authorities.map(
    ({ id, generation, certificate }): PolicyAuthority => ({
      id,
      name: `generation ${generation}`,
      certificate: base64(certificate),
    }),
  );
  const uploaded = rows.uploaded
    .filter(({ id }) => bound.has(id))
    .map(({ id, name, certificate }): PolicyAuthority => ({ id, name, certificate: base64(certificate) }));
  const fingerprints = rows.blocks.filter(({ kind }) => kind === 'fingerprint').map(({ value }) => value);
  return {
    authorities: [...managed, ...uploaded],
    hosts,
    rules: buildRules(rows, active),
    blockedFingerprints: sorted([...new Set(fingerprints)]),
  };
}

function buildHosts(
  { bindings, authorities, uploaded }: PolicyRows | Omit<PolicyRows, 'uploadedCrls'>,
  active: ReadonlySet<string>,
): PolicyHost[] {
  const managed = authorities.map(({ id }) => id);
  const known = new Set(uploaded.map(({ id }) => id));
  const accepted = new Map<string, Set<string>>();
  const inOrder = [...bindings].sort(
    (a, b) => Number(b.authorityId === MANAGED) - Number(a.authorityId === MANAGED) || byText(a.id, b.id),
  );
  for (const { siteId, authorityId, hostnames } of inOrder) {
    if (!active.has(siteId)) continue;
    const ids = authorityId === MANAGED ? managed : known.has(authorityId) ? [authorityId] : [];
    for (const hostname of ids.length > 0 ? hostnames : []) {
      accepted.set(hostname, new Set([...(accepted.get(hostname) ?? []), ...ids]));
    }
  }
  return sorted([...accepted.keys()]).map((hostname) => ({
    hostname,
    authorities: [...(accepted.get(hostname) ?? [])],
  }));
}

/** Those that are on, of rulesets that are on, in the order in which they stand there. */
function buildRules(
  { rulesets, rules }: Pick<PolicyRows, 'rulesets' | 'rules'>,
  active: ReadonlyMap<string, string>,
): PolicyRule[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  return rulesets
    .filter(({ status }) => status === 'on')
    .flatMap(({ order }) => order.flatMap((id) => byId.get(id) ?? []))
    .flatMap((rule) => {
      const site = active.get(rule.siteId);
      return site !== undefined && rule.status === 'on' ? policyRule(rule, site) : [];
    });
}

/** Challenges are for browsers; no edge can put one to a client. They are refused when a rule is switched on. */
function policyRule({ number, name, expression, action, config, acceptedGaps }: Rule, site: string): PolicyRule[] {
  if (action !== 'deny' && action !== 'monitor') return [];
  const timer = timerOf(config);
  const accepted = acceptedGaps.length > 0 ? { acceptedGaps: sorted(acceptedGaps) } : {};
  return [{ number, site, name, expression, action, status: denyCodeOf(config), ...(timer && { timer }), ...accepted }];
}

const base64 = (octets: Uint8Array) => Buffer.from(octets).toString('base64');
const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const sorted = (texts: readonly string[]) => [...texts].sort(byText);
