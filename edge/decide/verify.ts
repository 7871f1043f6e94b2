import { hash } from 'node:crypto';
import type { Enforced } from '../../core/snapshot/policy.ts';
import { type ChainCertificate, readChainCertificate } from './certificate.ts';
import { type Anchor, type Chain, type ChainDefect, findChains, isSameIssuer } from './chain.ts';
import type { PreparedPolicy } from './policy.ts';

/** What a client has sent. */
export type Presented = {
  /** SHA-256 over all of it: the key of what is remembered about it. */
  digest: string;
  /** The leaf first; undefined when it could not be read. */
  certificates: readonly ChainCertificate[] | undefined;
};

/** Why a presented certificate does not count, in the words of the access log. */
export type Unverified =
  | 'malformed'
  | 'not_bound'
  | 'self_signed'
  | 'unknown_issuer'
  | 'other_hostname'
  | ChainDefect
  | 'not_yet_valid'
  | 'expired'
  | 'revoked'
  | 'blocked';

export type Verification = {
  verified: boolean;
  /** Revoked, held or blocked. */
  revoked: boolean;
  reason: Unverified | undefined;
  leaf: ChainCertificate | undefined;
  /** The direct issuer, when the chain proves it. */
  issuer: ChainCertificate | undefined;
  /** Between leaf and authority, the leaf's issuer first. */
  intermediates: readonly ChainCertificate[];
  /** The authority at the end of the chain, when there is one. */
  authorityId: string | undefined;
};

/** What stays true of what a client has sent, under one policy and for one hostname. */
export type Standing = { chains: readonly StandingChain[]; unchained: Unverified };

/** With what has to be asked about it: each certificate below the anchor, by its direct issuer. */
type StandingChain = Chain & { issued: readonly { authorityId: string; serial: string }[] };

/** More than any real client sends; the handshake itself ends at 100 kB. */
const MAX_CERTIFICATES = 16;

/** Of everything that was sent. Each certificate says its own length, so none can begin where another ends. */
export function digestOf(ders: readonly Uint8Array[]): string {
  return hash('sha256', Buffer.concat(ders), 'base64');
}

/** @param ders the leaf first, as the handshake had them */
export function readPresented(ders: readonly Uint8Array[], digest = digestOf(ders)): Presented {
  if (ders.length > MAX_CERTIFICATES) return { digest, certificates: undefined };
  try {
    return { digest, certificates: ders.map((der) => readChainCertificate(der)) };
  } catch {
    return { digest, certificates: undefined };
  }
}

/** The expensive half: signatures and constraints. */
export function findStanding(presented: Presented, policy: PreparedPolicy, hostname: string): Standing {
  const { certificates } = presented;
  const leaf = certificates?.[0];
  if (!certificates || !leaf) return { chains: [], unchained: 'malformed' };
  const bound = policy.boundTo(hostname);
  if (!bound) return { chains: [], unchained: 'not_bound' };
  const chains = findChains(certificates, bound).map((chain) => ({
    ...chain,
    issued: issuedIn(chain, policy.anchors),
  }));
  if (chains.length > 0) return { chains, unchained: 'unknown_issuer' };
  if (leaf.isSelfIssued) return { chains, unchained: 'self_signed' };
  const elsewhere = findChains(certificates, policy.anchors).length > 0;
  return { chains, unchained: elsewhere ? 'other_hostname' : 'unknown_issuer' };
}

/** The cheap half, evaluated for each request: time, revocation, blocks. */
export function verifyNow(
  standing: Standing,
  presented: Presented,
  policy: PreparedPolicy,
  enforced: Pick<Enforced, 'isRevoked'>,
  now: Date,
): Verification {
  const leaf = presented.certificates?.[0];
  if (leaf && policy.isBlocked(leaf.fingerprintSha256)) {
    return { verified: false, revoked: true, reason: 'blocked', ...unchained(leaf) };
  }
  let best: Verification | undefined;
  for (const chain of standing.chains) {
    const judged = judgeChain(chain, policy, enforced, now.getTime());
    // That one way is revoked is not undone by another: a cross-signed twin would be a way around it.
    if (judged.verified || judged.revoked) best = best?.revoked ? best : judged;
    else best ??= judged;
    if (best.revoked) break;
  }
  return best ?? { verified: false, revoked: false, reason: standing.unchained, ...unchained(leaf) };
}

function unchained(leaf: ChainCertificate | undefined) {
  return { leaf, issuer: undefined, intermediates: [], authorityId: undefined };
}

function judgeChain(
  chain: StandingChain,
  policy: PreparedPolicy,
  enforced: Pick<Enforced, 'isRevoked'>,
  now: number,
): Verification {
  const [leaf, issuer] = chain.certificates;
  const told = { leaf, issuer, intermediates: chain.certificates.slice(1, -1), authorityId: chain.anchor.id };
  const refuse = (reason: Unverified, revoked = false) => ({ verified: false, revoked, reason, ...told });
  if (chain.issued.some(({ authorityId, serial }) => enforced.isRevoked(authorityId, serial)))
    return refuse('revoked', true);
  if (chain.certificates.some(({ fingerprintSha256 }) => policy.isBlocked(fingerprintSha256)))
    return refuse('blocked', true);
  if (chain.defect) return refuse(chain.defect);
  // Both ends belong to the lifetime, to the second (RFC 5280 4.1.2.5).
  if (chain.certificates.some(({ notAfter }) => now >= notAfter + 1000)) return refuse('expired');
  if (chain.certificates.some(({ notBefore }) => now < notBefore)) return refuse('not_yet_valid');
  return { verified: true, revoked: false, reason: undefined, ...told };
}

/**
 * A revocation's key is (direct issuer, serial). An authority and its cross-signed twin are one issuer; certificates below
 * an intermediate are on no list that reaches us.
 */
function issuedIn({ certificates }: Chain, anchors: readonly Anchor[]): StandingChain['issued'] {
  return certificates.slice(0, -1).flatMap(({ serial }, index) => {
    const issuer = certificates[index + 1] as ChainCertificate;
    return anchors
      .filter(({ certificate }) => isSameIssuer(certificate, issuer))
      .map(({ id }) => ({ authorityId: id, serial }));
  });
}
