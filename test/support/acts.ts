import { createPrivateKey, X509Certificate } from 'node:crypto';
import type { Store } from '../../core/store/store.ts';
import type { Person } from '../../sandbox/server/person.ts';

/** What people do in nearly every story. */

type Seen = { text: string; blocks: readonly unknown[] };

/** The text of a message and all its blocks, as one string. */
export function contentOf(message: Seen): string {
  return `${message.text}\n${strings(message.blocks).join('\n')}`;
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(strings);
}

export function pemsOf(message: Seen): string[] {
  return contentOf(message).match(/-----BEGIN [A-Z ]+-----[\s\S]+?-----END [A-Z ]+-----\n?/g) ?? [];
}

/**
 * How many chained events the audit channel hears of: all but the signers of OCSP answers, which come and go by
 * themselves and are no news to anybody.
 */
export async function countTold(store: Store, accountId: string): Promise<number> {
  const chain = await store.auditChain(accountId, 0, 10_000);
  return chain.filter(({ action }) => action !== 'authority.responder').length;
}

/** Fills in and submits "Create Certificate". */
export async function askForCertificate(person: Person, fill: Record<string, unknown> = {}): Promise<void> {
  await person.command(person.dm, '/mtls issue');
  await person.until(() => person.modal);
  const submitted = await person.submit(fill);
  if (submitted.outcome === 'refused') throw new Error(JSON.stringify(submitted.errors));
}

/** The lasting direct message that says a certificate is ready to be shown. */
export function untilReady(person: Person, name: string, timeoutMs = 20_000) {
  return person.until(
    () => person.messages(person.dm).find((message) => contentOf(message).includes(name) && hasButton(message)),
    timeoutMs,
  );
}

const hasButton = (message: Seen) => JSON.stringify(message.blocks).includes('"show_once"');

export async function pressShowOnce(person: Person, name: string): Promise<void> {
  await person.click(await untilReady(person, name), 'Show once');
}

/** The newest ephemeral with the certificate and key of this name, checked to fit together. */
export async function untilShown(person: Person, name: string, timeoutMs = 20_000) {
  const message = await person.until(
    () => person.ephemerals(person.dm).findLast((seen) => pemsOf(seen).length === 2 && contentOf(seen).includes(name)),
    timeoutMs,
  );
  const [certificatePem = '', keyPem = ''] = pemsOf(message);
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(keyPem))) throw new Error('certificate and key do not fit');
  return { message, certificate, certificatePem, keyPem };
}
