import { createHash, randomUUID } from 'node:crypto';
import { type Breathe, makeBreathe } from '../../core/breathe.ts';
import { piecesOf } from '../../core/ca/crl/sign.ts';
import { readCrlOctets } from '../../core/ca/read-crl/octets.ts';
import { drive, type ReadCrl, readCrl } from '../../core/ca/read-crl/read.ts';
import { countMissing, serialsOf } from '../../core/ca/read-crl/serials.ts';
import { loadUploadedCrl } from '../../core/ca/read-crl/stored.ts';
import type { Clock } from '../../core/clock.ts';
import { CountersignError } from '../../core/errors.ts';
import { insert, remove, type Write } from '../../core/store/plan.ts';
import type { UploadedAuthority, UploadedCrl } from '../../core/store/rows.ts';
import type { Store } from '../../core/store/store.ts';
import { writeContents } from '../publish/contents.ts';

type TakeDeps = { store: Store; clock: Clock };

/** A good CRL that is not in force yet, and what putting it in force would change. */
export type Candidate = {
  der: Uint8Array;
  sha256: string;
  crl: ReadCrl;
  /** The same octets as those in force. */
  same: boolean;
  /** Serials that come onto the list, and that leave it. */
  added: number;
  removed: number;
  /** Of those that leave it, how many were revoked for good: a suspension is meant to end. */
  letIn: number;
};

/**
 * Reads a CRL for an authority, and compares it with the one in force.
 * @param row what is in force; undefined before the first.
 * @throws CountersignError `crl_refused`; `overtaken` when the one in force was replaced meanwhile.
 */
export async function readCandidate(
  { store, clock }: TakeDeps,
  authority: Pick<UploadedAuthority, 'certificate'>,
  row: UploadedCrl | undefined,
  input: Uint8Array,
): Promise<Candidate> {
  const breathe = makeBreathe();
  const der = await readCrlOctets(input, breathe);
  const expected = { authority: authority.certificate, now: clock.now(), previous: row ?? null };
  const crl = await readCrl(der, expected, breathe);
  const sha256 = await hashOf(der, breathe);
  if (sha256 === row?.sha256) return { der, sha256, crl, same: true, added: 0, removed: 0, letIn: 0 };

  const inForce = row && (await loadUploadedCrl(store, row, breathe));
  if (row && row.contentId !== null && inForce === undefined) throw new CountersignError('overtaken');
  const [all, final] = inForce
    ? [await drive(serialsOf(inForce), breathe), await drive(serialsOf(inForce, { held: false }), breathe)]
    : [NONE, NONE];
  return {
    der,
    sha256,
    crl,
    same: false,
    added: await drive(countMissing(crl.serials, all), breathe),
    removed: await drive(countMissing(all, crl.serials), breathe),
    letIn: await drive(countMissing(final, crl.serials), breathe),
  };
}

const NONE = new Uint8Array(0);

/**
 * Writes the octets, and gives what the commit that puts them in force does: `set` for the row, `plan` beside it. Without
 * that commit they are swept.
 */
export async function prepareTaking(
  deps: TakeDeps,
  row: UploadedCrl | undefined,
  { der, sha256, crl, same }: Candidate,
): Promise<{ set: Partial<UploadedCrl>; plan: Write[] }> {
  const now = deps.clock.now();
  const { number, thisUpdate, nextUpdate, entries } = crl;
  const good = { problem: null, attempts: 0, alarmedAt: null, leaseUntil: null };
  if (same) return { set: good, plan: [] };
  const contentId = randomUUID();
  await writeContents(deps, [{ contentId, parts: [der] }]);
  const octets = der.length;
  return {
    set: { ...good, contentId, number, thisUpdate, nextUpdate, sha256, entries, octets, takenAt: now },
    plan: [
      remove('crlLeftovers', contentId),
      ...(row?.contentId ? [insert('crlLeftovers', { id: row.contentId, since: now })] : []),
    ],
  };
}

async function hashOf(octets: Uint8Array, breathe: Breathe): Promise<string> {
  const hash = createHash('sha256');
  for (const piece of piecesOf([octets])) {
    hash.update(piece);
    await breathe();
  }
  return hash.digest('hex');
}
