import type { Account, RoleGrant, Site } from '../rows.ts';

/** Accounts, their roles and their sites. */
export type AccountQuestions = {
  account(id: string): Promise<Account | undefined>;
  countAccounts(): Promise<number>;
  roles(accountId: string): Promise<RoleGrant[]>;
  site(accountId: string, id: string): Promise<Site | undefined>;
  /** Active and pending, by name. */
  sites(accountId: string): Promise<Site[]>;
  /** By the number that the OpenAPI calls it by; also one that was removed. */
  siteByNumber(accountId: string, number: number): Promise<Site | undefined>;
  /** Whichever account it belongs to; removed ones do not count. */
  siteByName(name: string): Promise<Site | undefined>;
};
