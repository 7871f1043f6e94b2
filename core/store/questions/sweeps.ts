/** Deletions of what has served its time. They wait for the database's lock as a commit does. */
export type Sweeps = {
  /** Forgets deliveries received before `before`. */
  sweepSlackDeliveries(before: Date): Promise<void>;
  /** Forgets nonces of calls received before `before`; some thousand at a time. */
  sweepApiNonces(before: Date): Promise<void>;
  /** Forgets that answers were written before `before` which nothing was owed for any more. */
  sweepWrittenAnswers(before: Date): Promise<void>;
  /** Forgets OCSP responders that ended before `before`. */
  sweepOcspResponders(before: Date): Promise<void>;
  /** Forgets octets of CRLs that nobody has had in force since `before`: a few chunks. True when there may be more. */
  sweepCrlChunks(before: Date): Promise<boolean>;
  /** Forgets links that were made before `before`, with their openings. */
  sweepReveals(before: Date): Promise<void>;
  /** Forgets how often edges saw certificates in the hours before `before`; some thousand rows at a time. */
  sweepUsage(before: Date): Promise<void>;
  /** Forgets chunks of snapshots that no base has had since `before`: a few. True when there may be more. */
  sweepSnapshotChunks(before: Date): Promise<boolean>;
  /** Forgets versions and acknowledgements from before `before` that no edge needs to go on: some at a time. */
  sweepSnapshotDeltas(before: Date): Promise<void>;
  /** Forgets what edges saw for hostnames in the hours before `before`; some thousand rows at a time. */
  sweepHostUsage(before: Date): Promise<void>;
};
