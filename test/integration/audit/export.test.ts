import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { linkHash } from '../../../core/audit/chain.ts';
import { recordEvent } from '../../../core/audit/event.ts';
import { beginExport, buildExportFile } from '../../../core/audit/export.ts';
import { verifyExport } from '../../../core/audit/verify-export.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { insert } from '../../../core/store/plan.ts';
import { contentOf } from '../../support/acts.ts';
import { ACCOUNT, AUDIT_CHANNEL, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const DAY = 24 * 3_600_000;

async function happen(rig: WorkerRig, details: Record<string, string> = {}, action = 'site.added'): Promise<void> {
  const facts = { accountId: ACCOUNT, at: rig.clock.now(), actorId: 'U0ADA', subjectId: 's', details };
  await rig.store.commit(recordEvent(action, 'site', facts));
}

/** What ada finds in her direct messages, in the order it came. */
function filesOf(rig: WorkerRig, who = 'U0ADA'): { name: string; bytes: Buffer }[] {
  const person = rig.sandbox.person(who);
  return person
    .messages(person.dm)
    .flatMap(({ fileIds }) => fileIds ?? [])
    .map((id) => person.download(id));
}

async function exportAs(rig: WorkerRig, payload: Payload<'audit_export'>, actorId = 'U0ADA') {
  const { id } = await rig.record('audit_export', payload, { actorId });
  await rig.settle();
  return rig.store.request(id);
}

/** `npm run audit:verify`, with nothing but the files: no configuration, no database. */
function verify(files: readonly Buffer[], ...rest: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'cs-export-'));
  try {
    const names = files.map((bytes, n) => {
      const name = join(folder, `${n}.jsonl`);
      writeFileSync(name, bytes);
      return name;
    });
    return spawnSync(process.execPath, ['--import', 'tsx', 'core/audit/verify-main.ts', ...names, ...rest], {
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('an export as JSON Lines', () => {
  it('comes as a file, and npm run audit:verify finds it intact and anchored, or says where it is not', async () => {
    await using rig = await startWorkerRig();
    await rig.record('site_add', { name: 'example.org' });
    await rig.settle();
    await happen(rig, { because: 'with “quotes”, `code` and\nlines' }, 'approval.approved');
    await rig.settle();
    rig.clock.advance(3_000);
    await rig.settle();
    const anchor = rig.sandbox
      .person('U0ADA')
      .messages(AUDIT_CHANNEL)
      .map(contentOf)
      .find((text) => text.includes('countersign-audit-v1')) as string;
    await happen(rig);
    const ended = await exportAs(rig, { format: 'jsonl' });
    expect(ended).toMatchObject({ state: 'done', outcome: { files: 1 } });

    const [file, ...more] = filesOf(rig);
    expect(more).toEqual([]);
    const last = (await rig.store.auditHead(ACCOUNT))?.sequence ?? 0;
    expect(file?.name).toBe(`countersign-audit-${ACCOUNT}-1-${last - 1}.jsonl`);
    const bytes = file?.bytes as Buffer;
    const key = rig.jobDeps.auditKey.publicKey.text;
    const told = rig.sandbox.person('U0ADA');
    expect(told.messages(told.dm).map(contentOf).join('\n')).toContain(`--key ${key}`);

    const good = verify([bytes], '--key', key, '--anchor', anchor);
    expect(good).toMatchObject({ status: 0, stderr: '' });
    expect(good.stdout).toContain(`INTACT: events 1 to ${last - 1} of account ${ACCOUNT}`);
    expect(good.stdout).toContain('1 anchor agrees, up to event 2.');
    expect(good.stdout).not.toContain('not anchored yet');

    const changed = Buffer.from(bytes.toString().replace('example.org', 'example.net'));
    const bad = verify([changed], '--key', key);
    expect(bad.status).toBe(1);
    expect(bad.stdout).toContain('BROKEN (rewritten): Event 1 (site.added');

    expect(verify([bytes])).toMatchObject({ status: 2, stderr: expect.stringContaining('--key') });
    expect(verify([bytes], '--key', 'x')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('43 characters'),
    });
    expect(verify([bytes], `--key=${key}`, '--anchor', 'x')).toMatchObject({ status: 2 });
    expect(verify([bytes], '--kee', key)).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') });
    expect(verify([Buffer.from('hello\n')], '--key', key)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('line 1 is not JSON'),
    });
    expect(verify([], 'not-here.jsonl', '--key', key)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/ENOENT/),
    });
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('may be of some days, and is verifiable from the hash before them', async () => {
    await using rig = await startWorkerRig();
    for (let day = 0; day < 5; day += 1) {
      await happen(rig, { day: String(day) });
      await happen(rig, { day: String(day) });
      rig.clock.advance(DAY);
    }
    const dayOf = (n: number) => new Date(rig.clock.now().getTime() - n * DAY).toISOString().slice(0, 10);
    await exportAs(rig, { format: 'jsonl', from: dayOf(4), to: dayOf(2) });
    const bytes = filesOf(rig)[0]?.bytes as Buffer;
    const [header, ...rest] = bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({
      first: 3,
      from: dayOf(4),
      to: dayOf(2),
      previous: expect.not.stringMatching(/^0+$/),
    });
    const events = rest.filter(({ type }) => type === 'event').map(({ event }) => [event.sequence, event.details.day]);
    expect(events).toEqual([
      [3, '1'],
      [4, '1'],
      [5, '2'],
      [6, '2'],
      [7, '3'],
      [8, '3'],
    ]);
    const checked = verify([bytes], '--key', rig.jobDeps.auditKey.publicKey.text);
    expect(checked.status).toBe(0);
    expect(checked.stdout).toContain('The export begins with event 3');

    expect(await exportAs(rig, { format: 'jsonl', from: '2020-01-01', to: '2020-01-02' })).toMatchObject({
      state: 'refused',
      outcome: { message: expect.stringContaining('Nothing was recorded') },
    });
  });

  it('comes in several files where it is large, also when the worker dies between them', async () => {
    await using rig = await startWorkerRig();
    const events = 45_000;
    fillChain(rig, events);
    const { id } = await rig.record('audit_export', { format: 'jsonl' }, { actorId: 'U0ADA' });
    // Claim, begin, then the progress after the first file.
    rig.dieAtCommit(3, 'before');
    await rig.settle().catch(() => undefined);
    expect(rig.isDead).toBe(true);
    rig.restart();
    rig.clock.advance(2 * 60_000);
    await rig.settle();
    expect(await rig.store.request(id)).toMatchObject({ state: 'done', outcome: { files: 2 } });
    const files = filesOf(rig);
    // The first one comes twice: Slack knows no idempotency key. None is missing.
    expect(files.map(({ name }) => name.replace(/^.*T0ACME-/, ''))).toEqual([
      expect.stringMatching(/^1-\d+\.jsonl$/),
      files[0]?.name.replace(/^.*T0ACME-/, ''),
      expect.stringMatching(new RegExp(`-${events}.jsonl$`)),
    ]);
    for (const { bytes } of files) expect(bytes.length).toBeLessThan(16.1 * 1024 * 1024);
    const parts = files.slice(1).map(({ name, bytes }) => ({ name, chunks: chunksOf(bytes) }));
    const report = await verifyExport(parts, { keys: [rig.jobDeps.auditKey.publicKey], anchors: [] });
    expect(report).toMatchObject({ faults: [], last: events });
    const exported = (await rig.store.auditChain(ACCOUNT, events, 100)).filter(
      ({ action }) => action === 'audit.exported',
    );
    expect(exported).toHaveLength(1);
  }, 60_000);

  it('has a file for every run of events, whatever their size', async () => {
    await using rig = await startWorkerRig();
    fillChain(rig, 1_200);
    const facts = {
      account: ACCOUNT,
      exportedAt: rig.clock.now(),
      exportedBy: 'U0ADA',
      key: rig.jobDeps.auditKey.publicKey.text,
      from: null,
      to: null,
    };
    const parts: Buffer[] = [];
    for (let position = await beginExport(rig.store, ACCOUNT, {}); position; ) {
      const file = await buildExportFile(rig.store, 'jsonl', facts, position, 100_000);
      parts.push(file.content);
      position = file.rest;
    }
    expect(parts.length).toBeGreaterThan(3);
    const files = parts.map((bytes, n) => ({ name: `${n}`, chunks: chunksOf(bytes) }));
    const report = await verifyExport(files, { keys: [rig.jobDeps.auditKey.publicKey], anchors: [] });
    expect(report).toMatchObject({ faults: [], last: 1_200 });
  });
});

describe('an export as CSV', () => {
  const HOSTILE = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    'plain',
    'a "quote", a comma',
    'two\r\nlines',
    '＝1',
    '😀 مرحبا',
  ];

  it('is read back by another parser, cell by cell, and holds no formula', async () => {
    await using rig = await startWorkerRig();
    for (const text of HOSTILE) {
      const facts = { accountId: ACCOUNT, at: rig.clock.now(), actorId: 'U0ADA', subjectId: text, details: { text } };
      await rig.store.commit(recordEvent('site.added', 'site', facts));
    }
    await exportAs(rig, { format: 'csv' });
    const bytes = filesOf(rig)[0]?.bytes as Buffer;
    const records = parseCsv(bytes.toString());
    const chain = await rig.store.auditChain(ACCOUNT, 0, HOSTILE.length);
    expect(records.slice(1)).toEqual(
      chain.map((link) => [
        String(link.sequence),
        link.at.toISOString(),
        'U0ADA',
        'site.added',
        'added the site',
        'site',
        /^\s*[=+\-@\t＝]/.test(link.subjectId) ? `'${link.subjectId}` : link.subjectId,
        JSON.stringify(link.details),
        link.hash,
      ]),
    );
    for (const cell of records.flat()) expect(cell).not.toMatch(/^\s*[=+\-@＝]/);
    expect(records[0]?.join()).toContain('to verify, export JSON Lines');
    // Python's own reader agrees, where there is one.
    const python = spawnSync(
      'python3',
      ['-c', 'import csv,json,sys; print(json.dumps(list(csv.reader(open(0, newline="", encoding="utf8")))))'],
      {
        input: bytes,
        encoding: 'utf8',
      },
    );
    if (python.status === 0) expect(JSON.parse(python.stdout)).toEqual(records);
  });
});

describe('who may have it', () => {
  it.each(['U0ALICE', 'U0BOB', 'U0EVE'])('not %s, whatever was recorded for them', async (who) => {
    await using rig = await startWorkerRig();
    await happen(rig);
    const approver = { id: 'r', accountId: ACCOUNT, userId: 'U0BOB', role: 'approver' as const, grantedBy: 'U0ADA' };
    await rig.store.commit([insert('roles', { ...approver, grantedAt: rig.clock.now(), duringSetup: true })]);
    expect(await exportAs(rig, { format: 'jsonl' }, who)).toMatchObject({
      state: 'refused',
      outcome: { code: 'not_authorized' },
    });
    expect(filesOf(rig, who)).toEqual([]);
    const actions = (await rig.store.auditChain(ACCOUNT, 0, 100)).map(({ action }) => action);
    expect(actions).not.toContain('audit.exported');
  });

  it('not any more, from the next file on, when somebody loses the role in between', async () => {
    await using rig = await startWorkerRig();
    fillChain(rig, 45_000);
    const { sendFile } = rig.jobDeps;
    rig.jobDeps.sendFile = async (userId, file) => {
      await sendFile(userId, file);
      // Once there is an administrator in writing, the first ones of the configuration are none any more.
      const bob = { id: 'r', accountId: ACCOUNT, userId: 'U0BOB', role: 'administrator' as const, grantedBy: 'U0ADA' };
      await rig.store.commit([insert('roles', { ...bob, grantedAt: rig.clock.now(), duringSetup: true })]);
    };
    expect(await exportAs(rig, { format: 'jsonl' })).toMatchObject({
      state: 'refused',
      outcome: { code: 'not_authorized' },
    });
    expect(filesOf(rig)).toHaveLength(1);
    const told = rig.sandbox.person('U0ADA');
    expect(told.messages(told.dm).map(contentOf).join('\n')).toContain('needs the role administrator');
  }, 60_000);

  it('not the events of another account', async () => {
    await using rig = await startWorkerRig();
    await happen(rig);
    const facts = { accountId: 'T0OTHER', at: rig.clock.now(), actorId: 'U0SECRET', subjectId: 's', details: {} };
    await rig.store.commit(recordEvent('site.added', 'site', facts));
    await exportAs(rig, { format: 'jsonl' });
    expect(filesOf(rig)[0]?.bytes.toString()).not.toContain('U0SECRET');
  });
});

describe('trouble with Slack', () => {
  it('is waited out', async () => {
    await using rig = await startWorkerRig();
    await happen(rig);
    rig.sandbox.faults.add({ method: 'files.completeUploadExternal', kind: '500', times: 1 });
    const request = await exportAs(rig, { format: 'jsonl' });
    expect(request).toMatchObject({ state: 'recorded', attempts: 1 });
    rig.clock.advance(2 * 60_000);
    await rig.settle();
    expect(await rig.store.request(request?.id as string)).toMatchObject({ state: 'done' });
    expect(filesOf(rig)).toHaveLength(1);
  });

  it('is told with what to do where it is a refusal', async () => {
    await using rig = await startWorkerRig();
    await happen(rig);
    rig.sandbox.faults.add({ method: 'files.getUploadURLExternal', kind: 'error', error: 'missing_scope' });
    const request = await exportAs(rig, { format: 'jsonl' });
    expect(request).toMatchObject({ state: 'refused', outcome: { message: expect.stringContaining('files:write') } });
  });
});

it('holds no secret, in any spelling', async () => {
  await using rig = await startWorkerRig();
  await rig.recordIssue();
  await rig.settle();
  const [issue] = await rig.store.openRequestsOf(ACCOUNT, 'U0ALICE', 1);
  await rig.recordShow(issue as NonNullable<typeof issue>);
  await rig.settle();
  for (const format of ['jsonl', 'csv'] as const) await exportAs(rig, { format });
  const files = filesOf(rig);
  expect(files).toHaveLength(2);
  const [certificate] = await rig.store.certificatesOfRequest((issue as NonNullable<typeof issue>).id);
  for (const { bytes } of files) {
    const text = bytes.toString();
    expect(text).toContain(certificate?.serial as string);
    expect(text).not.toMatch(/PRIVATE KEY|xox[a-z]-|response_url|\/actions\/T0ACME/);
    for (const key of Object.values(rig.keys)) {
      for (const spelling of ['hex', 'base64', 'base64url', 'latin1'] as const) {
        expect(text).not.toContain(Buffer.from(key).toString(spelling));
      }
    }
    const seed = rig.jobDeps.auditKey.privateKey.export({ format: 'jwk' }).d as string;
    expect(text).not.toContain(seed);
  }
});

/** Events of a long history, written straight into the tables. */
function fillChain(rig: WorkerRig, count: number): void {
  const db = new Database(rig.store.path);
  const event = db.prepare('insert into audit_events values (?, ?, ?, ?, ?, ?, ?, ?)');
  const link = db.prepare('insert into audit_links values (?, ?, ?, ?, ?)');
  db.transaction(() => {
    let previous = '0'.repeat(64);
    for (let sequence = 1; sequence <= count; sequence += 1) {
      const at = new Date(1_700_000_000_000 + sequence);
      const details = { serial: 'ab'.repeat(16), name: `device-${sequence}`, note: 'x'.repeat(100) };
      const row = {
        id: `e${sequence}`,
        accountId: ACCOUNT,
        at,
        actorId: 'U0ADA',
        action: 'certificate.issued',
        subjectKind: 'certificate',
        subjectId: `c${sequence}`,
        details,
      };
      const hash = linkHash(row, sequence, previous);
      event.run(
        row.id,
        ACCOUNT,
        at.getTime(),
        row.actorId,
        row.action,
        row.subjectKind,
        row.subjectId,
        JSON.stringify(details),
      );
      link.run(row.id, ACCOUNT, sequence, previous, hash);
      previous = hash;
    }
    db.prepare(
      'insert into audit_heads (id, sequence, hash, signed, checkpoint_at, version) values (?, ?, ?, 0, ?, 1)',
    ).run(ACCOUNT, count, previous, rig.clock.now().getTime() + DAY);
  })();
  db.close();
}

async function* chunksOf(bytes: Buffer) {
  yield bytes;
}

/** RFC 4180, written from its grammar and from nothing of ours. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  for (let at = 0; at < text.length; ) {
    if (text[at] !== '"') throw new Error(`a cell without quotes at ${at}`);
    let cell = '';
    for (at += 1; ; at += 1) {
      if (text[at] !== '"') cell += text[at];
      else if (text[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else break;
    }
    records.at(-1)?.push(cell);
    at += 1;
    if (text[at] === ',') at += 1;
    else if (text.startsWith('\r\n', at)) {
      at += 2;
      if (at < text.length) records.push([]);
    } else throw new Error(`neither a comma nor CRLF at ${at}`);
  }
  return records;
}
