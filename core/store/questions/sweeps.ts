/** Deletions of what has served its time. They wait for the database's lock as a commit does. */
export type Sweeps = {
  /** Forgets deliveries received before `before`. */
  sweepSlackDeliveries(before: Date): Promise<void>;
};
