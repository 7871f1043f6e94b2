import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect } from 'vitest';
import { Esa, type EsaClient, type SdkError } from './sdk.ts';

/** What a program that uses the OpenAPI keeps in mind of what it was answered, to see whether all of it is true. */

type Created = { id?: string; certificate?: string; privateKey?: string; serialNumber?: string };
export type Known = { id: string; x509: X509Certificate };

/** A certificate is what was asked for: signed by the account's authority, for the right key, told as it is. */
export function checkCreated(body: Created | undefined, authority: X509Certificate, publicKey?: Buffer): Known {
  const x509 = new X509Certificate(body?.certificate ?? '');
  expect(x509.verify(authority.publicKey) && x509.checkIssued(authority)).toBe(true);
  expect(x509.serialNumber.toLowerCase()).toBe(body?.serialNumber);
  if (publicKey) {
    expect(x509.publicKey.export({ type: 'spki', format: 'der' })).toEqual(publicKey);
    expect(body?.privateKey).toBeUndefined();
  } else {
    expect(x509.checkPrivateKey(createPrivateKey(body?.privateKey ?? ''))).toBe(true);
  }
  return { id: body?.id ?? '', x509 };
}

/**
 * Calls until it is carried out or refused: what was "not carried out", by the answer's own words, is asked for again, as
 * programs do on a server that has too much to do.
 */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let times = 0; ; times++) {
    try {
      return await call();
    } catch (error) {
      const { code, message } = error as SdkError;
      const nothingDone = code === 'ServiceUnavailable' && /nothing was (changed|done)/.test(message);
      if (!nothingDone || times === 5) throw error;
    }
  }
}

/** One set of a list, as a client sees it: when it was sent, when answered. */
export type SetOfList = { list: string; hostnames: string[]; sentMs: number; answeredMs: number };

/**
 * What a list holds in the end was set last: no set that was sent after this one was answered can have come before it.
 * @returns whether one of the sets explains it.
 */
export function isLastWritten(found: readonly string[], sets: readonly SetOfList[]): boolean {
  return sets.some(
    (set) =>
      set.hostnames.join() === found.join() && !sets.some((later) => later !== set && later.sentMs > set.answeredMs),
  );
}

const PHASE = 'http_custom';

/** Every rule of the site in order, by the SDK. */
export async function rulesOf(client: EsaClient, siteId: number) {
  const { body } = await client.listWafRules(
    new Esa.ListWafRulesRequest({ siteId, phase: PHASE, pageNumber: 1, pageSize: 100 }),
  );
  expect(body?.totalCount ?? 0).toBe(body?.rules?.length ?? 0);
  return body?.rules ?? [];
}

export function aRuleFor(siteId: number, host: string, status = 'on') {
  const config = new Esa.WafRuleConfig({
    name: `guard ${host}`,
    expression: `(http.host in {"${host}"} and not tls_client_auth.cert_verified)`,
    action: 'monitor',
    status,
  });
  return new Esa.CreateWafRuleRequest({ siteId, phase: PHASE, config });
}
