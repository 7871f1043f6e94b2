import { createPublicKey, X509Certificate } from 'node:crypto';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyChain } from '../../core/audit/verify.ts';
import { deriveSealingKeys } from '../../core/config/secrets.ts';
import { connectRedis } from '../../core/requests/redis.ts';
import { insert } from '../../core/store/plan.ts';
import type { Site } from '../../core/store/rows.ts';
import {
  aRuleFor,
  checkCreated,
  isLastWritten,
  type Known,
  patiently,
  rulesOf,
  type SetOfList,
} from '../support/api-model.ts';
import { makeCsr } from '../support/csr.ts';
import { insertAccessKey } from '../support/insert-access-key.ts';
import { opensslCa } from '../support/openssl-ca.ts';
import { makeRandom } from '../support/random.ts';
import { aSite } from '../support/rows.ts';
import { connect, Esa, type EsaClient, type SdkError } from '../support/sdk.ts';
import { ACCOUNT, MASTER_KEY, type Stack, startStack } from '../support/stack.ts';
import { describeWith } from '../support/tools.ts';

const LONG = 120_000;
const SITES = 4;
/** At the limit for each key as it is by default, 100 calls a second and 200 at once. */
const KEYS = 10;
const CAS = 3;
/** Of the 1,000 calls. */
const HANG_UPS = 100;
const UPLOADS = 10;

describeWith(['redisServer', 'openssl'], 'a thousand calls of the SDK at once', ({ openssl }) => {
  const ca = opensslCa(openssl);
  afterAll(() => ca[Symbol.dispose]());
  const roots = Array.from({ length: CAS + 1 + UPLOADS }, (_, n) => ca.root({ subject: `/O=Load/CN=Root ${n}` }));

  let stack: Stack;
  let sites: Site[];
  let clients: EsaClient[];
  /** One that hangs up at a random moment. */
  let impatient: () => EsaClient;
  let authority: X509Certificate;
  const random = makeRandom(4);
  const client = () => random.pick(clients);
  const numberOf = (index: number) => (sites[index % SITES] as Site).number;

  beforeAll(async () => {
    stack = await startStack({ api: true, twoWorkers: true, env: { LOG_LEVEL: 'info' } });
    sites = Array.from({ length: SITES }, (_, n) =>
      aSite({ accountId: ACCOUNT, name: `s${n}.example`, createdAt: new Date() }),
    );
    await stack.store.commit(sites.map((site) => insert('sites', site)));
    const keys = deriveSealingKeys(Buffer.from(MASTER_KEY, 'base64'));
    const host = stack.apiUrl.slice('http://'.length);
    const made = await Promise.all(Array.from({ length: KEYS }, () => insertAccessKey(stack.store, keys)));
    clients = made.map(({ row, secret }) => connect(host, row.accessKeyId, secret, LONG));
    impatient = () => {
      const { row, secret } = random.pick(made);
      return connect(host, row.accessKeyId, secret, 20 + random.below(4_000));
    };
  }, LONG);
  afterAll(() => stack[Symbol.asyncDispose]());

  const create = (siteId: number, set: { pkeyType?: string; CSR?: string } = { pkeyType: 'ECDSA' }) =>
    patiently(() =>
      client().createClientCertificate(new Esa.CreateClientCertificateRequest({ siteId, validityDays: 30, ...set })),
    );
  const setHostnames = (siteId: number, hostnames: string[], id?: string) =>
    patiently(() =>
      client().setClientCertificateHostnames(
        new Esa.SetClientCertificateHostnamesRequest({ siteId, hostnames, ...(id ? { id } : {}) }),
      ),
    );
  const getHostnames = (siteId: number, id?: string) =>
    client().getClientCertificateHostnames(
      new Esa.GetClientCertificateHostnamesRequest({ siteId, ...(id ? { id } : {}) }),
    );
  const upload = (n: number) => {
    const request = { siteId: numberOf(0), certificate: roots[n]?.pem ?? '', name: `ca ${n}` };
    return patiently(() => client().uploadClientCaCertificate(new Esa.UploadClientCaCertificateRequest(request)));
  };
  const listCas = () =>
    client().listClientCaCertificates(new Esa.ListClientCaCertificatesRequest({ siteId: numberOf(0) }));

  it('no wrong answer, nothing done twice, nothing lost, no certificate that nobody has', {
    timeout: 10 * LONG,
  }, async () => {
    const csrs = await Promise.all(Array.from({ length: 40 }, () => makeCsr('load')));
    // What is there before, made over the API as well.
    const first = await create(numberOf(0));
    const [generation] = await stack.store.authorities(ACCOUNT);
    authority = new X509Certificate(generation?.certificate ?? Buffer.alloc(0));
    const answered = new Map<string, Known>();
    const know = (known: Known) => answered.set(known.id, known);
    know(checkCreated(first.body, authority));
    const before = await Promise.all(
      Array.from({ length: 140 }, async () => know(checkCreated((await create(numberOf(0))).body, authority)) && 0),
    ).then(() => [...answered.keys()]);
    const about = (id: string) => ({ siteId: numberOf(0), id });
    const revoke = (id: string) =>
      patiently(() => client().revokeClientCertificate(new Esa.RevokeClientCertificateRequest(about(id))));
    const activate = (id: string) =>
      patiently(() => client().activateClientCertificate(new Esa.ActivateClientCertificateRequest(about(id))));
    const remove = (id: string) =>
      patiently(() => client().deleteClientCertificate(new Esa.DeleteClientCertificateRequest(about(id))));
    const get = (id: string) => client().getClientCertificate(new Esa.GetClientCertificateRequest(about(id)));
    const [toRevoke, toActivate, toDelete, toRead] = [
      before.slice(0, 60),
      before.slice(60, 100),
      before.slice(100, 130),
      before.slice(130),
    ] as const;
    await Promise.all([...toActivate, ...toDelete].map(revoke));
    const cas = await Promise.all(Array.from({ length: CAS + 1 }, async (_, n) => (await upload(n)).body?.id ?? ''));
    const unbound = cas.pop() as string;
    const makeRule = async (n: number) => {
      const { number, name } = sites[n % SITES] as Site;
      const { body } = await patiently(() => client().createWafRule(aRuleFor(number, `r${n}.${name}`)));
      return { siteId: number, id: body?.id ?? 0 };
    };
    const rules = await Promise.all(Array.from({ length: 40 }, (_, n) => makeRule(n)));
    const [toSwitch, toDrop] = [rules.slice(0, 20), rules.slice(20)];

    // The thousand.
    const sets: SetOfList[] = [];
    const made = [...rules];
    const dropped = new Set<number>();
    const outcomes = { uploaded: [] as string[], overQuota: 0, deleted: 0, notThere: 0, hungUp: 0 };
    const times = (n: number, call: (index: number) => Promise<unknown>) =>
      Array.from({ length: n }, (_, index) => () => call(index));
    const refusedWith = async (call: Promise<unknown>) =>
      call.then(
        () => '',
        (error: SdkError) => error.code,
      );
    const calls: (() => Promise<unknown>)[] = [
      ...times(100, async (n) => know(checkCreated((await create(numberOf(n))).body, authority))),
      ...times(40, async (n) => {
        const csr = csrs[n] as (typeof csrs)[number];
        const { body } = await create(numberOf(n), { CSR: csr.pem });
        know(checkCreated(body, authority, spkiOf(csr.privateKey)));
      }),
      ...times(4, async (n) => know(checkCreated((await create(numberOf(n), { pkeyType: 'RSA' })).body, authority))),
      ...times(HANG_UPS, async (n) => {
        const request = new Esa.CreateClientCertificateRequest({
          siteId: numberOf(n),
          pkeyType: 'ECDSA',
          validityDays: 30,
        });
        const gone = await impatient()
          .createClientCertificate(request)
          .then(
            ({ body }) => void know(checkCreated(body, authority)),
            (error: SdkError) => error,
          );
        if (gone && gone.code !== 'ServiceUnavailable') outcomes.hungUp += 1;
      }),
      ...toRevoke.map((id) => () => revoke(id)),
      ...toActivate.map((id) => () => activate(id)),
      ...toDelete.map((id) => () => remove(id)),
      ...times(70, async (n) => {
        const known = answered.get(toRead[n % toRead.length] as string) as Known;
        const { body } = await get(known.id);
        expect(new X509Certificate(body?.certificate ?? '').fingerprint256).toBe(known.x509.fingerprint256);
        expect(body?.status).toBe('active');
      }),
      ...times(90, async (n) => {
        const request = { siteId: numberOf(n), pageNumber: 1 + (n % 3), pageSize: 20 };
        const { body } = await client().listClientCertificates(new Esa.ListClientCertificatesRequest(request));
        expect(body?.result?.length).toBe(Math.max(0, Math.min(20, (body?.totalCount ?? 0) - (n % 3) * 20)));
      }),
      ...times(80, async () => {
        const { body } = await client().listSites(new Esa.ListSitesRequest({}));
        expect(body?.sites?.map(({ siteId }) => siteId).sort()).toEqual(sites.map(({ number }) => number).sort());
      }),
      ...times(120, async (n) => {
        // The managed authority of every site, and all custom CAs of the first.
        const [site, ca] = n % 2 === 0 ? [n / 2, undefined] : [0, cas[n % CAS]];
        const name = (sites[site % SITES] as Site).name;
        const set = {
          list: `${site % SITES}:${ca}`,
          hostnames: [`a.${name}`, `n${n}.${name}`],
          sentMs: performance.now(),
        };
        const { body } = await setHostnames(numberOf(site), set.hostnames, ca);
        expect(body?.hostnames).toEqual(set.hostnames);
        sets.push({ ...set, answeredMs: performance.now() });
      }),
      ...times(60, async (n) => {
        const { body } = await getHostnames(numberOf(0), cas[n % CAS]);
        expect([0, 2]).toContain(body?.hostnames?.length);
      }),
      ...times(UPLOADS, async (n) => {
        try {
          outcomes.uploaded.push((await upload(CAS + 1 + n)).body?.id ?? '');
        } catch (error) {
          expect((error as SdkError).code).toBe('ClientCaCertificate.OverQuota');
          outcomes.overQuota += 1;
        }
      }),
      ...times(6, async () => {
        const request = new Esa.DeleteClientCaCertificateRequest({ siteId: numberOf(0), id: unbound });
        const code = await refusedWith(patiently(() => client().deleteClientCaCertificate(request)));
        if (code === '') outcomes.deleted += 1;
        else expect(code).toBe('Certificate.NotFound');
      }),
      ...times(20, async () => expect((await listCas()).body?.totalCount).toBeLessThanOrEqual(5)),
      ...times(70, async (n) => void made.push(await makeRule(100 + n))),
      ...toSwitch.map(
        ({ siteId, id }) =>
          () =>
            patiently(() =>
              client().updateWafRule(new Esa.UpdateWafRuleRequest({ siteId, id, status: 'off', position: 1 })),
            ),
      ),
      ...toDrop.map(({ siteId, id }) => async () => {
        await patiently(() => client().deleteWafRule(new Esa.DeleteWafRuleRequest({ siteId, id })));
        dropped.add(id);
      }),
      ...times(60, async (n) => {
        const listed = await rulesOf(client(), numberOf(n));
        expect(listed.map(({ position }) => position)).toEqual(listed.map((_, index) => index + 1));
      }),
    ];
    expect(calls).toHaveLength(1_000);
    let over = 0;
    const faults: unknown[] = [];
    const running = shuffled(calls).map((call) =>
      call()
        .catch((error: unknown) => void faults.push(error))
        .finally(() => {
          over += 1;
        }),
    );
    // In the middle of it a worker dies, and Redis forgets everything.
    await expect.poll(() => over, { timeout: LONG, interval: 5 }).toBeGreaterThan(250);
    await stack.kill('worker-2');
    const redis = connectRedis(stack.redis.url);
    await new Promise((resolve) => redis.once('ready', resolve));
    await redis.flushall();
    redis.disconnect();
    await Promise.all(running);
    expect(faults).toEqual([]);

    // Certificates.
    const serials = [...answered.values()].map(({ x509 }) => x509.serialNumber);
    expect(new Set(serials).size).toBe(serials.length);
    for (const id of toRevoke) expect((await get(id)).body?.status).toBe('revoked');
    for (const id of toActivate) expect((await get(id)).body?.status).toBe('active');
    for (const id of toDelete) expect(await refusedWith(get(id))).toBe('Certificate.NotFound');

    // Lists of hostnames, custom CAs and rules.
    for (const list of new Set(sets.map((set) => set.list))) {
      const [site, ca] = list.split(':') as [string, string];
      const found = (await getHostnames(numberOf(Number(site)), ca === 'undefined' ? undefined : ca)).body?.hostnames;
      expect(
        isLastWritten(
          found ?? [],
          sets.filter((set) => set.list === list),
        ),
        list,
      ).toBe(true);
    }
    expect(outcomes.deleted).toBe(1);
    expect(outcomes.uploaded.length + outcomes.overQuota).toBe(UPLOADS);
    const stored = (await listCas()).body?.result?.map(({ id }) => id).sort();
    expect(stored).toEqual([...cas, ...outcomes.uploaded].sort());
    for (const { number } of sites) {
      const listed = await rulesOf(client(), number);
      expect(listed.map(({ position }) => position)).toEqual(listed.map((_, index) => index + 1));
      const expected = made.filter(({ siteId, id }) => siteId === number && !dropped.has(id));
      expect(listed.map(({ id }) => id).sort()).toEqual(expected.map(({ id }) => id).sort());
      const off = listed.filter(({ status }) => status === 'off').map(({ id }) => id);
      expect(off.sort()).toEqual(
        toSwitch
          .filter(({ siteId }) => siteId === number)
          .map(({ id }) => id)
          .sort(),
      );
    }
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);

    // What is on record: every request has ended, each certificate is of a request of its own and was audited once.
    using database = openBeside(stack.databasePath);
    const count = (what: string) => Number(database.get(`select count(*) as n from ${what}`)['n']);
    await expect.poll(() => count("requests where state = 'recorded'"), { timeout: LONG }).toBe(0);
    expect(count("requests where state not in ('done', 'refused', 'expired')")).toBe(0);
    expect(
      count('(select request_id from certificates where certificate is not null group by 1 having count(*) > 1)'),
    ).toBe(0);
    const issued = count('certificates where certificate is not null');
    expect(count("audit_events where action = 'certificate.issued'")).toBe(issued);
    expect(count("(select subject_id from audit_events where action = 'certificate.issued' group by 1)")).toBe(issued);

    // Whoever hung up has nothing: what was not written to its end is owed, and revoked when its time has come.
    await expect.poll(() => count('written_answers'), { timeout: LONG }).toBe(0);
    expect(outcomes.hungUp).toBeGreaterThan(0);
    const ids = new Set([...answered.keys()]);
    const rows = database.all('select id, shown_at from certificates where certificate is not null');
    const nobodys = rows.filter(({ id }) => !ids.has(String(id).replaceAll('-', '')));
    const owed = new Set(database.all('select id from owed_answers').map(({ id }) => id));
    for (const { id } of rows.filter((row) => !nobodys.includes(row))) expect(owed.has(id)).toBe(false);
    for (const { id, shown_at } of nobodys) expect(owed.has(id) || shown_at !== null).toBe(true);
    database.run('update owed_answers set due_at = 0');
    await expect.poll(() => count('owed_answers'), { timeout: LONG }).toBe(0);
    expect(count("certificates where certificate is not null and shown_at is null and state <> 'revoked'")).toBe(0);

    await expect.poll(async () => (await verifyChain(stack.store, ACCOUNT)).waiting, { timeout: LONG }).toBe(0);
    expect((await verifyChain(stack.store, ACCOUNT)).fault).toBeUndefined();
  });

  function shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    return items.map(() => rest.splice(random.below(rest.length), 1)[0] as T);
  }
});

const spkiOf = (key: Awaited<ReturnType<typeof makeCsr>>['privateKey']) =>
  createPublicKey(key).export({ type: 'spki', format: 'der' });

/** For questions that nobody asks but this test, and for making time pass. */
function openBeside(path: string) {
  const connection = new Database(path, { timeout: 10_000 });
  type Row = Record<string, unknown>;
  return {
    all: (sql: string) => connection.prepare(sql).all() as Row[],
    get: (sql: string) => connection.prepare(sql).get() as Row,
    run: (sql: string) => void connection.prepare(sql).run(),
    [Symbol.dispose]: () => void connection.close(),
  };
}
