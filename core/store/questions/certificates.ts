import type { Authority, Certificate } from '../rows.ts';

/** Authorities and what they have issued. */
export type CertificateQuestions = {
  /** All generations, newest first. */
  authorities(accountId: string): Promise<Authority[]>;
  authority(id: string): Promise<Authority | undefined>;
  authorityByKey(spkiSha256: string): Promise<Authority | undefined>;
  certificate(id: string): Promise<Certificate | undefined>;
  /** The newest certificate in force that was made to replace this one. */
  successorOf(certificateId: string): Promise<Certificate | undefined>;
  /** Of an `issue` request, newest first. */
  certificatesOfRequest(requestId: string): Promise<Certificate[]>;
  /** Whatever was ever made for this public key, in any account; newest first, at most 20. */
  certificatesByKey(spkiSha256: string): Promise<Certificate[]>;
};
