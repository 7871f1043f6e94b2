/**
 * From rows to something that may be signed: encode, lint, and only then hand out the token that `signLintedCrl` takes.
 * What was not linted cannot be published, because there is no other way to a token.
 */
import type { Breathe } from '../../breathe.ts';
import { CountersignError } from '../../errors.ts';
import { lintCrl } from '../lint/crl.ts';
import type { Finding } from '../lint/rule.ts';
import type { AuthorityFacts } from '../profile.ts';
import type { CrlEntry, PreviousCrl } from './crl.ts';
import { type EncodedEntries, makeEntryWriter } from './entries.ts';
import { decideCrlNumber, decideUpdates, type Updates } from './rules.ts';
import { buildCrlTbs, octetsIn } from './tbs.ts';

export type CrlOrder = {
  issuer: AuthorityFacts;
  now: Date;
  /** The CRL in force of the same scope. */
  previous: PreviousCrl | undefined;
  /** The addresses of a shard, under every base that certificates have; none for the complete CRL. */
  uris: readonly string[];
};

declare const linted: unique symbol;

/** A CRL that waits for its one signature. */
export type LintedCrl = Updates & { readonly number: number; readonly entries: number; readonly [linted]: true };

export type CrlToSign = { tbs: Uint8Array; issuer: AuthorityFacts };

const waiting = new WeakMap<LintedCrl, CrlToSign>();

/**
 * @param slices the entries, in any order, each serial once.
 * @throws CountersignError `lint_failed`, with the broken rules in `details`.
 */
export async function prepareCrl(
  order: CrlOrder,
  slices: AsyncIterable<readonly CrlEntry[]>,
  breathe: Breathe,
): Promise<LintedCrl> {
  const entries = await encode(slices, breathe);
  const number = decideCrlNumber(order.previous, order.now);
  const updates = decideUpdates(order.now, order.previous, entries.latestMs);
  const parts = orLintError(() => buildCrlTbs({ ...order, ...updates, number }, entries));
  const tbs = await join(parts, breathe);

  const lint = lintCrl(tbs, order);
  let step = lint.next();
  while (!step.done) {
    await breathe();
    step = lint.next();
  }
  if (step.value.length > 0) throw lintError(step.value);

  const token = Object.freeze({ ...updates, number, entries: entries.count }) as LintedCrl;
  waiting.set(token, { tbs, issuer: order.issuer });
  return token;
}

/** What is behind a token, once. */
export function redeemCrl(token: LintedCrl): CrlToSign {
  const toSign = waiting.get(token);
  if (!toSign) throw new CountersignError('lint_failed', { details: { rules: 'token_unknown_or_used' } });
  waiting.delete(token);
  return toSign;
}

async function encode(slices: AsyncIterable<readonly CrlEntry[]>, breathe: Breathe): Promise<EncodedEntries> {
  const writer = makeEntryWriter();
  for await (const slice of slices) {
    orLintError(() => {
      for (const entry of slice) writer.put(entry);
    });
    await breathe();
  }
  return writer.end();
}

/** All parts in one piece of memory: the lint must not depend on where they were cut. */
async function join(parts: readonly Uint8Array[], breathe: Breathe): Promise<Uint8Array> {
  const whole = Buffer.allocUnsafeSlow(octetsIn(parts));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
    await breathe();
  }
  return whole;
}

/** A value that no CRL can hold is a finding like any other. */
function orLintError<T>(build: () => T): T {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw lintError([{ rule: 'encodable', source: 'X.690', message: error.message }], error);
  }
}

function lintError(findings: readonly Finding[], cause?: unknown): CountersignError {
  return new CountersignError('lint_failed', {
    details: {
      rules: findings.map(({ rule }) => rule).join(' '),
      findings: findings.map(({ rule, source, message }) => `${rule}: ${message} (${source})`).join('; '),
    },
    cause,
  });
}
