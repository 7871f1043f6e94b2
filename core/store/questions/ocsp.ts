import type { Authority, Certificate, OcspResponder } from '../rows.ts';

/** What answering for certificates needs. */
export type OcspQuestions = {
  /** Where a certificate stands, by one look into an index; undefined when the authority never reserved the serial. */
  certificateStatus(
    authorityId: string,
    serial: string,
  ): Promise<Pick<Certificate, 'state' | 'heldAt' | 'revokedAt' | 'revocationReason' | 'version'> | undefined>;
  /** The responder of the authority that is valid at this time, and longest. */
  ocspResponder(authorityId: string, at: Date): Promise<OcspResponder | undefined>;
  /**
   * Authorities in use that have issued and have no responder that is valid now and until `until` (or as long as the
   * authority itself).
   */
  authoritiesWithoutResponder(now: Date, until: Date, limit: number): Promise<Authority[]>;
};
