import { isWithin } from '../bindings/hostnames.ts';
import { quantity } from '../slack/text.ts';
import type { HostUse } from '../store/questions/edges.ts';
import type { Site } from '../store/rows.ts';
import type { Store } from '../store/store.ts';

export type HostnameUses = {
  /** The busiest first. */
  hosts: readonly HostUse[];
  /** The beginning of what was counted. */
  since: Date;
};

const HOUR_MS = 3_600_000;
const HOURS = 24;
/** The busiest hostnames of a site that are looked at. */
const MOST_HOSTNAMES = 500;

/** What edges saw in the last 24 hours at the hostnames of a domain; undefined when no edge has ever reported. */
export async function hostnameUses(
  store: Pick<Store, 'hostUsesBelow' | 'edgeStates'>,
  accountId: string,
  domain: string,
  now: Date,
): Promise<HostnameUses | undefined> {
  // Uses are counted by the hour: the 24 hours end with the one that is running.
  const since = new Date(Math.floor(now.getTime() / HOUR_MS) * HOUR_MS - HOURS * HOUR_MS);
  const hosts = await store.hostUsesBelow(accountId, domain, since, MOST_HOSTNAMES);
  if (hosts.length > 0 || (await store.edgeStates(accountId)).length > 0) return { hosts, since };
  return undefined;
}

/**
 * The evidence for hostnames whose bindings change, as a sentence or two (mrkdwn).
 * @param hostnames those that gain or lose something; `*.example.com` stands for every name one label below.
 */
export async function hostnameEvidenceText(
  store: Pick<Store, 'hostUsesBelow' | 'edgeStates'>,
  site: Pick<Site, 'accountId' | 'name'>,
  hostnames: readonly string[],
  now: Date,
): Promise<string> {
  const uses = await hostnameUses(store, site.accountId, site.name, now);
  if (uses === undefined) return 'No edge has reported yet, so nothing is known about who calls there.';
  const seen = uses.hosts.filter(({ hostname }) => hostnames.some((name) => standsFor(name, hostname)));
  const sum = (count: (use: HostUse) => number) => seen.reduce((all, use) => all + count(use), 0);
  const [verified, unverified, blocked] = [
    sum((use) => use.verified),
    sum((use) => use.unverified),
    sum((use) => use.blocked),
  ];
  const where = hostnames.length === 1 ? 'it' : 'them';
  if (verified + unverified === 0) return `Edges saw no request at ${where} in the last 24 hours.`;
  const denied = blocked === 0 ? '' : ` Rules denied ${blocked.toLocaleString('en-US')} of them.`;
  return `Edges saw ${quantity(verified + unverified, 'request')} at ${where} in the last 24 hours: ${verified.toLocaleString('en-US')} with a verified certificate, ${unverified.toLocaleString('en-US')} without.${denied}`;
}

function standsFor(name: string, hostname: string): boolean {
  if (!name.startsWith('*.')) return name === hostname;
  const parent = name.slice(2);
  return isWithin(hostname, parent) && hostname.split('.').length === parent.split('.').length + 1;
}
