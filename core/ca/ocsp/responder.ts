import { hash } from 'node:crypto';
import type { Clock } from '../../clock.ts';
import type { SealingKeys } from '../../config/secrets.ts';
import { asCountersignError } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import type { Store } from '../../store/store.ts';
import { SIGNATURE_ALGORITHMS } from '../algorithms.ts';
import { DerError } from '../der/reader.ts';
import { latin1 } from '../der/values.ts';
import { signOctets } from '../sign.ts';
import { type Answering, type Delegate, makeDelegates } from './delegates.ts';
import { makeLru } from './lru.ts';
import { type CertId, type OcspRequest, readOcspRequest } from './request.ts';
import { buildOcspError, buildOcspResponse, buildResponseData, type OcspError } from './response.ts';
import { type CertStatus, type StatusRow, statusOf } from './status.ts';

export type OcspAnswer = {
  der: Uint8Array;
  /** For how long, and under which name, others may keep it; undefined when nobody may. */
  cache: { etag: string; thisUpdate: Date; nextUpdate: Date } | undefined;
};

export type OcspAnswerer = { answer(authorityId: string, request: Uint8Array): Promise<OcspAnswer> };

/** How long an answer is valid. */
const VALIDITY_MS = 3_600_000;
/** An answer is handed out again for half of that, so that whoever gets it has the other half. */
const REUSE_MS = VALIDITY_MS / 2;
/** About 1 kB each. */
const KEPT_ANSWERS = 20_000;

type Kept = { answer: OcspAnswer; version: number; delegateId: string; thisUpdate: Date };
type Found = { certId: CertId; row: StatusRow | undefined; status: CertStatus };

/**
 * Answers OCSP requests for every managed authority (RFC 6960, 9654, 5019). An answer without nonce is signed once and
 * kept, but the certificate's row is looked at every time: a kept answer is given only while that row has the version
 * it was made from, so that a revocation shows at once. Never throws.
 */
export function makeOcspAnswerer(deps: {
  store: Store;
  clock: Clock;
  keys: SealingKeys;
  logger: Logger;
}): OcspAnswerer {
  const { store, clock, logger } = deps;
  const delegates = makeDelegates(deps);
  const kept = makeLru<Kept>(KEPT_ANSWERS);

  const decide = async (authorityId: string, request: OcspRequest): Promise<OcspAnswer | OcspError> => {
    const authority = await delegates.of(authorityId);
    // Nothing that is asked can be answered with authority (RFC 5019 2.2.3).
    if (!authority?.delegate && (!authority || authority.retired)) return 'unauthorized';
    if (!request.certIds.some(authority.isIssuerOf)) return 'unauthorized';
    const { delegate } = authority;
    if (!delegate) return 'tryLater';

    const found: Found[] = [];
    for (const certId of request.certIds) found.push(await find(store, authorityId, authority, certId));

    const now = clock.now();
    const [only, ...others] = found;
    const key = only && others.length === 0 && !request.nonce ? keyOf(authorityId, only.certId) : undefined;
    const known = key === undefined ? undefined : kept.get(key);
    if (known && only && isCurrent(known, only, delegate, now)) return known.answer;

    const answer = sign(delegate, found, request.nonce, now);
    // What is unknown today may be issued tomorrow, and anybody can make up serials: such answers are not kept.
    if (key !== undefined && only?.row && answer.cache) {
      const { thisUpdate } = answer.cache;
      kept.set(key, { answer, version: only.row.version, delegateId: delegate.id, thisUpdate });
    }
    return answer;
  };

  return {
    async answer(authorityId, octets) {
      try {
        const decided = await decide(authorityId, readOcspRequest(octets));
        return typeof decided === 'string' ? errorAnswer(decided) : decided;
      } catch (thrown) {
        if (thrown instanceof DerError) return errorAnswer('malformedRequest');
        const error = asCountersignError(thrown);
        if (error.code === 'busy') return errorAnswer('tryLater');
        logger.error({ authority: authorityId, error }, 'an OCSP request could not be answered');
        return errorAnswer('internalError');
      }
    },
  };
}

async function find(store: Store, authorityId: string, authority: Answering, certId: CertId): Promise<Found> {
  const ours = certId.serial !== undefined && authority.isIssuerOf(certId);
  const row = ours ? await store.certificateStatus(authorityId, certId.serial as string) : undefined;
  return { certId, row, status: statusOf(row) };
}

/** The octets of the id hold hash, issuer and serial, and are repeated in the answer. */
function keyOf(authorityId: string, certId: CertId): string {
  return `${authorityId}:${latin1(certId.encoded)}`;
}

function isCurrent(known: Kept, { row }: Found, delegate: Delegate, now: Date): boolean {
  const age = now.getTime() - known.thisUpdate.getTime();
  return known.version === row?.version && known.delegateId === delegate.id && age >= 0 && age < REUSE_MS;
}

function sign(delegate: Delegate, found: readonly Found[], nonce: Uint8Array | undefined, now: Date): OcspAnswer {
  const thisUpdate = new Date(Math.floor(now.getTime() / 1_000) * 1_000);
  // Nobody believes an answer for longer than its signer.
  const nextUpdate = new Date(Math.min(thisUpdate.getTime() + VALIDITY_MS, delegate.notAfter.getTime()));
  const responseData = buildResponseData({
    responderKeyHash: delegate.keyHash,
    producedAt: thisUpdate,
    answers: found.map(({ certId, status }) => ({ certId: certId.encoded, status, thisUpdate, nextUpdate })),
    nonce,
  });
  const der = buildOcspResponse({
    responseData,
    algorithmIdentifier: SIGNATURE_ALGORITHMS[delegate.signer.algorithm].identifier,
    signature: signOctets(delegate.signer, responseData),
    certificate: delegate.certificate,
  });
  const keepable = nonce === undefined && found.every(({ status }) => status.status !== 'unknown');
  return { der, cache: keepable ? { etag: hash('sha256', der), thisUpdate, nextUpdate } : undefined };
}

function errorAnswer(error: OcspError): OcspAnswer {
  return { der: buildOcspError(error), cache: undefined };
}
