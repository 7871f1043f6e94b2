import type { Account, Authority, Certificate, Reminder } from '../rows.ts';

/** A certificate that will end, without its octets: very many of them are walked. */
export type EndingCertificate = Pick<Certificate, 'id' | 'ownerId' | 'name' | 'siteName' | 'notBefore' | 'notAfter'> & {
  /** An active certificate was made to replace it. */
  renewed: boolean;
};

/** What ends, who was told of it, and what comes after it. */
export type RenewalQuestions = {
  /** Accounts in the order of their ids, after this one. */
  accountsAfter(id: string, limit: number): Promise<Account[]>;
  /** Active certificates that end from `from` up to `upTo`, soonest first; after the given one. */
  endingCertificates(
    accountId: string,
    page: { from: Date; upTo: Date; after: Pick<Certificate, 'id' | 'notAfter'> | undefined; limit: number },
  ): Promise<EndingCertificate[]>;
  /** Every mark of these subjects (at most 1,000) that was told or is not needed. */
  remindersOf(subjectIds: readonly string[]): Promise<Reminder[]>;
  /** What a message reminds of. */
  remindersIn(messageId: string): Promise<Reminder[]>;
  /** The certificates a message reminds of, soonest end first. */
  remindedCertificates(messageId: string, limit: number): Promise<Certificate[]>;
  /** What was made to replace this certificate and is in use: at most one (a unique rule). */
  successorOf(certificateId: string): Promise<Certificate | undefined>;
  /** Generations of an account that are not retired, newest first. */
  presentAuthorities(accountId: string): Promise<Authority[]>;
  /** Accounts with more than one generation that is not retired. */
  accountsInRotation(): Promise<string[]>;
  /** The latest end of the certificates of an authority that were ever handed out; undefined when there are none. */
  lastEndOf(authorityId: string): Promise<Date | undefined>;
};
