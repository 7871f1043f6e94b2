import { createRequire } from 'node:module';

/**
 * The vendor's own SDK, as programs of Node have it. CommonJS: loaded as such, so that it is the same under every loader.
 *
 *     await client.listSites(new Esa.ListSitesRequest({}));
 */
const require = createRequire(import.meta.url);
export const Esa = require('@alicloud/esa20240910') as typeof import('@alicloud/esa20240910');
/** For calls that the SDK has no method for. */
export const { $OpenApiUtil } = require('@alicloud/openapi-core') as typeof import('@alicloud/openapi-core');

export type EsaClient = InstanceType<typeof Esa.default>;

/** What the SDK throws. */
export type SdkError = Error & {
  code: string;
  statusCode: number;
  requestId: string;
  retryAfter?: number;
  data?: Record<string, unknown>;
};

/** A client as a program would set it up. */
export function connect(
  endpoint: string,
  accessKeyId: string,
  accessKeySecret: string,
  /** It gives up after 3 s by itself, which is short for a machine that is busy with other tests. */
  giveUpMs = 25_000,
): EsaClient {
  const patient = { readTimeout: giveUpMs, connectTimeout: giveUpMs };
  const config = { accessKeyId, accessKeySecret, endpoint, protocol: 'HTTP', regionId: 'cn-hangzhou', ...patient };
  return new Esa.default(new $OpenApiUtil.Config(config));
}

/** What the SDK throws for this call. */
export async function refusedBy(call: Promise<unknown>): Promise<SdkError> {
  try {
    await call;
  } catch (error) {
    return error as SdkError;
  }
  throw new Error('this call was not refused');
}
