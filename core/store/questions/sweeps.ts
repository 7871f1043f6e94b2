/** Deletions of what has served its time. They wait for the database's lock as a commit does. */
export type Sweeps = {
  /** Forgets deliveries received before `before`. */
  sweepSlackDeliveries(before: Date): Promise<void>;
  /** Forgets OCSP responders that ended before `before`. */
  sweepOcspResponders(before: Date): Promise<void>;
};
