import { hash, randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeBreathe } from '../../../core/breathe.ts';
import { drive } from '../../../core/ca/read-crl/read.ts';
import { serialsOf } from '../../../core/ca/read-crl/serials.ts';
import { loadUploadedCrl } from '../../../core/ca/read-crl/stored.ts';
import { silentLogger } from '../../../core/logger.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { outcomeOf } from '../../../core/requests/end.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Request, UploadedAuthority, UploadedCrl } from '../../../core/store/rows.ts';
import { carryOut } from '../../../worker/processor.ts';
import { makeFetchCrl } from '../../../worker/uploaded-crl/fetch.ts';
import { makeRefresher } from '../../../worker/uploaded-crl/refresh.ts';
import { type CrlOptions, makeOpenSslRoot, type OpenSslRoot } from '../../fixtures/ca/roots.ts';
import { APPROVALS, decideAs, give } from '../../support/approving.ts';
import { startCrlServer } from '../../support/crl-server.ts';
import { describeWith } from '../../support/tools.ts';
import { ACCOUNT, AUDIT_CHANNEL, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

const HOUR_MS = 3_600_000;
const breathe = makeBreathe();

describeWith('openssl', 'a custom CA', ({ openssl }) => {
  let root: OpenSslRoot;
  let rig: WorkerRig;
  let authority: UploadedAuthority;

  beforeAll(async () => {
    root = await makeOpenSslRoot(openssl);
  });
  afterAll(() => root[Symbol.asyncDispose]());
  beforeEach(async () => {
    rig = await startWorkerRig();
    authority = anUploaded();
    await rig.store.commit([insert('uploadedAuthorities', authority)]);
    await give(rig, 'U0BOB', 'approver');
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  function anUploaded(): UploadedAuthority {
    const now = rig.clock.now();
    return {
      id: randomUUID(),
      accountId: ACCOUNT,
      siteId: site.id,
      slot: 1,
      name: 'Partner Root',
      certificate: root.der,
      fingerprint: hash('sha256', root.der),
      subjectSha256: '00'.repeat(32),
      spkiSha256: '00'.repeat(32),
      notBefore: now,
      notAfter: new Date(now.getTime() + 3650 * 24 * HOUR_MS),
      createdBy: 'U0ADA',
      createdAt: now,
      updatedAt: now,
      deletedAt: null,
      version: 1,
    };
  }

  /** Made an hour ago by the rig's clock, good for a day. */
  const crl = (serials: readonly string[], options: CrlOptions = {}) =>
    root.crl({
      revoked: serials.map((serial) => (serial.startsWith('hold:') ? held(serial.slice(5)) : { serial })),
      lastUpdate: new Date(rig.clock.now().getTime() - HOUR_MS),
      nextUpdate: new Date(rig.clock.now().getTime() + 23 * HOUR_MS),
      ...options,
    });
  const held = (serial: string) => ({ serial, reason: 'certificateHold' });

  const serving =
    (octets: Buffer): RequestListener =>
    (_request, response) =>
      void response.end(octets);

  async function ask(source: Payload<'ca_crl'>['source'], actorId = 'U0ALICE'): Promise<Request> {
    const { id } = await rig.record('ca_crl', { authorityId: authority.id, source }, { actorId });
    await rig.settle();
    return (await rig.store.request(id)) as Request;
  }
  const paste = async (octets: Buffer) => ask({ kind: 'paste', crl: octets.toString('base64') });
  const row = async () => (await rig.store.uploadedCrl(authority.id)) as UploadedCrl;
  const now = async (request: Request) => (await rig.store.request(request.id)) as Request;
  const refresher = () => makeRefresher({ ...rig.jobDeps, logger: silentLogger });
  const minutes = (count: number) => rig.clock.advance(count * 60_000);

  /** What edges would refuse. */
  async function inForce(): Promise<string[]> {
    const octets = await loadUploadedCrl(rig.store, await row(), breathe);
    const serials = octets ? await drive(serialsOf(octets), breathe) : new Uint8Array(0);
    return (Buffer.from(serials).toString('hex').match(/.{40}/g) ?? []).map((serial) => serial.replace(/^0+/, ''));
  }
  async function told(channel: string): Promise<string[]> {
    await rig.settle();
    return rig.sandbox
      .person('U0BOB')
      .messages(channel)
      .map(({ text }) => text);
  }
  const toldOf = async (words: string, channel = AUDIT_CHANNEL) =>
    (await told(channel)).filter((text) => text.includes(words));

  it('has its CRL taken as it is given, by an operator alone', async () => {
    const done = await paste(await crl(['0A', 'hold:0B', 'F'.repeat(40)], { number: '10' }));
    expect(done.state).toBe('done');
    expect(outcomeOf(done)).toMatch(/revokes 3 certificates \(3 new, 0 not listed any more\), number 16, good until/);
    expect(await inForce()).toEqual(['a', 'b', 'f'.repeat(40)]);
    expect(await row()).toMatchObject({ url: null, number: '16', entries: 3, problem: null, alarmedAt: null });
    expect(await toldOf('took a new CRL of the custom CA: Partner Root for example.com')).toHaveLength(1);
    // The same once more is no news.
    expect(
      outcomeOf(await paste(Buffer.from((await loadUploadedCrl(rig.store, await row(), breathe)) as Uint8Array))),
    ).toContain('the same as before');
    expect(await toldOf('took a new CRL')).toHaveLength(1);
  });

  it('takes no CRL that is not its own, is past, or is older than the one in force, and says why', async () => {
    await using other = await makeOpenSslRoot(openssl);
    const refused = async (octets: Buffer) => {
      const { state, outcome } = await paste(octets);
      return [state, outcome?.['message']];
    };
    expect(await refused(await other.crl())).toEqual(['refused', expect.stringContaining('not by this CA')]);
    const past = new Date(rig.clock.now().getTime() - 60_000);
    expect(await refused(await crl([], { nextUpdate: past }))).toEqual([
      'refused',
      expect.stringContaining('out of date'),
    ]);
    await paste(await crl(['0A'], { number: '20' }));
    expect(await refused(await crl([], { number: '1F' }))).toEqual([
      'refused',
      expect.stringContaining('is in force already'),
    ]);
    expect(await inForce()).toEqual(['a']);
  });

  it('is let alone by viewers, by other accounts, and once it was deleted', async () => {
    const octets = (await crl(['0A'])).toString('base64');
    expect(await ask({ kind: 'paste', crl: octets }, 'U0BOB')).toMatchObject({ outcome: { code: 'not_authorized' } });
    const block = { authorityId: authority.id, kind: 'serial', value: '0a', because: '' } as const;
    const foreign = await rig.record('ca_block', { ...block, authorityId: 'another' });
    await rig.settle();
    expect(await now(foreign)).toMatchObject({ state: 'refused', outcome: { code: 'not_found' } });
    await rig.store.commit([update('uploadedAuthorities', authority, { deletedAt: rig.clock.now() })]);
    expect(await ask({ kind: 'paste', crl: octets })).toMatchObject({
      state: 'refused',
      outcome: { code: 'not_found' },
    });
  });

  it('lets nobody back in who was revoked before somebody else has agreed; a suspension may end', async () => {
    await paste(await crl(['0A', '0B', 'hold:0C']));
    const ended = await paste(await crl(['0A', '0B']));
    expect(ended.state).toBe('done');

    const asked = await paste(await crl(['0B']));
    expect(asked.state).toBe('waiting');
    expect(await inForce()).toEqual(['a', 'b']);
    const card = JSON.stringify(rig.sandbox.person('U0BOB').messages(APPROVALS).at(-1)?.blocks);
    expect(card).toContain('*Let in again*\\n*1 certificate*');
    // Asked once is enough.
    expect(await paste(await crl(['0B']))).toMatchObject({ outcome: { code: 'already_exists' } });
    await decideAs(rig, 'U0BOB', asked, 'approve');
    expect((await now(asked)).state).toBe('done');
    expect(await inForce()).toEqual(['b']);
  });

  it('has its CRL fetched, at once and then again after a quarter of its window, without asking for what is known', async () => {
    const first = await crl(['0A'], { number: '01' });
    await using server = await startCrlServer((request, response) => {
      if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
      else response.writeHead(200, { etag: '"1"' }).end(first);
    });
    expect(outcomeOf(await ask({ kind: 'url', url: server.url }))).toContain('It is fetched again every 6 hours or so');
    expect(await inForce()).toEqual(['a']);
    expect(await refresher().refreshOne()).toBe(false);

    const worker = refresher();
    minutes(6 * 60);
    expect(await worker.refreshOne()).toBe(true);
    minutes(6 * 60);
    expect(await worker.refreshOne()).toBe(true);
    // The first time of a new process in full, then by what the server has said.
    expect(server.requests.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, undefined, '"1"']);
    expect(await toldOf('took a new CRL')).toHaveLength(1);

    server.answer = serving(await crl(['0A', '0B'], { number: '02' }));
    minutes(6 * 60);
    await worker.refreshOne();
    expect(await inForce()).toEqual(['a', 'b']);
    expect(await toldOf('Countersign took a new CRL of the custom CA: Partner Root')).toHaveLength(1);
  });

  it('keeps the source it has until another one has given a good list', async () => {
    await using server = await startCrlServer(serving(await crl(['0A'])));
    await ask({ kind: 'url', url: server.url });
    await using bad = await startCrlServer((_request, response) => void response.writeHead(404).end());
    const refused = await ask({ kind: 'url', url: bad.url });
    expect(outcomeOf(refused)).toBe('The server answers 404 instead of the CRL.');
    expect((await row()).url).toBe(server.url);
    expect(outcomeOf(await ask({ kind: 'url', url: 'http://user:pw@example.com/' }))).toContain(
      'user name or a password',
    );
  });

  it('is not fetched any more only when somebody else agrees, and keeps its last list', async () => {
    await using server = await startCrlServer(serving(await crl(['0A'])));
    await ask({ kind: 'url', url: server.url });
    const asked = await ask({ kind: 'none' });
    expect([asked.state, (await row()).url]).toEqual(['waiting', server.url]);
    await decideAs(rig, 'U0BOB', asked, 'approve');
    expect((await row()).url).toBeNull();
    expect(await inForce()).toEqual(['a']);
    expect(await ask({ kind: 'none' })).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
    // Nothing is fetched, but its end is not overlooked.
    const { requests } = server;
    minutes(24 * 60);
    expect(await refresher().refreshOne()).toBe(true);
    expect(requests).toHaveLength(1);
    expect(await toldOf('out-of-date CRL')).toHaveLength(1);
  });

  it.each<[string, (good: Buffer, old: Buffer) => RequestListener | Promise<RequestListener>, string]>([
    ['is away', () => (request) => void request.socket.destroy(), 'cannot be reached'],
    ['sends something else', () => serving(Buffer.from('<html>')), 'This is not a CRL'],
    ['sends a list that was changed', (good) => serving(changed(good)), 'not by this CA'],
    ['sends an older list', (_good, old) => serving(old), 'in force already'],
  ])('whose server %s keeps its last good list, and tells why', async (_, answer, words) => {
    const old = await crl(['0A'], { number: '01' });
    const good = await crl(['0A', '0B'], { number: '02' });
    await using server = await startCrlServer(serving(good));
    await ask({ kind: 'url', url: server.url });
    server.answer = await answer(good, old);
    const worker = refresher();
    minutes(6 * 60);
    await worker.refreshOne();
    expect(await row()).toMatchObject({ problem: expect.stringContaining(words), attempts: 1, alarmedAt: null });
    expect(await inForce()).toEqual(['a', 'b']);
    // It is tried again after one minute, then after two.
    minutes(1);
    expect(await worker.refreshOne()).toBe(true);
    minutes(1);
    expect(await worker.refreshOne()).toBe(false);
    minutes(1);
    server.answer = serving(good);
    expect(await worker.refreshOne()).toBe(true);
    expect(await row()).toMatchObject({ problem: null, attempts: 0 });
  });

  it('whose CRL has ended alarms once, in both channels, keeps the last list, and tells when it is good again', async () => {
    const good = await crl(['0A'], { number: '01' });
    await using server = await startCrlServer(serving(good));
    await ask({ kind: 'url', url: server.url });
    server.answer = (_request, response) => void response.writeHead(503).end();
    const worker = refresher();
    for (let hour = 0; hour < 30; hour++) {
      minutes(60);
      while (await worker.refreshOne());
    }
    expect(await toldOf('has only an out-of-date CRL of the custom CA: Partner Root for example.com')).toHaveLength(1);
    expect(await toldOf('has only an out-of-date CRL', APPROVALS)).toHaveLength(1);
    expect(await row()).toMatchObject({ alarmedAt: expect.any(Date), problem: expect.stringContaining('503') });
    expect(await inForce()).toEqual(['a']);

    server.answer = serving(await crl(['0A', '0C'], { number: '02' }));
    minutes(60);
    await worker.refreshOne();
    expect(await row()).toMatchObject({ alarmedAt: null, problem: null, number: '2' });
    expect(await inForce()).toEqual(['a', 'c']);
    expect(await toldOf('has a good CRL again')).toHaveLength(1);
    expect(await toldOf('has a good CRL again', APPROVALS)).toHaveLength(1);
  });

  it('is fetched by one of two workers, and by the other when that one is gone', async () => {
    const octets = await crl(['0A']);
    await using server = await startCrlServer(serving(octets));
    await ask({ kind: 'url', url: server.url });
    minutes(6 * 60);
    const held = { answer: () => {} };
    const begun = new Promise<void>((resolve) => {
      server.answer = (_request, response) => {
        held.answer = () => void response.end(octets);
        resolve();
      };
    });
    const first = refresher().refreshOne();
    await begun;
    expect(await refresher().refreshOne()).toBe(false);
    minutes(3);
    server.answer = serving(octets);
    expect(await refresher().refreshOne()).toBe(true);
    const { version } = await row();
    held.answer();
    expect(await first).toBe(true);
    expect((await row()).version).toBe(version);
    expect(await rig.store.uploadedCrlsDue(rig.clock.now(), 9)).toEqual([]);
  });

  it('lets go at once when the worker ends, so that the next one can go on', async () => {
    await using server = await startCrlServer(serving(await crl(['0A'])));
    await ask({ kind: 'url', url: server.url });
    minutes(6 * 60);
    const ending = new AbortController();
    server.answer = () => ending.abort();
    await expect(refresher().refreshOne(ending.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(await rig.store.uploadedCrlsDue(rig.clock.now(), 9)).toHaveLength(1);
    expect(await row()).toMatchObject({ problem: null, attempts: 0 });
  });

  it('with a list of many pieces has all of them, and the replaced ones are swept', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => (0x4f000000 + i).toString(16));
    await paste(await crl(many));
    const { contentId } = await row();
    expect(await inForce()).toEqual(many);
    await paste(await crl([...many, '50000000']));
    expect(await inForce()).toHaveLength(20_001);
    const sweepAll = async () => {
      while (await rig.store.sweepCrlChunks(rig.clock.now()));
    };
    minutes(1);
    await sweepAll();
    expect(await rig.store.crlChunk(contentId as string, 0)).toBeUndefined();
    expect(await inForce()).toHaveLength(20_001);

    const kept = await row();
    await rig.store.commit([update('uploadedAuthorities', authority, { deletedAt: rig.clock.now() })]);
    await refresher().forgetDeleted();
    minutes(1);
    await sweepAll();
    expect(await rig.store.crlChunk(kept.contentId as string, 0)).toBeUndefined();
    expect(await rig.store.uploadedCrlsToForget(9)).toEqual([]);
  });

  it('that has ended itself is neither fetched nor alarmed about any more', async () => {
    await using server = await startCrlServer(serving(await crl(['0A'])));
    await ask({ kind: 'url', url: server.url });
    rig.clock.advance(3651 * 24 * HOUR_MS);
    expect(await refresher().refreshOne()).toBe(false);
    expect([server.requests.length, await toldOf('out-of-date')]).toEqual([1, []]);
  });

  it('given two lists at once has the newer one in force, whichever came first', async () => {
    const lists = await Promise.all([crl(['0A'], { number: '01' }), crl(['0A', '0B'], { number: '02' })]);
    const asked = [];
    for (const list of lists) {
      const source = { kind: 'paste', crl: list.toString('base64') } as const;
      asked.push(await rig.record('ca_crl', { authorityId: authority.id, source }, { actorId: 'U0ALICE' }));
    }
    await Promise.all(asked.map(({ id }) => carryOut(rig.jobDeps, id)));
    minutes(1);
    await rig.settle();
    expect(await inForce()).toEqual(['a', 'b']);
    const states = await Promise.all(asked.map(async (request) => (await now(request)).state));
    expect(states[1]).toBe('done');
    expect(['done', 'refused']).toContain(states[0]);
  });

  it('a worker that dies while it takes a list leaves the old one or the new one', async () => {
    await paste(await crl(['0A']));
    const next = await crl(['0A', '0B'], { number: '02' });
    for (let commit = 1; commit < 9; commit++) {
      const { id } = await rig.record('ca_crl', {
        authorityId: authority.id,
        source: { kind: 'paste', crl: next.toString('base64') },
      });
      rig.dieAtCommit(commit, commit % 2 === 0 ? 'before' : 'after');
      await rig.settle().catch(() => undefined);
      expect([['a'], ['a', 'b']]).toContainEqual(await inForce());
      rig.restart();
      await rig.settle();
      expect((await rig.store.request(id))?.state).toBe('done');
      expect(await inForce()).toEqual(['a', 'b']);
    }
  });

  it('has a certificate blocked by serial or fingerprint at once, once, and lifted by two', async () => {
    const block = async (set: Partial<Payload<'ca_block'>>) => {
      const payload = { authorityId: authority.id, kind: 'serial', value: '0a1b', because: 'Lost.', ...set } as const;
      const { id } = await rig.record('ca_block', payload, { actorId: 'U0ALICE' });
      await rig.settle();
      return (await rig.store.request(id)) as Request;
    };
    const blocked = await block({});
    expect(outcomeOf(blocked)).toContain('with the serial number `0a:1b` is blocked.');
    expect(await block({})).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
    expect(await block({ value: '00' })).toMatchObject({ state: 'refused', outcome: { code: 'invalid_input' } });
    expect(await block({ kind: 'fingerprint', value: 'ab' })).toMatchObject({ state: 'refused' });
    expect((await block({ kind: 'fingerprint', value: 'ab'.repeat(32) })).state).toBe('done');
    expect((await rig.store.blocksOf(authority.id, 9)).map(({ kind }) => kind).sort()).toEqual([
      'fingerprint',
      'serial',
    ]);
    expect(await toldOf('blocked a certificate of the custom CA: Partner Root for example.com')).toHaveLength(2);

    const lift = async () => {
      const { id } = await rig.record('ca_unblock', { blockId: blocked.id, because: 'Found.' }, { actorId: 'U0ALICE' });
      await rig.settle();
      return (await rig.store.request(id)) as Request;
    };
    const asked = await lift();
    expect(asked.state).toBe('waiting');
    expect(await lift()).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
    expect(await rig.store.countBlocks(authority.id)).toBe(2);
    await decideAs(rig, 'U0BOB', asked, 'approve');
    expect(await rig.store.block(blocked.id)).toMatchObject({ liftedBy: 'U0ALICE' });
    expect(await rig.store.countBlocks(authority.id)).toBe(1);
    expect(await lift()).toMatchObject({ state: 'refused', outcome: { code: 'already_exists' } });
    // What was lifted can be blocked again.
    expect((await block({})).state).toBe('done');
  });

  it('is refused a private address where the installation does not allow any', async () => {
    await using server = await startCrlServer(serving(await crl(['0A'])));
    rig.jobDeps.fetchCrl = makeFetchCrl(() => false);
    expect(outcomeOf(await ask({ kind: 'url', url: server.url }))).toContain('Its address is a private one');
    expect([server.requests.length, await rig.store.uploadedCrl(authority.id)]).toEqual([0, undefined]);
  });

  function changed(octets: Buffer): Buffer {
    const copy = Buffer.from(octets);
    const at = octets.indexOf(Buffer.from('02010a', 'hex'));
    copy[at + 2] = 0x0d;
    return copy;
  }
});
