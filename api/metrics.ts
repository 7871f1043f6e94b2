import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../core/clock.ts';
import { METERS, readMeterId } from '../core/meters.ts';
import type { Expiry } from '../core/store/questions/metrics.ts';
import type { Store } from '../core/store/store.ts';
import { makeEdgeMetrics } from './edge-metrics.ts';

/** Series of one kind at most: with more than that, what ends first, or was not heard of for longest, is what matters. */
const MOST_SERIES = 500;

/** What Prometheus is told: what this process has answered, and what the database says of all of them. */
export type Metrics = {
  answered(call: { operation: string; status: number; seconds: number }): void;
  /** @throws CountersignError `busy` */
  text(): Promise<{ type: string; body: string }>;
};

export function makeMetrics({ store, clock }: { store: Store; clock: Clock }): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const setEdges = makeEdgeMetrics(registry);
  const requests = new Histogram({
    name: 'countersign_http_request_duration_seconds',
    help: 'Answers over HTTP, by operation of the OpenAPI or address, and by status.',
    labelNames: ['operation', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers,
  });
  const gauge = <Label extends string>(
    name: string,
    help: string,
    labelNames: Label[],
    read: (set: (labels: Record<Label, string>, value: number) => void) => Promise<void>,
  ) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      async collect() {
        this.reset();
        await read((labels, value) => this.set(labels, value));
      },
    });

  gauge('countersign_requests_open', 'Requests that have not ended.', ['kind', 'state'], async (set) => {
    for (const { kind, state, count } of await store.countOpenRequests()) set({ kind, state }, count);
  });
  gauge('countersign_messages_unsent', 'Messages that Slack does not show yet as they should be.', [], async (set) =>
    set({}, await store.countUnsentMessages()),
  );
  const expiries = (name: string, help: string, read: () => Promise<Expiry[]>) =>
    gauge(name, help, ['id', 'account'], async (set) => {
      for (const { id, accountId, at } of await read()) set({ id, account: accountId }, at.getTime() / 1_000);
    });
  for (const kind of ['managed', 'uploaded'] as const) {
    expiries(`countersign_${kind}_authority_expiry_timestamp_seconds`, `When authorities end (${kind}).`, () =>
      store.authorityExpiries(kind, MOST_SERIES),
    );
  }
  expiries('countersign_crl_expiry_timestamp_seconds', 'When CRLs stop counting (nextUpdate).', () =>
    store.crlExpiries(clock.now(), MOST_SERIES),
  );
  const counters = Object.entries(METERS).map(([meter, { name, help, labels }]) => {
    const counter = new Counter({ name, help, labelNames: [...labels], registers });
    return [meter, counter] as const;
  });
  const countAll = async () => {
    for (const [, counter] of counters) counter.reset();
    for (const { id, value } of await store.meters()) {
      const read = readMeterId(id);
      const counter = counters.find(([meter]) => meter === read?.meter)?.[1];
      if (read && counter) counter.inc(read.labels, value);
    }
  };

  return {
    answered: ({ operation, status, seconds }) => requests.observe({ operation, status: String(status) }, seconds),
    async text() {
      await countAll();
      setEdges(await store.edgePlaces(MOST_SERIES), clock.now());
      return { type: registry.contentType, body: await registry.metrics() };
    },
  };
}
