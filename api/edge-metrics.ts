import { Gauge, type Registry } from 'prom-client';
import { isAway } from '../core/edges/heard.ts';
import type { EdgePlace } from '../core/store/questions/metrics.ts';

/**
 * What Prometheus is told of edges. One that was never heard of has no time, and is stale.
 * @returns what sets the figures anew.
 */
export function makeEdgeMetrics(registry: Registry): (places: readonly EdgePlace[], now: Date) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({
      name: `countersign_edge_${name}`,
      help,
      labelNames: ['edge', 'kind', 'account'],
      registers: [registry],
    });
  const epoch = gauge('epoch', 'The epoch that an edge enforces; 0 before the first version.');
  const version = gauge('version', 'The version within its epoch that an edge enforces; 0 before the first.');
  const behind = gauge('versions_behind', 'How many versions of the newest epoch of its account an edge lacks.');
  const unseen = gauge('last_seen_seconds', 'Seconds since an edge was heard of.');
  const stale = gauge('stale', '1 while nothing is heard of an edge: what it enforces may be old, and stays in force.');
  const problems = gauge('problems', 'How many things an edge says are wrong with it.');
  const all = [epoch, version, behind, unseen, stale, problems];
  return (places, now) => {
    for (const one of all) one.reset();
    for (const place of places) {
      const labels = { edge: place.name, kind: place.kind, account: place.accountId };
      epoch.set(labels, place.epoch ?? 0);
      version.set(labels, place.version ?? 0);
      behind.set(labels, versionsBehind(place));
      const { lastSeenAt } = place;
      if (lastSeenAt) unseen.set(labels, Math.max(0, now.getTime() - lastSeenAt.getTime()) / 1_000);
      stale.set(labels, lastSeenAt && !isAway({ lastSeenAt }, now) ? 0 : 1);
      problems.set(labels, place.problems?.length ?? 0);
    }
  };
}

function versionsBehind({ epoch, version, headEpoch, headVersion }: EdgePlace): number {
  return Math.max(0, (headVersion ?? 0) - (epoch === headEpoch ? (version ?? 0) : 0));
}
