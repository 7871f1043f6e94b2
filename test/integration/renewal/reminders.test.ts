import { randomUUID } from 'node:crypto';
import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../core/renewal/due.ts';
import { insert, update } from '../../../core/store/plan.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { renewalIn } from '../../../core/store/sqlite/questions/renewal.ts';
import { remindOfEnds } from '../../../worker/renewal/remind.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate, anAccount, aSite } from '../../support/rows.ts';
import { temporaryStore } from '../../support/store.ts';
import { anUploaded } from '../../support/uploading.ts';
import { ACCOUNT, AUDIT_CHANNEL, site, startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

/** Certificates of alice for a year that end so many days from now. */
async function endingIn(
  rig: WorkerRig,
  days: number,
  { count = 1, ...set }: Partial<Certificate> & { count?: number } = {},
): Promise<Certificate[]> {
  const notAfter = new Date(rig.clock.now().getTime() + days * DAY_MS);
  const made = Array.from({ length: count }, (_, i) =>
    aCertificate({
      accountId: ACCOUNT,
      requestId: randomUUID(),
      serial: randomUUID().replaceAll('-', ''),
      siteId: site.id,
      certificate: Buffer.from([0x30, 0]),
      name: `device-${i}`,
      notBefore: new Date(notAfter.getTime() - 365 * DAY_MS),
      notAfter,
      ...set,
    }),
  );
  await rig.store.commit(made.map((certificate) => insert('certificates', certificate)));
  return made;
}

async function remind(rig: WorkerRig): Promise<void> {
  await remindOfEnds(rig.jobDeps);
  await rig.settle();
}

const toAlice = (rig: WorkerRig) => rig.alice.messages(rig.alice.dm).map(contentOf);
const toChannel = (rig: WorkerRig) => rig.sandbox.person('U0ADA').messages(AUDIT_CHANNEL).map(contentOf);
const pass = (rig: WorkerRig, days: number) => rig.clock.advance(days * DAY_MS);

describe('reminders to an owner', () => {
  it('come once for each mark, however often it is looked', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 31);
    const told: number[] = [];
    for (let days = 31; days >= -1; days -= 0.5) {
      const before = toAlice(rig).length;
      await remind(rig);
      await remind(rig);
      if (toAlice(rig).length > before) told.push(days);
      pass(rig, 0.5);
    }
    expect(told).toEqual([30, 14, 7, 2]);
    expect(toAlice(rig)).toHaveLength(4);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('offer to renew and to look, and say which certificate ends when', async () => {
    await using rig = await startWorkerRig();
    const [certificate] = await endingIn(rig, 7, { name: 'alice-laptop' });
    await remind(rig);
    const [message] = toAlice(rig);
    expect(message).toContain('alice-laptop');
    expect(message).toContain('in 7 days');
    for (const part of ['open_renew', 'open_certificate', certificate?.id]) expect(message).toContain(part);
  });

  it('tell only the nearest mark after a week without a worker, and never the ones that passed', async () => {
    await using rig = await startWorkerRig();
    const [certificate] = await endingIn(rig, 6);
    await remind(rig);
    expect(toAlice(rig)).toHaveLength(1);
    const rows = await rig.store.remindersOf([certificate?.id ?? '']);
    expect(rows.map(({ daysBefore, messageId }) => [daysBefore, messageId !== null]).sort()).toEqual([
      [14, false],
      [30, false],
      [7, true],
    ]);
  });

  it('for 500 certificates are one message with ten of them and the way to the others', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 14, { count: 500 });
    await remind(rig);
    await remind(rig);
    const [message, ...others] = toAlice(rig);
    expect(others).toEqual([]);
    expect(message).toContain('500 of your certificates end soon');
    expect(message).toContain('And 490 more.');
    expect(message?.split('open_renew')).toHaveLength(11);
    expect(message).toContain('open_list');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('of more than one transaction holds are one message as well', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 14, { count: 1201 });
    await remind(rig);
    const [message, ...others] = toAlice(rig);
    expect(others).toEqual([]);
    expect(message).toContain('1201 of your certificates');
  });

  it('stop when it is renewed, and go on when the successor is revoked', async () => {
    await using rig = await startWorkerRig();
    const [old] = await endingIn(rig, 20);
    const [next] = await endingIn(rig, 300, { renewsId: old?.id ?? '' });
    await remind(rig);
    expect(toAlice(rig)).toEqual([]);
    await rig.store.commit([update('certificates', next as Certificate, { state: 'revoked' })]);
    await remind(rig);
    expect(toAlice(rig)).toHaveLength(1);
  });

  it.each(['revoked', 'held', 'intended', 'abandoned'] as const)('do not come for what is %s', async (state) => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 5, { state });
    await remind(rig);
    expect(toAlice(rig)).toEqual([]);
    expect(toChannel(rig)).toEqual([]);
  });

  it('go to the channel when the owner is no longer here', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 10, { count: 2 });
    rig.sandbox.store.updateUser('U0ALICE', { deleted: true });
    await remind(rig);
    expect(toAlice(rig)).toEqual([]);
    const [message] = toChannel(rig);
    expect(message).toContain('no longer here');
    for (const part of ['<@U0ALICE>', 'open_renew', 'open_revoke']) expect(message).toContain(part);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('wait while Slack cannot say who is here, and are then told', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 10);
    rig.sandbox.faults.add({ method: 'users.info', kind: '500', times: 1 });
    await remind(rig);
    expect(toAlice(rig)).toEqual([]);
    await remind(rig);
    expect(toAlice(rig)).toHaveLength(1);
  });

  it('obey the days of the account', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 60);
    await endingIn(rig, 29);
    const account = await rig.store.account(ACCOUNT);
    await rig.store.commit([update('accounts', account ?? anAccount(), { reminderDays: [90, 3] })]);
    await remind(rig);
    expect(toAlice(rig)).toHaveLength(1);
    expect(toAlice(rig)[0]).toContain('2 of your certificates');
  });
});

describe('two workers and dying ones', () => {
  it('tell once when they look at the same moment', async () => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 14, { count: 40 });
    await Promise.all([1, 2, 3].map(() => remindOfEnds(rig.jobDeps)));
    await rig.settle();
    expect(toAlice(rig)).toHaveLength(1);
  });

  it.each([
    [1, 'before'],
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
    [3, 'before'],
    [3, 'after'],
  ] as const)('lose and repeat nothing when one dies at commit %i (%s)', async (n, when) => {
    await using rig = await startWorkerRig();
    await endingIn(rig, 14, { count: 3 });
    rig.dieAtCommit(n, when);
    await remind(rig).catch(() => undefined);
    rig.restart();
    await remind(rig);
    expect(toAlice(rig)).toHaveLength(1);
    expect(toAlice(rig)[0]).toContain('3 of your certificates');
  });
});

describe('reminders to the channel', () => {
  it('tell an authority that ends a year before, with what to do', async () => {
    await using rig = await startWorkerRig();
    await rig.jobDeps.authorities.current(ACCOUNT);
    await rig.settle();
    pass(rig, 24 * 365 - 1);
    await remind(rig);
    const before = toChannel(rig).length;
    pass(rig, 1);
    await remind(rig);
    await remind(rig);
    const told = toChannel(rig);
    expect(told).toHaveLength(before + 1);
    expect(told.at(-1)).toContain('/mtls ca rotate');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('reminders of what no person owns', () => {
  it('of an API key’s certificates go to the channel in its name, and nobody looks it up in Slack', async () => {
    await using rig = await startWorkerRig();
    const asked: string[] = [];
    const people = {
      requireMember: async (accountId: string, userId: string) => {
        asked.push(userId);
        return rig.jobDeps.people.requireMember(accountId, userId);
      },
    };
    await endingIn(rig, 7, { name: 'gateway-1', ownerId: 'key:deploy' });
    await endingIn(rig, 7, { name: 'alice-laptop' });
    await remindOfEnds({ ...rig.jobDeps, people });
    await rig.settle();
    expect(asked).toEqual(['U0ALICE']);
    expect(toAlice(rig).join()).not.toContain('gateway-1');
    const [told, ...more] = toChannel(rig).filter((message) => message.includes('gateway-1'));
    expect(more).toEqual([]);
    expect(told).toMatch(/gateway-1[\s\S]*in 7 days[\s\S]*belongs to API key `deploy`/);
    expect(told).not.toContain('open_renew');
    await remind(rig);
    expect(toChannel(rig).filter((message) => message.includes('gateway-1'))).toHaveLength(1);
  });

  it('of custom CAs name the hostnames whose clients will be refused, once for each mark', async () => {
    await using rig = await startWorkerRig();
    const days = (count: number) => new Date(rig.clock.now().getTime() + count * DAY_MS);
    const dated = (count: number) => ({ notAfter: days(count), createdAt: rig.clock.now() });
    await anUploaded(rig.store, site, { name: 'Plant CA', hostnames: ['api.example.com'], set: dated(400) });
    await anUploaded(rig.store, site, { name: 'Office CA', set: dated(400) });
    const gone = aSite({ name: 'gone.example', state: 'removed' });
    await rig.store.commit([insert('sites', gone)]);
    await anUploaded(rig.store, gone, { name: 'Attic CA', hostnames: ['gone.example'], set: dated(400) });
    const told: number[] = [];
    for (let left = 400; left >= -1; left -= 1) {
      const before = toChannel(rig).length;
      await remind(rig);
      if (toChannel(rig).length > before) told.push(left);
      pass(rig, 1);
    }
    expect(told).toEqual([180, 90, 30, 14, 7, 2]);
    const last = toChannel(rig).at(-1) ?? '';
    expect(last).toMatch(/Plant CA[\s\S]*in 2 days[\s\S]*are refused: `api\.example\.com`[\s\S]*\/mtls ca upload/);
    expect(last).toMatch(/Office CA[\s\S]*No hostname is bound/);
    expect(toChannel(rig).join()).not.toContain('Attic CA');
    expect(rig.sandbox.problems).toEqual([]);
  });
});

describe('the walk over what ends', () => {
  it('reads along the index of ends, however many certificates there are', async () => {
    await using store = temporaryStore();
    const connection = new Database(store.path);
    const asked: [sql: string, values: unknown[]][] = [];
    const logger = { logQuery: (sql: string, values: unknown[]) => void asked.push([sql, values]) };
    const questions = renewalIn(drizzle(connection, { logger }));
    const range = { from: new Date(1), upTo: new Date(2), limit: 500 };
    await questions.endingCertificates(ACCOUNT, { ...range, after: undefined });
    await questions.endingCertificates(ACCOUNT, { ...range, after: { id: 'c', notAfter: new Date(1) } });
    const plans = asked.map(([sql, values]) => connection.prepare(`explain query plan ${sql}`).all(...values));
    connection.close();
    expect(plans).toHaveLength(2);
    for (const plan of plans) {
      const text = JSON.stringify(plan);
      expect(text).toContain('INDEX certificates_ending (account_id=? AND not_after>? AND not_after<?)');
      expect(text).not.toMatch(/SCAN|TEMP B-TREE/);
    }
  });

  it('pages without a gap or a repetition through certificates with the same end', async () => {
    await using rig = await startWorkerRig();
    const made = await endingIn(rig, 3, { count: 23 });
    const upTo = new Date(rig.clock.now().getTime() + 9 * DAY_MS);
    const seen: string[] = [];
    let after: { id: string; notAfter: Date } | undefined;
    for (;;) {
      const page = await rig.store.endingCertificates(ACCOUNT, { from: rig.clock.now(), upTo, after, limit: 5 });
      seen.push(...page.map(({ id }) => id));
      after = page.at(-1);
      if (page.length < 5) break;
    }
    expect(seen).toEqual(made.map(({ id }) => id).sort());
  });
});
