import { testOf } from './compile.ts';
import { type CertificateFacts, factsOf } from './facts.ts';
import { CERT_VERIFIED, type FieldName } from './fields.ts';
import { fieldsOf, fieldsOfCondition } from './shape.ts';
import type { Condition, Expression } from './syntax.ts';
import type { Timer } from './timer.ts';

/**
 * What an expression answers when only a part of the request is known: that it came over TLS, for which hostname, and
 * what its client certificate is worth. A proxy's table of outcomes and the dry run of a rule are made of it.
 */

/**
 * What is known of a client certificate for the hostname of a request:
 * - `none`: there is none, or none was asked for
 * - `unverified`: it was not issued by an authority of this hostname, is not in time, or is not for clients
 * - `revoked`: it was, but is revoked or held
 * - `verified`: it is all that "verified" means
 */
export const CLIENT_STATES = ['none', 'unverified', 'revoked', 'verified'] as const;
export type ClientState = (typeof CLIENT_STATES)[number];

export type Known = {
  /** Lower case; `*.example.com` stands for every name one label below. */
  hostname: string;
  /** Names that a wildcard does not stand for, because they have a place of their own. */
  others?: ReadonlySet<string>;
  state: ClientState;
  /** Whose certificate it is, where that is known as well. */
  certificate?: Pick<CertificateFacts, 'fingerprintSha256' | 'serial' | 'subjectCommonName'>;
};

/** Fields that are known of every request. Whatever asks for nothing else has a certain answer. */
export const CERTAIN_FIELDS: ReadonlySet<FieldName> = new Set([
  'http.host',
  'http.request.scheme',
  'ssl',
  CERT_VERIFIED,
  'tls_client_auth.cert_presented',
  'tls_client_auth.cert_revoked',
]);

/** Known as well where it is known whose certificate it is. */
const IDENTITY_FIELDS: ReadonlySet<FieldName> = new Set([
  'tls_client_auth.cert_fingerprint_sha256',
  'tls_client_auth.cert_serial',
  'tls_client_auth.cert_subject_cn',
]);

/** The fields on which an expression depends beyond what is certain, in the order of the text. */
export function uncertainFieldsOf(expression: Expression): readonly FieldName[] {
  return fieldsOf(expression).filter((field) => !CERTAIN_FIELDS.has(field));
}

/** Kleene's logic: undefined is "not known", and what does not depend on it is known all the same. */
export function truthOf(expression: Expression, known: Known): boolean | undefined {
  switch (expression.kind) {
    case 'not': {
      const truth = truthOf(expression.part, known);
      return truth === undefined ? undefined : !truth;
    }
    case 'and':
    case 'or': {
      const decides = expression.kind === 'or';
      const truths = expression.parts.map((part) => truthOf(part, known));
      if (truths.includes(decides)) return decides;
      return truths.includes(undefined) ? undefined : !decides;
    }
    default:
      return truthOfCondition(expression, known);
  }
}

/** A rule, as far as it matters to who can decide by it. */
export type DecidedBy = { tree: Expression; action: 'deny' | 'monitor'; timer?: Timer | undefined };

/**
 * Whether a rule denies, by what is known alone; undefined: that takes more. So does a rule with a timer, as a table stays
 * while times change; and one that only watches, since whoever decides by it counts it.
 */
export function deniesFor({ tree, action, timer }: DecidedBy, known: Known): boolean | undefined {
  const matches = truthOf(tree, known);
  if (matches === false) return false;
  return matches === undefined || action === 'monitor' || timer ? undefined : true;
}

function truthOfCondition(condition: Condition, known: Known): boolean | undefined {
  const { hostname, state, certificate } = known;
  const fields = fieldsOfCondition(condition);
  const isKnown = (field: FieldName) =>
    CERTAIN_FIELDS.has(field) || (certificate !== undefined && IDENTITY_FIELDS.has(field));
  if (!fields.every(isKnown)) return undefined;
  if (fields.includes('http.host') && hostname.startsWith('*.')) return truthBelow(condition, known);
  const facts = factsOf({
    host: hostname,
    method: '',
    target: '/',
    scheme: 'https',
    version: '',
    headers: new Map(),
    client: new Uint8Array(4),
    certificate: state === 'none' ? null : certificateIn(state, certificate),
  });
  return testOf(condition)(facts);
}

function certificateIn(state: ClientState, certificate: Known['certificate']): CertificateFacts {
  return {
    verified: state === 'verified',
    revoked: state === 'revoked',
    fingerprintSha256: '',
    serial: '',
    subjectCommonName: '',
    issuerKeyId: '',
    ...certificate,
  };
}

/** Of a wildcard only this is known: names that it does not stand for are not requested there. */
function truthBelow(condition: Condition, { hostname, others }: Known): boolean | undefined {
  const named =
    condition.kind === 'text_in'
      ? condition.values
      : condition.kind === 'text' && condition.operator === 'eq'
        ? [condition.value]
        : undefined;
  const plain = (condition.kind === 'text' || condition.kind === 'text_in') && condition.operand.kind === 'field';
  if (!named || !plain) return undefined;
  const ending = hostname.slice(1);
  const stands = (name: string) =>
    name.endsWith(ending) && !name.slice(0, -ending.length).includes('.') && !others?.has(name);
  return named.some(stands) ? undefined : false;
}
