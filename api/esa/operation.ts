import type { z } from 'zod';
import type { KeyGroup } from '../../core/access/key.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import type { AccessKey, Request, RequestKind, Site } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';

/** One call of an operation, after its signature, key, site and parameters were found right. */
export type Call<Parameters> = {
  deps: ApiDeps;
  key: AccessKey;
  /** By wire name. */
  parameters: Parameters;
  now: Date;
  /**
   * Has the worker do something, and waits for it.
   * @returns the request, which is `done`.
   * @throws EsaError when it was refused, waits for a person, or did not end in time.
   */
  ask<K extends RequestKind>(kind: K, payload: Payload<K>): Promise<Request>;
};

/** An answer's fields by wire name; `RequestId` is added to all of them. */
export type Answer = Readonly<Record<string, unknown>>;

type Facts<Shape extends z.ZodRawShape> = {
  /** `x-acs-action`. */
  name: string;
  methods: readonly ('GET' | 'POST')[];
  group: KeyGroup;
  access: AccessKey['access'];
  /** One sentence, for the description of the API. */
  summary: string;
  /** Besides `SiteId`. Values arrive as text; JSON-shrunk ones as what they hold. */
  parameters: z.ZodObject<Shape>;
  /** What is answered, for the description of the API. */
  answer: z.ZodObject;
};

/** An operation about one site, which `SiteId` names and the key covers. */
export type SiteOperation<Shape extends z.ZodRawShape> = Facts<Shape> & {
  about: 'site';
  run(call: Call<z.infer<z.ZodObject<Shape>>> & { site: Site }): Promise<Answer>;
};

/** An operation about the account. */
export type AccountOperation<Shape extends z.ZodRawShape> = Facts<Shape> & {
  about: 'account';
  run(call: Call<z.infer<z.ZodObject<Shape>>>): Promise<Answer>;
};

/** Any operation, with the types of its parameters checked where it is defined. */
export type Operation = SiteOperation<z.ZodRawShape> | AccountOperation<z.ZodRawShape>;

/** Defines an operation; each is one constant in `operations/`, listed in `operations/index.ts`. */
export function defineOperation<Shape extends z.ZodRawShape>(
  operation: SiteOperation<Shape> | AccountOperation<Shape>,
): Operation {
  return operation as unknown as Operation;
}
