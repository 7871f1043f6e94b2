import type { UploadedAuthority } from '../rows.ts';

/** Custom CAs. */
export type UploadedAuthorityQuestions = {
  /** Also one that was deleted. */
  uploadedAuthority(id: string): Promise<UploadedAuthority | undefined>;
  /** Those of an account that were not deleted, by name. */
  uploadedAuthorities(accountId: string): Promise<UploadedAuthority[]>;
};
