import type { Certificate } from '../rows.ts';

/** A certificate as the OpenAPI tells of it, with when its status last changed. */
export type ApiCertificate = Omit<Certificate, 'tbs' | 'certificate'> & {
  certificate: Buffer;
  changedAt: Date | null;
};

/** The certificates of a site as the OpenAPI sees them: what was issued, without what was deleted there. */
export type ApiCertificateQuestions = {
  /** Newest first, ties by id; with how many there are in all at the same moment. */
  apiCertificates(
    siteId: string,
    page: { offset: number; limit: number },
  ): Promise<{ total: number; rows: ApiCertificate[] }>;
  apiCertificate(siteId: string, id: string): Promise<ApiCertificate | undefined>;
};
