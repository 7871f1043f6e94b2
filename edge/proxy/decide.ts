import { isIP } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Enforced, Policy } from '../../core/snapshot/policy.ts';
import { type Address, parseAddress } from '../../core/waf/address.ts';
import type { ClientState } from '../../core/waf/certain.ts';
import { factsOf } from '../../core/waf/facts.ts';
import type { ChainCertificate } from '../decide/certificate.ts';
import { preparePolicy } from '../decide/policy.ts';
import { readRemembered, rememberStandings } from '../decide/remembered.ts';
import { decideByRules } from '../decide/rules.ts';
import { certificateFactsOf, certificateHeaders } from '../decide/told.ts';
import { type Verification, verifyNow } from '../decide/verify.ts';
import type { AskedRequest, Decide } from './decider.ts';

/**
 * Decides what a proxy asks about, as the gateway decides it: what a certificate is worth is found out anew, from all
 * that the client sent. What the proxy has found wrong stays wrong.
 * @param isRevoked as of the moment of each request.
 * @param intermediates for a proxy that tells of no certificate but the leaf: those that count.
 * @throws when the policy cannot be read.
 */
export function makeDecide(
  policy: Policy,
  {
    clock,
    isRevoked,
    intermediates,
  }: { clock: Clock; isRevoked: Enforced['isRevoked']; intermediates: readonly ChainCertificate[] },
): Decide {
  const prepared = preparePolicy(policy);
  const standingOf = rememberStandings(prepared);

  const verify = ({ state, certificates, host }: AskedRequest, now: Date): Verification | undefined => {
    if (state === 'none' || certificates.length === 0) return undefined;
    const sent = readRemembered(certificates);
    const presented = { ...sent, certificates: sent.certificates && [...sent.certificates, ...intermediates] };
    const found = verifyNow(standingOf(presented, host), presented, prepared, { isRevoked }, now);
    if (state === 'revoked') return { ...found, verified: false, revoked: true };
    return { ...found, verified: found.verified && state === 'verified' };
  };

  return (request) => {
    const now = clock.now();
    const verification = verify(request, now);
    const facts = factsOf({
      host: request.host,
      method: request.method,
      target: request.target,
      scheme: 'https',
      version: versionOf(request.version),
      headers: request.headers,
      client: addressOf(request.source),
      certificate: verification ? certificateFactsOf(verification) : null,
    });
    return {
      status: decideByRules(prepared.rulesFor(request.host), facts, now).denied?.status ?? 0,
      state: stateOf(verification),
      told: certificateHeaders(verification),
    };
  };
}

function stateOf(verification: Verification | undefined): ClientState {
  if (!verification) return 'none';
  if (verification.revoked) return 'revoked';
  return verification.verified ? 'verified' : 'unverified';
}

/** `HTTP/2.0` of nginx and HAProxy is `HTTP/2` in rules. */
function versionOf(version: string): string {
  return /^HTTP\/[23]\.0$/.test(version) ? version.slice(0, -2) : version;
}

function addressOf(text: string): Address {
  const address = isIP(text) === 0 ? undefined : parseAddress(text);
  if (address === undefined) throw new RangeError('the proxy does not say where a request comes from');
  return address;
}
