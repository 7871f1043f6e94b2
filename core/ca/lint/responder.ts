/** The lint of delegated OCSP responders: RFC 6960 4.2.2.2 on top of what holds for everything an authority signs. */
import { OID } from '../der/oids.ts';
import { oidOf } from '../der/values.ts';
import { type AuthorityFacts, MAX_RESPONDER_LIFETIME_MS } from '../profile.ts';
import { ISSUED_RULES, type Issued } from './issued-rules.ts';
import { applyRules, type Finding, find, type Rule } from './rule.ts';
import { lifetimeRule, onlyExtensions, SHARED_RULES } from './shared-rules.ts';

/** No place to ask whether it was revoked: that is what nocheck says, and it lives shortly for that. */
const EXTENSIONS: Record<string, boolean> = {
  [OID.basicConstraints]: true,
  [OID.keyUsage]: true,
  [OID.extKeyUsage]: false,
  [OID.ocspNoCheck]: false,
  [OID.subjectKeyIdentifier]: false,
  [OID.authorityKeyIdentifier]: false,
};

const RULES: readonly Rule<Issued>[] = [
  ...SHARED_RULES,
  ...onlyExtensions(EXTENSIONS, 'RFC 6960 4.2.2.2'),
  lifetimeRule(MAX_RESPONDER_LIFETIME_MS, 'RFC 6960 4.2.2.2.1'),
  ...ISSUED_RULES,
  {
    id: 'extended_key_usage',
    source: 'RFC 6960 4.2.2.2',
    check: (responder) => {
      const value = find(responder, OID.extKeyUsage)?.value;
      return value?.tag === 0x30 && value.children.map(oidOf).join() === OID.ocspSigning
        ? undefined
        : 'it is not OCSPSigning alone';
    },
  },
  {
    id: 'ocsp_nocheck',
    source: 'RFC 6960 4.2.2.2.1',
    check: (responder) =>
      find(responder, OID.ocspNoCheck)?.value.tag === 0x05 ? undefined : 'it is missing or not NULL',
  },
];

/** Every fault of a responder's TBSCertificate, read from its octets; an empty list means it may be signed. */
export function lintResponder(
  tbs: Uint8Array,
  issuer: AuthorityFacts,
  sha256: (octets: Uint8Array) => Uint8Array,
): Finding[] {
  return applyRules(tbs, sha256, (subject) => ({ ...subject, issuer }), RULES);
}
