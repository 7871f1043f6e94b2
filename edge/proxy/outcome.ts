import type { PolicyRule } from '../../core/snapshot/policy.ts';
import { testOf } from '../../core/waf/compile.ts';
import { type CertificateFacts, factsOf } from '../../core/waf/facts.ts';
import { CERT_VERIFIED, type FieldName } from '../../core/waf/fields.ts';
import { parseExpression } from '../../core/waf/parse.ts';
import { fieldsOfCondition } from '../../core/waf/shape.ts';
import type { Condition, Expression } from '../../core/waf/syntax.ts';
import { CLIENT_STATES, type ClientState, type HostPlan, type Verdicts } from './plan.ts';

/**
 * What a proxy knows without asking: that it is TLS, the hostname, and what the client certificate is worth. Rules that
 * ask for nothing else have one outcome for each of the four states, which is a table that any proxy can look up.
 */
const KNOWN: ReadonlySet<FieldName> = new Set([
  'http.host',
  'http.request.scheme',
  'ssl',
  CERT_VERIFIED,
  'tls_client_auth.cert_presented',
  'tls_client_auth.cert_revoked',
]);

const UNNAMED: CertificateFacts = {
  verified: false,
  revoked: false,
  fingerprintSha256: '',
  serial: '',
  subjectCommonName: '',
  issuerKeyId: '',
};

const CERTIFICATES: Readonly<Record<ClientState, CertificateFacts | null>> = {
  none: null,
  unverified: UNNAMED,
  revoked: { ...UNNAMED, revoked: true },
  verified: { ...UNNAMED, verified: true },
};

/**
 * How a hostname's requests are decided: by a table where all its rules can be known beforehand, else by the agent. A
 * rule that cannot be read denies everything of its site, with 503.
 * @param rules in their order.
 * @param others the hostnames that have a plan of their own, so that a wildcard does not stand for them.
 */
export function decisionFor(
  hostname: string,
  rules: readonly PolicyRule[],
  others: ReadonlySet<string>,
): HostPlan['decision'] {
  const concerned = rules.filter(({ site }) => hostname === site || hostname.endsWith(`.${site}`));
  const read = concerned.map((rule) => ({ rule, tree: treeOf(rule) }));
  const verdicts: Partial<Record<ClientState, number>> = {};
  for (const state of CLIENT_STATES) {
    const verdict = verdictOf(read, { hostname, others, state });
    if (verdict === undefined) return { kind: 'agent', statuses: [...concerned.map(statusOf), 403, 503] };
    verdicts[state] = verdict;
  }
  return { kind: 'table', verdicts: verdicts as Verdicts };
}

/** What stands for a rule in a newer form of the language than this edge knows: it must not fail open. */
const UNREADABLE: Expression = { kind: 'always', value: true, column: 1 };
const NEVER: Expression = { kind: 'always', value: false, column: 1 };

function treeOf(rule: PolicyRule): Expression {
  try {
    return parseExpression(rule.expression);
  } catch {
    return rule.action === 'deny' ? UNREADABLE : NEVER;
  }
}

const statusOf = ({ action, status }: PolicyRule) => (action === 'deny' ? status : 403);

type Known = { hostname: string; others: ReadonlySet<string>; state: ClientState };

/** Undefined: it depends on more than is known. A rule that only watches needs the agent, which counts it. */
function verdictOf(rules: readonly { rule: PolicyRule; tree: Expression }[], known: Known): number | undefined {
  for (const { rule, tree } of rules) {
    const matches = truthOf(tree, known);
    if (matches === false) continue;
    if (matches === undefined || rule.action === 'monitor') return undefined;
    return tree === UNREADABLE ? 503 : rule.status;
  }
  return 0;
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

function truthOfCondition(condition: Condition, { hostname, others, state }: Known): boolean | undefined {
  const fields = fieldsOfCondition(condition);
  if (!fields.every((field) => KNOWN.has(field))) return undefined;
  if (fields.includes('http.host') && hostname.startsWith('*.')) return truthBelow(condition, hostname, others);
  const facts = factsOf({
    host: hostname,
    method: '',
    target: '/',
    scheme: 'https',
    version: '',
    headers: new Map(),
    client: new Uint8Array(4),
    certificate: CERTIFICATES[state],
  });
  return testOf(condition)(facts);
}

/** Of a wildcard only this is known: names that it does not stand for are not requested there. */
function truthBelow(condition: Condition, wildcard: string, others: ReadonlySet<string>): boolean | undefined {
  const named =
    condition.kind === 'text_in'
      ? condition.values
      : condition.kind === 'text' && condition.operator === 'eq'
        ? [condition.value]
        : undefined;
  const plain = (condition.kind === 'text' || condition.kind === 'text_in') && condition.operand.kind === 'field';
  if (!named || !plain) return undefined;
  const ending = wildcard.slice(1);
  const stands = (name: string) =>
    name.endsWith(ending) && !name.slice(0, -ending.length).includes('.') && !others.has(name);
  return named.some(stands) ? undefined : false;
}
