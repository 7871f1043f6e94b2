import type { Block, UploadedCrl } from '../rows.ts';

/** What takes certificates of custom CAs out of use: their CRLs, and blocks. */
export type UploadedRevocationQuestions = {
  /** Undefined where no CRL was ever given. Its octets are asked for with `crlChunk`. */
  uploadedCrl(authorityId: string): Promise<UploadedCrl | undefined>;
  /**
   * Those of authorities that were not deleted and have not ended that have to be fetched, or looked at because they end,
   * by now; longest due first. Not those that somebody is working on.
   */
  uploadedCrlsDue(now: Date, limit: number): Promise<UploadedCrl[]>;
  /** Those of authorities that were deleted and still have octets or are still to be fetched. */
  uploadedCrlsToForget(limit: number): Promise<UploadedCrl[]>;
  block(id: string): Promise<Block | undefined>;
  /** Those in force, newest first. */
  blocksOf(authorityId: string, limit: number): Promise<Block[]>;
  countBlocks(authorityId: string): Promise<number>;
};
