import type { AccessKey } from '../rows.ts';

/** API keys. */
export type AccessKeyQuestions = {
  accessKey(id: string): Promise<AccessKey | undefined>;
  /** By the public half that a call names; whichever account it belongs to. */
  accessKeyByPublicId(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Also one that was deleted: names are not used twice. */
  accessKeyByName(accountId: string, name: string): Promise<AccessKey | undefined>;
};
