import { describe, expect, it } from 'vitest';
import { linkHash } from '../../../core/audit/chain.ts';
import { checkpointLine, eventLine, headerLine, MOST_OCTETS } from '../../../core/audit/export-lines.ts';
import type { Fault } from '../../../core/audit/faults.ts';
import { verifyExport } from '../../../core/audit/verify-export.ts';
import { reportLines } from '../../../core/audit/verify-words.ts';
import {
  auditKeyOf,
  chainOf,
  check,
  exportOf,
  type Link,
  type Random,
  randomEvents,
  randomOf,
  signedAt,
} from '../../support/audit-chain.ts';

const key = auditKeyOf(1);
const RUNS = 60;

type Made = { random: Random; chain: Link[]; lines: string[]; checkpoints: number[]; size: number };

/** Random chains, each with its own tampering; the seed is in the name of what fails. */
async function forEachChain(run: (made: Made) => Promise<void>): Promise<void> {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomOf(seed);
    const size = random.between(4, 60);
    const chain = chainOf(randomEvents(random, size));
    const checkpoints = [...new Set([random.between(1, size), random.between(1, size)])].sort((a, b) => a - b);
    const lines = exportOf(key, chain, { checkpoints });
    await run({ random, chain, lines, checkpoints, size }).catch((error: Error) => {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    });
  }
}

const events = (lines: readonly string[]) => lines.filter((line) => line.startsWith('{"event"'));
const positionOf = (lines: readonly string[], sequence: number) =>
  lines.findIndex((line) => line.startsWith('{"event"') && line.includes(`"sequence":${sequence},`));
const kinds = (faults: readonly Fault[]) => faults.map(({ kind, sequence }) => [kind, sequence]);
const without = (lines: readonly string[], from: number, to: number) =>
  lines.filter((line) => !isAbout(line, (sequence) => sequence >= from && sequence <= to));

function isAbout(line: string, which: (sequence: number) => boolean): boolean {
  const parsed = JSON.parse(line);
  if (parsed.type === 'event') return which(parsed.event.sequence);
  return parsed.type === 'checkpoint' && which(Number(parsed.line.split(' ')[2]));
}

describe('an export that nobody touched', () => {
  it('is intact, and its unsigned tail is named', async () => {
    await forEachChain(async ({ lines, chain, checkpoints, size, random }) => {
      const anchor = signedAt(key, chain, random.between(1, size));
      const report = await check(lines, key, [anchor], random);
      expect(report).toMatchObject({
        faults: [],
        last: size,
        hash: chain.at(-1)?.hash,
        signed: checkpoints.at(-1),
        anchors: 1,
      });
    });
  });

  it('says in words what was shown', async () => {
    const chain = chainOf(randomEvents(randomOf(7), 30));
    const report = await check(exportOf(key, chain, { checkpoints: [11] }), key, [signedAt(key, chain, 12)]);
    const words = reportLines(report).join('\n');
    expect(words).toMatch(/^INTACT: events 1 to 30 of account T1, head [0-9a-f]{64}\.\n/);
    expect(words).toContain('1 anchor agrees, up to event 12.');
    expect(words).toContain('Events 13 to 30 are not anchored yet.');
    const signedOnly = reportLines(
      await check(exportOf(key, chain, { checkpoints: [11] }), key, [signedAt(key, chain, 4)]),
    );
    expect(signedOnly).toContain('Events 5 to 11 rest on the audit key alone: no anchor you gave covers that.');
    expect(words).not.toContain('audit key alone');
    const unanchored = reportLines(await check(exportOf(key, chain), key)).join('\n');
    expect(unanchored).toContain('No anchor was given');
    expect(unanchored).toContain('Events 1 to 30 are not anchored yet.');
  });

  it('may be a range, which rests on the hash before it', async () => {
    await forEachChain(async ({ chain, size, random }) => {
      const first = random.between(2, size);
      const lines = exportOf(key, chain, { first, checkpoints: [first] });
      const report = await check(lines, key, [signedAt(key, chain, size)]);
      expect(report).toMatchObject({ faults: [], last: size, anchors: 1 });
      expect(reportLines(report).join('\n')).toContain(`begins with event ${first}`);
      // An anchor of the event just before it speaks of the very hash that the range rests on.
      expect(await check(lines, key, [signedAt(key, chain, first - 1)])).toMatchObject({ faults: [], anchors: 1 });
    });
  });
});

describe('tampering shows', () => {
  it('as a changed field, in whichever event', async () => {
    await forEachChain(async ({ lines, random, size }) => {
      const sequence = random.between(1, size);
      const at = positionOf(lines, sequence);
      const { event, hash } = JSON.parse(lines[at] as string);
      const change = [
        { actor: 'U0EVE' },
        { at: '2026-02-28T00:00:00.000Z' },
        { action: 'site.removed' },
        { subject: ['site', 'other'] },
        { details: { ...event.details, n: -1 } },
        { id: 'another' },
      ][random.between(0, 5)];
      const report = await check(lines.with(at, eventLine({ ...event, ...change }, hash)), key);
      expect(kinds(report.faults)).toEqual([['rewritten', sequence]]);
      expect(report.last).toBe(sequence - 1);
    });
  });

  it('as a changed event whose hash was written anew', async () => {
    await forEachChain(async ({ lines, random, chain, size, checkpoints }) => {
      const sequence = random.between(1, size - 1);
      const at = positionOf(lines, sequence);
      const { content } = chain[sequence - 1] as Link;
      const changed = rehashed({ ...content, actor: 'U0EVE' });
      const report = await check(lines.with(at, eventLine(changed.content, changed.hash)), key);
      const told = kinds(report.faults);
      expect(told.at(-1)).toEqual(['rewritten', sequence]);
      expect(told[0]?.[0]).toBe(checkpoints.includes(sequence) ? 'contradicted' : 'rewritten');
    });
  });

  it('as two events that were swapped', async () => {
    await forEachChain(async ({ lines, random, size }) => {
      const a = random.between(1, size - 1);
      const b = random.between(a + 1, size);
      const [x, y] = [positionOf(lines, a), positionOf(lines, b)];
      const swapped = lines.with(x, lines[y] as string).with(y, lines[x] as string);
      expect(kinds((await check(swapped, key)).faults)[0]).toEqual(['reordered', a]);
    });
  });

  it('as events that were removed at the beginning, in the middle and at the end', async () => {
    await forEachChain(async ({ lines, random, size, chain }) => {
      const from = random.between(1, size);
      const to = random.between(from, Math.min(size, from + 3));
      if (from === 1 && to === size) return;
      const report = await check(without(lines, from, to), key);
      expect(kinds(report.faults)).toEqual([['removed', from]]);
      // The cut at the end made good: only an anchor knows better.
      if (to !== size || from === 1) return;
      const shorter = exportOf(key, chain.slice(0, from - 1));
      expect((await check(shorter, key)).faults).toEqual([]);
      const anchored = await check(shorter, key, [signedAt(key, chain, size)]);
      expect(kinds(anchored.faults)).toEqual([['truncated', from]]);
    });
  });

  it('as a beginning that was removed and passed off as a range, to an anchor of it', async () => {
    await forEachChain(async ({ random, size, chain }) => {
      const first = random.between(3, size);
      const report = await check(exportOf(key, chain, { first }), key, [signedAt(key, chain, first - 2)]);
      expect(kinds(report.faults)).toEqual([['not_covered', first - 2]]);
    });
  });

  it('as an event that was put in', async () => {
    await forEachChain(async ({ lines, random, size, chain }) => {
      const after = random.between(1, size - 1);
      const previous = (chain[after - 1] as Link).hash;
      const { content } = chain[after] as Link;
      const extra = rehashed({ ...content, id: 'put-in', previous });
      const at = positionOf(lines, after + 1);
      const report = await check(lines.toSpliced(at, 0, eventLine(extra.content, extra.hash)), key);
      expect(kinds(report.faults)).toEqual([['inserted', after + 1]]);
    });
  });

  it('as a file that was cut off anywhere', async () => {
    await forEachChain(async ({ lines, random }) => {
      const text = lines.map((line) => `${line}\n`).join('');
      const header = (lines[0] as string).length + 1;
      const end = (lines.at(-1) as string).length;
      // Characters, not octets: a cut within one is not UTF-8, and is read as cut off all the same.
      const cut = text.slice(0, random.between(header, text.length - end - 1));
      const report = await check(cut, key);
      expect(report.faults.map(({ kind }) => kind)).toEqual(['truncated']);
    });
  });

  it('as a chain that was written anew from somewhere on, to the checkpoints and to anchors', async () => {
    await forEachChain(async ({ random, size, chain, checkpoints }) => {
      const from = random.between(1, checkpoints.at(-1) as number);
      const forged = rewrittenFrom(chain, from);
      const lines = exportOf(key, forged).flatMap((line) => {
        const { type, event } = JSON.parse(line);
        const kept = type === 'event' && checkpoints.includes(event.sequence);
        return kept ? [line, checkpointLine(signedAt(key, chain, event.sequence))] : [line];
      });
      const agreed = Math.max(0, ...checkpoints.filter((sequence) => sequence < from));
      expect(kinds((await check(lines, key)).faults)).toEqual([['contradicted', agreed + 1]]);
      // The checkpoints are gone as well: the anchor in Slack is not.
      const anchor = signedAt(key, chain, size);
      expect(kinds((await check(exportOf(key, forged), key, [anchor])).faults)).toEqual([['contradicted', 1]]);
    });
  });

  it('as a whole chain that was written anew and signed with another key', async () => {
    const other = auditKeyOf(2);
    await forEachChain(async ({ chain, checkpoints, size }) => {
      const forged = rewrittenFrom(chain, 1);
      const lines = exportOf(other, forged, { checkpoints });
      expect(kinds((await check(lines, key)).faults)).toEqual([['foreign_key', checkpoints[0]]]);
      // With the very key of the installation the file is in order, and only what is outside contradicts it.
      const own = exportOf(key, forged, { checkpoints });
      expect((await check(own, key)).faults).toEqual([]);
      expect(kinds((await check(own, key, [signedAt(key, chain, size)])).faults)).toEqual([['contradicted', 1]]);
    });
  });

  it('as what belongs to another account', async () => {
    await forEachChain(async ({ lines, random, size, checkpoints }) => {
      const sequence = random.between(1, size);
      const theirs = chainOf(randomEvents(random, size, 'T2'));
      const { content, hash } = theirs[sequence - 1] as Link;
      const mixed = lines.with(positionOf(lines, sequence), eventLine(content, hash));
      expect(kinds((await check(mixed, key)).faults)).toEqual([['wrong_account', sequence]]);
      const at = lines.findIndex((line) => line.includes('"type":"checkpoint"'));
      const moved = lines.with(at, checkpointLine(signedAt(key, theirs, checkpoints[0] as number, 'T2')));
      expect(kinds((await check(moved, key)).faults)).toEqual([['wrong_account', checkpoints[0]]]);
      const anchored = await check(lines, key, [signedAt(key, theirs, sequence, 'T2')]);
      expect(kinds(anchored.faults)).toEqual([['wrong_account', sequence]]);
    });
  });

  it('as a checkpoint or an anchor whose text was changed', async () => {
    await forEachChain(async ({ lines, chain, checkpoints, size }) => {
      const [sequence] = checkpoints as [number];
      const forged = signedAt(key, chain, sequence).replace('2026-03-01', '2026-03-02');
      const at = lines.findIndex((line) => line.includes('"type":"checkpoint"'));
      expect(kinds((await check(lines.with(at, checkpointLine(forged)), key)).faults)).toEqual([
        ['forged_checkpoint', sequence],
      ]);
      const anchor = signedAt(key, chain, size).replace('2026-03-01', '2026-03-02');
      expect(kinds((await check(lines, key, [anchor])).faults)).toEqual([['forged_checkpoint', size]]);
    });
  });

  it('as a file that is missing among several', async () => {
    const chain = chainOf(randomEvents(randomOf(3), 30));
    const part = (first: number, last: number, continues: boolean) => {
      const lines = exportOf(key, chain.slice(0, last), { first });
      const end = JSON.parse(lines.at(-1) as string);
      return lines.with(-1, JSON.stringify({ continues, hash: end.hash, last: end.last, type: 'end' }));
    };
    const parts = [part(1, 10, true), part(11, 20, true), part(21, 30, false)];
    const verify = (which: readonly number[]) =>
      verifyExport(
        which.map((n) => ({ name: `${n}`, chunks: once((parts[n] as string[]).map((line) => `${line}\n`).join('')) })),
        { keys: [key.publicKey], anchors: [] },
      );
    expect(await verify([0, 1, 2])).toMatchObject({ faults: [], last: 30 });
    expect(kinds((await verify([0, 2])).faults)).toEqual([['removed', 11]]);
    expect(kinds((await verify([1, 0, 2])).faults)).toEqual([['removed', 21]]);
    expect(kinds((await verify([0, 1])).faults)).toEqual([['truncated', 21]]);
    expect(await verify([1, 2])).toMatchObject({ faults: [], last: 30, header: { first: 11 } });
  });
});

describe('hostile input', () => {
  const chain = chainOf(randomEvents(randomOf(5), 3));
  const good = exportOf(key, chain);
  const [, first = ''] = good;
  it.each([
    ['an empty file', '', /no header/],
    ['something else', 'hello\n', /line 1 is not JSON/],
    ['a list', '[]\n', /line 1 is not an object/],
    ['null', 'null\n', /line 1 is not an object/],
    ['events without a header', good.slice(1), /line 1 comes before a header/],
    ['a second header', [good[0] as string, ...good], /line 2 is a header/],
    ['a line after the end', [...good, first], /line 6 comes after the end/],
    [
      'a header of another version',
      [(good[0] as string).replace('export-v1', 'export-v2')],
      /line 1 has no proper "format"/,
    ],
    ['a property too many', good.with(1, first.replace('{"event"', '{"a":1,"event"')), /line 2 is not an event/],
    ['a property twice', good.with(1, first.replace('"type":"event"', '"type":"event","type":"event"')), /canonical/],
    [
      'a property twice, inside',
      good.with(1, first.replace('{"account":"T1"', '{"account":"T9","account":"T1"')),
      /canonical/,
    ],
    ['white space', good.with(1, first.replace('"id":', '"id": ')), /line 2 is not canonical/],
    ['carriage returns', good.map((line) => `${line}\r`), /line 1 is not canonical/],
    ['an escape that need not be', good.with(1, first.replace('site', '\\u0073ite')), /line 2 is not/],
    ['nested details', good.with(1, first.replace('"flag":true', '"flag":{}')), /line 2 is not an event/],
    ['a sequence of 1e0', good.with(1, first.replace('"sequence":1,', '"sequence":1e0,')), /canonical/],
    [
      'a terminal escape in an id',
      good.with(1, first.replace(/"id":"[^"]*"/, '"id":"\\u001b[2J"')),
      /line 2 is not an event/,
    ],
    [
      'a line of a megabyte',
      good.with(1, first.replace('alice', 'x').padEnd(1_000_000, ' ')),
      /line 2 is longer than 65536/,
    ],
    ['a deep nest', good.with(1, '['.repeat(60_000)), /line 2 is not JSON/],
    ['a line that never ends', 'x'.repeat(MOST_OCTETS + 1), /line 1 is longer/],
  ])('is refused with its line: %s', async (_what, lines, message) => {
    await expect(check(lines, key)).rejects.toThrow(message);
  });

  it('is refused where it is not UTF-8', async () => {
    const octets = Buffer.concat([Buffer.from(`${good[0]}\n`), Buffer.from([0xff, 0xfe, 0x0a])]);
    const files = [{ name: 'a.jsonl', chunks: once(octets) }];
    await expect(verifyExport(files, { keys: [key.publicKey], anchors: [] })).rejects.toThrow(
      'a.jsonl: line 2 is not UTF-8',
    );
  });

  it('does not trust the key or the genesis that a file names', async () => {
    const { type: _type, format: _format, ...header } = JSON.parse(good[0] as string);
    const foreign = headerLine({ ...header, key: auditKeyOf(2).publicKey.text });
    expect((await check(good.with(0, foreign), key)).faults).toEqual([]);
    const noGenesis = headerLine({ ...header, previous: 'ab'.repeat(32) });
    expect(kinds((await check(good.with(0, noGenesis), key)).faults)).toEqual([['rewritten', 1]]);
  });

  it('would have been found: the lines that are changed here are there', () => {
    expect(events(good)).toHaveLength(3);
  });
});

function rehashed(content: Link['content']): Link {
  const event = {
    id: content.id,
    accountId: content.account,
    at: new Date(content.at),
    actorId: content.actor,
    action: content.action,
    subjectKind: content.subject[0],
    subjectId: content.subject[1],
    details: content.details,
  };
  return { content, hash: linkHash(event, content.sequence, content.previous) };
}

function rewrittenFrom(chain: readonly Link[], from: number): Link[] {
  const forged: Link[] = chain.slice(0, from - 1);
  for (const { content } of chain.slice(from - 1)) {
    const previous = forged.at(-1)?.hash ?? content.previous;
    forged.push(rehashed({ ...content, previous, actor: content.sequence === from ? 'U0EVE' : content.actor }));
  }
  return forged;
}

async function* once(content: string | Buffer) {
  yield Buffer.from(content);
}
