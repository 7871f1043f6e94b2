import type { Request, UploadedAuthority } from '../rows.ts';

/** Custom CAs. */
export type UploadedAuthorityQuestions = {
  /** Also one that was deleted. */
  uploadedAuthority(id: string): Promise<UploadedAuthority | undefined>;
  /** Those of an account that were not deleted, by name. */
  uploadedAuthorities(accountId: string): Promise<UploadedAuthority[]>;
  /** Those of a site that were not deleted, newest first. */
  uploadedAuthoritiesOfSite(siteId: string, page: { offset: number; limit: number }): Promise<UploadedAuthority[]>;
  countUploadedAuthorities(siteId: string): Promise<number>;
  /** The places of the account's plan that are taken. */
  uploadedSlots(accountId: string): Promise<number[]>;
  /** Requests of the account that have not ended and would change the hostnames of this authority. */
  openBindsOf(accountId: string, authorityId: string): Promise<Request[]>;
};
