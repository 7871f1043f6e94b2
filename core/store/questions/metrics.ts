/** An end that is to be seen coming. */
export type Expiry = { id: string; accountId: string; at: Date };

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
};
