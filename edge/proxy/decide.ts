import { isIP } from 'node:net';
import { OID } from '../../core/ca/der/oids.ts';
import { contentOf, readDer } from '../../core/ca/der/reader.ts';
import { readCertificate } from '../../core/ca/fields.ts';
import type { Clock } from '../../core/clock.ts';
import type { Policy } from '../../core/snapshot/policy.ts';
import { type Address, parseAddress } from '../../core/waf/address.ts';
import { type CertificateFacts, factsOf } from '../../core/waf/facts.ts';
import { readChainCertificate } from '../decide/certificate.ts';
import { decideByRules, prepareRule, rulesByHostname } from '../decide/rules.ts';
import type { AskedRequest, Decide } from './decider.ts';

/**
 * Decides what a proxy asks about, by the rules of this policy. What the certificate is worth the proxy has found out;
 * which certificates are blocked by their fingerprint is looked up here as well, since nginx cannot.
 */
export function makeDecide(policy: Policy, clock: Clock): Decide {
  const rulesOf = rulesByHostname(policy.rules.map(prepareRule));
  const blocked = new Set(policy.blockedFingerprints);
  return (request) => {
    const facts = factsOf({
      host: request.host,
      method: request.method,
      target: request.target,
      scheme: 'https',
      version: versionOf(request.version),
      headers: request.headers,
      client: addressOf(request.source),
      certificate: certificateOf(request, blocked),
    });
    return decideByRules(rulesOf(request.host), facts, clock.now()).denied?.status ?? 0;
  };
}

function certificateOf({ state, certificate }: AskedRequest, blocked: ReadonlySet<string>): CertificateFacts | null {
  if (state === 'none' || certificate === undefined) return null;
  const read = readChainCertificate(certificate);
  const isBlocked = blocked.has(read.fingerprintSha256);
  return {
    verified: state === 'verified' && !isBlocked,
    revoked: state === 'revoked' || isBlocked,
    fingerprintSha256: read.fingerprintSha256,
    serial: read.serial,
    subjectCommonName: read.subjectCommonName,
    issuerKeyId: state === 'verified' || state === 'revoked' ? authorityKeyIdOf(certificate) : '',
  };
}

/** Which key has signed it, as it says itself (RFC 5280 4.2.1.1); the proxy has found that true. */
function authorityKeyIdOf(certificate: Buffer): string {
  const extension = readCertificate(certificate).extensions.find(({ oid }) => oid === OID.authorityKeyIdentifier);
  const keyId = extension && readDer(extension.value).children.find(({ tag }) => tag === 0x80);
  return keyId ? Buffer.from(contentOf(keyId)).toString('hex') : '';
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
