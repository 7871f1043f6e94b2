import type { AccessKey, AccessKeyUse } from '../rows.ts';

/** API keys. */
export type AccessKeyQuestions = {
  accessKey(id: string): Promise<AccessKey | undefined>;
  /** By the public half that a call names; whichever account it belongs to. */
  accessKeyByPublicId(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Also one that was deleted: names are not used twice. */
  accessKeyByName(accountId: string, name: string): Promise<AccessKey | undefined>;
  /** The one that this `key_create` request has made. */
  accessKeyOfRequest(requestId: string): Promise<AccessKey | undefined>;
  /** Those that are not deleted, by name, from the `skip`-th on, with their last use. */
  accessKeysOf(
    accountId: string,
    page: { skip: number; limit: number },
  ): Promise<{ key: AccessKey; use: AccessKeyUse | undefined }[]>;
  /** How many are not deleted, and how many are. */
  countAccessKeys(accountId: string): Promise<{ present: number; deleted: number }>;
};
