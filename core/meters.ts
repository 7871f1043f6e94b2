/** What the workers count, and the api shows to Prometheus. Labels take few values: a series is kept for each. */
export const METERS = {
  jobs: {
    name: 'countersign_jobs_total',
    help: 'Runs of requests by the workers, by kind and what came of the run.',
    labels: ['kind', 'result'],
  },
  issued: {
    name: 'countersign_certificates_issued_total',
    help: 'Certificates that were signed, by where their key was made.',
    labels: ['key'],
  },
  deliveries: {
    name: 'countersign_deliveries_total',
    help: 'Attempts to bring a message in Slack up to date, by its place and what came of it.',
    labels: ['place', 'result'],
  },
} as const;

export type Meter = keyof typeof METERS;
export type Labels<M extends Meter> = Readonly<Record<(typeof METERS)[M]['labels'][number], string>>;

/** The id of a counter's row. Values are words of ours, never data. */
export function meterId<M extends Meter>(meter: M, labels: Labels<M>): string {
  const given = labels as Readonly<Record<string, string>>;
  const pairs = METERS[meter].labels.map((label) => `${label}="${given[label]}"`);
  return `${METERS[meter].name}{${pairs.join(',')}}`;
}

/** The meter and labels of a row; undefined for one of another release. */
export function readMeterId(id: string): { meter: Meter; labels: Record<string, string> } | undefined {
  const [, name, pairs = ''] = /^(\w+)\{(.*)\}$/.exec(id) ?? [];
  const meter = (Object.keys(METERS) as Meter[]).find((one) => METERS[one].name === name);
  if (!meter) return undefined;
  const labels = Object.fromEntries([...pairs.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]));
  return { meter, labels: labels as Record<string, string> };
}
