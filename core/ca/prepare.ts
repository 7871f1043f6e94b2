/**
 * From an intent to something that may be signed: build, lint, and only then hand out the token that `signLinted`
 * takes. What was not linted cannot be signed, because there is no other way to a token.
 */
import { hash } from 'node:crypto';
import { CountersignError } from '../errors.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { computeKeyIdentifier } from './key-identifier.ts';
import { lintAuthority } from './lint/authority.ts';
import { lintLeaf } from './lint/leaf.ts';
import { lintResponder } from './lint/responder.ts';
import type { Finding } from './lint/rule.ts';
import type { AuthorityFacts, AuthorityIntent, LeafIntent, ResponderIntent } from './profile.ts';
import { buildAuthorityTbs, buildLeafTbs, buildResponderTbs } from './tbs.ts';

declare const linted: unique symbol;

/** Linted octets that wait for their one signature. `tbs` is a copy to record; what is signed cannot be reached. */
export type Linted = { readonly tbs: Uint8Array; readonly [linted]: true };

export type ToSign = { tbs: Uint8Array; algorithm: SignatureAlgorithm; issuerSpki: Uint8Array };

const waiting = new WeakMap<Linted, ToSign>();

/**
 * A leaf below `issuer`, which is read from the authority's certificate and is what the lint compares with.
 * @throws CountersignError `lint_failed`, with the broken rules in `details`.
 */
export function prepareLeaf(intent: LeafIntent, issuer: AuthorityFacts): Linted {
  const tbs = buildOrThrow(() => buildLeafTbs(intent, computeKeyIdentifier(intent.spki)));
  return admit(lintLeaf(tbs, issuer, sha256), {
    tbs,
    algorithm: issuer.signatureAlgorithm,
    issuerSpki: issuer.spki,
  });
}

/** The same for a managed authority's own certificate. */
export function prepareAuthority(intent: AuthorityIntent): Linted {
  const tbs = buildOrThrow(() => buildAuthorityTbs(intent, computeKeyIdentifier(intent.spki)));
  return admit(lintAuthority(tbs, sha256), { tbs, algorithm: intent.signatureAlgorithm, issuerSpki: intent.spki });
}

/** The same for a delegated OCSP responder below `issuer`. */
export function prepareResponder(intent: ResponderIntent, issuer: AuthorityFacts): Linted {
  const tbs = buildOrThrow(() => buildResponderTbs(intent, computeKeyIdentifier(intent.spki)));
  return admit(lintResponder(tbs, issuer, sha256), {
    tbs,
    algorithm: issuer.signatureAlgorithm,
    issuerSpki: issuer.spki,
  });
}

/** What is behind a token, once: a second signature over the same octets would be a second certificate. */
export function redeem(token: Linted): ToSign {
  const toSign = waiting.get(token);
  if (!toSign) throw new CountersignError('lint_failed', { details: { rules: 'token_unknown_or_used' } });
  waiting.delete(token);
  return toSign;
}

function admit(findings: Finding[], toSign: ToSign): Linted {
  if (findings.length > 0) throw lintError(findings);
  const token = Object.freeze({ tbs: toSign.tbs.slice() }) as Linted;
  waiting.set(token, toSign);
  return token;
}

/** A value that no certificate can hold (a serial with letters, a name beyond ASCII) is a finding like any other. */
function buildOrThrow(build: () => Uint8Array): Uint8Array {
  try {
    return build();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw lintError([{ rule: 'encodable', source: 'X.690', message: error.message }], error);
  }
}

function lintError(findings: Finding[], cause?: unknown): CountersignError {
  return new CountersignError('lint_failed', {
    details: {
      rules: findings.map(({ rule }) => rule).join(' '),
      findings: findings.map(({ rule, source, message }) => `${rule}: ${message} (${source})`).join('; '),
    },
    cause,
  });
}

function sha256(octets: Uint8Array): Uint8Array {
  return hash('sha256', octets, 'buffer');
}
