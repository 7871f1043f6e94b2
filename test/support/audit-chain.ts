import { GENESIS, type LinkContent, linkContent, linkHash } from '../../core/audit/chain.ts';
import { findCheckpoint, signCheckpoint } from '../../core/audit/checkpoint.ts';
import { checkpointLine, endLine, eventLine, headerLine } from '../../core/audit/export-lines.ts';
import { type AuditKey, deriveAuditKey } from '../../core/audit/key.ts';
import { verifyExport } from '../../core/audit/verify-export.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import type { AuditEvent } from '../../core/store/rows.ts';

export const auditKeyOf = (seed: number): AuditKey => deriveAuditKey(deriveSealingKeys(new Uint8Array(32).fill(seed)));

/** A random source that gives the same numbers for the same seed (mulberry32). */
export function randomOf(seed: number) {
  let state = seed;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  /** A whole number from `low` to `high`, both included. */
  return { between: (low: number, high: number) => low + Math.floor(next() * (high - low + 1)) };
}
export type Random = ReturnType<typeof randomOf>;

export const START = Date.parse('2026-03-01T00:00:00Z');
const TEXTS = ['alice', 'مرحبا 😀', '"quoted", \\ and\nbroken', '=1+1', '\ud800 lone', '', '\u2028'];

export function randomEvents(random: Random, count: number, account = 'T1'): AuditEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    id: `event-${random.between(0, 2 ** 31)}-${n}`,
    accountId: account,
    at: new Date(START + n * 1_000),
    actorId: `U${random.between(1, 5)}`,
    action: ['site.added', 'role.granted', 'approval.approved'][random.between(0, 2)] as string,
    subjectKind: 'site',
    subjectId: `s${n}`,
    details: { n, text: TEXTS[random.between(0, TEXTS.length - 1)], flag: n % 2 === 0, nothing: null },
  }));
}

export type Link = { content: LinkContent; hash: string };

export function chainOf(events: readonly AuditEvent[]): Link[] {
  let previous = GENESIS;
  return events.map((event, n) => {
    const content = linkContent(event, n + 1, previous);
    previous = linkHash(event, n + 1, content.previous);
    return { content, hash: previous };
  });
}

export const signedAt = (key: AuditKey, chain: readonly Link[], sequence: number, account = 'T1'): string =>
  signCheckpoint(key, {
    account,
    sequence,
    hash: (chain[sequence - 1] as Link).hash,
    at: new Date(START + sequence * 1_000),
  });

/** The lines of an export of `chain[first - 1 ...]`, with checkpoints signed after the given events. */
export function exportOf(
  key: AuditKey,
  chain: readonly Link[],
  {
    checkpoints = [],
    first = 1,
    account = 'T1',
  }: { checkpoints?: readonly number[]; first?: number; account?: string } = {},
): string[] {
  const links = chain.slice(first - 1);
  const last = links.at(-1) as Link;
  return [
    headerLine({
      account,
      exportedAt: new Date(START + 10_000_000).toISOString(),
      exportedBy: 'U0ADA',
      key: key.publicKey.text,
      first,
      previous: first === 1 ? GENESIS : (chain[first - 2] as Link).hash,
      part: 1,
      from: null,
      to: null,
    }),
    ...links.flatMap(({ content, hash }) => [
      eventLine(content, hash),
      ...(checkpoints.includes(content.sequence)
        ? [checkpointLine(signedAt(key, chain, content.sequence, account))]
        : []),
    ]),
    endLine({ last: last.content.sequence, hash: last.hash, continues: false }),
  ];
}

/** Checks lines as a file, cut into chunks that fall anywhere. */
export function check(
  lines: readonly string[] | string,
  key: AuditKey,
  anchors: readonly string[] = [],
  random: Random = randomOf(1),
) {
  const text = typeof lines === 'string' ? lines : lines.map((line) => `${line}\n`).join('');
  return verifyExport([{ name: 'export.jsonl', chunks: chunked(Buffer.from(text), random) }], {
    keys: [key.publicKey],
    anchors: anchors.map((line) => findCheckpoint(line) ?? fail()),
  });
}

async function* chunked(octets: Buffer, random: Random) {
  for (let from = 0; from < octets.length; ) {
    const to = from + random.between(1, 5_000);
    yield octets.subarray(from, to);
    from = to;
  }
}

function fail(): never {
  throw new Error('not a checkpoint');
}
