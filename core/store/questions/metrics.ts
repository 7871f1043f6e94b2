/** An end that is to be seen coming. */
export type Expiry = { id: string; accountId: string; at: Date };

/** What is known of an edge: what it enforces, and the newest version of its account. Null where there is none yet. */
export type EdgePlace = {
  name: string;
  kind: string;
  accountId: string;
  epoch: number | null;
  version: number | null;
  lastSeenAt: Date | null;
  problems: readonly string[] | null;
  headEpoch: number | null;
  headVersion: number | null;
};

/** What is told to Prometheus. */
export type MetricQuestions = {
  meters(): Promise<{ id: string; value: number }[]>;
  /** Requests that have not ended. */
  countOpenRequests(): Promise<{ kind: string; state: string; count: number }[]>;
  /** Messages that are not as they should be yet. */
  countUnsentMessages(): Promise<number>;
  /** Of authorities in use, the soonest first: `managed` are generations of accounts' own. */
  authorityExpiries(kind: 'managed' | 'uploaded', limit: number): Promise<Expiry[]>;
  /** When CRLs of authorities in use stop counting, the soonest first. */
  crlExpiries(now: Date, limit: number): Promise<Expiry[]>;
  /** Edges that have their credential, those that were seen longest ago first. */
  edgePlaces(limit: number): Promise<EdgePlace[]>;
};
