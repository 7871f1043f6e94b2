import type { z } from 'zod';
import type { KeyGroup } from '../../core/access/key.ts';
import type { Payload } from '../../core/requests/contracts.ts';
import type { AccessKey, Request, RequestKind, Site } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';
import type { Refusals } from './outcome.ts';

/** One call of an operation, after its signature, key, site and parameters were found right. */
export type Call<Parameters> = {
  deps: ApiDeps;
  key: AccessKey;
  /** By wire name. */
  parameters: Parameters;
  now: Date;
  /**
   * Has the worker do something, and waits for it. Nothing that the worker looks at is to be refused before it: the
   * repetition of a call that was approved meets the world as its own success has left it.
   * @returns the request, which is `done`.
   * @throws EsaError when it was refused, waits for a person, or did not end in time.
   */
  ask<K extends RequestKind>(kind: K, payload: Payload<K>): Promise<Request>;
  /** The answer holds what nobody can be given again: once it was written to its end, that is put on record. */
  recordWritten(request: Request): void;
};

/** An answer's fields by wire name; `RequestId` is added to all of them. */
export type Answer = Readonly<Record<string, unknown>>;

type Facts<Shape extends z.ZodRawShape> = {
  /** `x-acs-action`. */
  name: string;
  methods: readonly ('GET' | 'POST')[];
  /** Null: every key may, for the sites it is for. */
  group: KeyGroup | null;
  access: AccessKey['access'];
  /** One sentence, for the description of the API. */
  summary: string;
  /** Besides `SiteId`. Values arrive as text; JSON-shrunk ones as what they hold. */
  parameters: z.ZodObject<Shape>;
  /** What is answered, for the description of the API. */
  answer: z.ZodObject;
  /** What refusals of the worker are called here, where that differs from outcome.ts. */
  refusals?: Refusals;
  /**
   * Whether what a request asked for, which was done after a person agreed, still is so; then its repetition is answered
   * as the first call would have been. Otherwise, and where this is left out, it is asked for anew.
   */
  stillSo?: (deps: ApiDeps, done: Request) => Promise<boolean>;
};

/** An operation about one site, which `SiteId` names and the key covers. */
export type SiteOperation<Shape extends z.ZodRawShape> = Facts<Shape> & {
  about: 'site';
  /** Sites that were removed are found as well, so that the repetition of a removal is answered. */
  alsoRemoved?: true;
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
