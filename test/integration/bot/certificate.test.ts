import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import * as events from '../../../core/audit/events.ts';
import { createAuthority } from '../../../core/ca/authority.ts';
import { describeCertificate } from '../../../core/ca/certificate.ts';
import { planHold, planRelease } from '../../../core/ca/revoke.ts';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import type { Person } from '../../../sandbox/server/person.ts';
import { contentOf } from '../../support/acts.ts';
import { aCertificate } from '../../support/rows.ts';
import { ACCOUNT, type BotRig, grant, seed, site, startBotRig } from './rig.ts';

const WHERE = 'C0GENERAL';
let der: Buffer;
beforeAll(async () => {
  const made = await createAuthority({ accountId: ACCOUNT, generation: 1, now: new Date(), random: randomBytes });
  der = Buffer.from(made.certificateDer);
});

const certificate = (set: Partial<Certificate> = {}) =>
  aCertificate({
    serial: `4f${randomBytes(15).toString('hex')}`,
    requestId: randomUUID(),
    siteId: site.id,
    certificate: der,
    fingerprint: randomBytes(32).toString('hex'),
    createdAt: new Date(),
    notAfter: new Date(Date.now() + 365 * 86_400_000),
    ...set,
  });

async function startWith(...certificates: Certificate[]): Promise<BotRig> {
  const rig = await startBotRig();
  await seed(
    rig.store,
    certificates.map((row) => insert('certificates', row)),
  );
  return rig;
}

const titleOf = ({ modal }: Person) => modal?.title?.text;
const textOf = ({ modal }: Person) => contentOf({ text: '', blocks: modal?.blocks ?? [] });
const reply = (person: Person) => person.ephemerals(WHERE).at(-1)?.text;

describe('/mtls show', () => {
  it('finds one certificate by its serial in any notation, its fingerprint and its name', async () => {
    const laptop = certificate({ name: 'laptop' });
    const other = certificate({ name: 'laptop-2' });
    await using rig = await startWith(laptop, other);
    const alice = rig.sandbox.person('U0ALICE');
    const pairs = laptop.serial.match(/../g) ?? [];
    const spellings = [
      laptop.serial,
      pairs.join(':').toUpperCase(),
      pairs.join(' '),
      `0x${laptop.serial}`,
      `serial:${laptop.serial}`,
      laptop.fingerprint,
      'LAPTOP',
    ];
    for (const spelling of spellings) {
      await alice.command(WHERE, `/mtls show ${spelling}`);
      expect(titleOf(alice)).toBe('Certificate');
      expect(textOf(alice)).toContain(pairs.join(':'));
      await alice.close();
    }
    await alice.command(WHERE, '/mtls show lapt');
    expect(titleOf(alice)).toBe('Certificates');
    expect(textOf(alice)).toContain('laptop-2');
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('shows all of it: what it is, what it is used for, and its public part', async () => {
    const shown = certificate({ name: 'laptop', ownerId: 'U0BOB' });
    await using rig = await startWith(shown);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, `/mtls show ${shown.serial}`);
    const text = textOf(alice);
    const { subject, pem } = describeCertificate(der);
    for (const part of [
      'laptop',
      'example.com',
      '<@U0BOB>',
      subject,
      shown.fingerprint ?? '',
      pem,
      'No edge has reported',
    ]) {
      expect(text).toContain(part);
    }
    expect(text).toMatch(/Renew.*Revoke.*Download/s);
  });

  it('says what to type without a certificate, and that there is none', async () => {
    await using rig = await startWith(certificate());
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls show');
    expect(reply(alice)).toContain('Say which certificate');
    await alice.command(WHERE, '/mtls show nothing-like-it');
    expect(reply(alice)).toContain('There is no certificate `nothing-like-it` here');
    await alice.command(WHERE, `/mtls show <!channel>${'x'.repeat(400)}`);
    expect(reply(alice)).not.toContain('<!channel>');
  });

  it('shows somebody without a role their own, and of others not even that they are there', async () => {
    const own = certificate({ name: 'eves', ownerId: 'U0EVE' });
    const others = certificate({ name: 'alices' });
    await using rig = await startWith(own, others);
    const eve = rig.sandbox.person('U0EVE');
    await eve.command(WHERE, '/mtls show eves');
    expect(titleOf(eve)).toBe('Certificate');
    expect(textOf(eve)).not.toContain('open_renew');
    const refusal = async (value: string) => {
      await eve.act('modal', { type: 'button', block_id: 'x', action_id: 'open_certificate', value });
      const said = await eve.until(() => (titleOf(eve) === 'Certificate' ? undefined : textOf(eve)));
      await eve.close();
      return /This needs.*/.exec(said)?.[0] ?? said;
    };
    expect(await refusal(others.id)).toBe(await refusal(randomUUID()));
  });

  it('leads to what it was renewed by and back, in the same window', async () => {
    const old = certificate({ name: 'old' });
    const next = certificate({ name: 'next', renewsId: old.id });
    await using rig = await startWith(old, next);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls show old');
    expect(textOf(alice)).toContain('Renewed by');
    expect(JSON.stringify(alice.modal?.blocks)).not.toContain('open_renew');
    await alice.click('modal', 'Show');
    expect(textOf(alice)).toContain('*Renews*');
    expect(alice.modals).toHaveLength(1);
    await alice.click('modal', 'Show');
    expect(textOf(alice)).toContain('*Renewed by*');
  });

  it('tells its history from the audit, newest first, page by page', async () => {
    const shown = certificate({ name: 'laptop' });
    await using rig = await startWith(shown);
    await rig.store.commit(
      events.certificateIssued({ accountId: ACCOUNT, actorId: 'U0ALICE', at: new Date(1_000) }, shown),
    );
    let present = shown;
    for (let i = 1; i <= 10; i += 1) {
      const at = new Date(i * 60_000);
      const change = { actorId: 'U0BOB', at, requestId: `r${i}`, because: `because ${i};` };
      await rig.store.commit(i % 2 === 1 ? planHold(present, change) : planRelease(present, change));
      present = { ...present, version: present.version + 1, heldAt: at };
    }
    const alice = rig.sandbox.person('U0ALICE');
    await alice.command(WHERE, '/mtls show laptop');
    const numbers = () => [...textOf(alice).matchAll(/because (\d+);/g)].map(([, n]) => Number(n));
    expect(numbers()).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
    await alice.click('modal', 'Older');
    expect(numbers()).toEqual([2, 1]);
    expect(textOf(alice)).toContain('was issued a certificate');
    await alice.click('modal', 'Newest');
    expect(numbers()[0]).toBe(10);
    await alice.act('modal', { type: 'button', block_id: 'history', action_id: 'history_older', value: 'made up' });
    expect(numbers()[0]).toBe(10);
    expect(rig.sandbox.problems).toEqual([]);
  });

  it('asks for the files, once for each click, and for nobody who may not see it', async () => {
    const shown = certificate({ name: 'laptop', ownerId: 'U0BOB' });
    await using rig = await startWith(shown);
    await rig.store.commit(grant('U0EVE', 'viewer'));
    const eve = rig.sandbox.person('U0EVE');
    await eve.command(WHERE, '/mtls show laptop');
    await eve.click('modal', 'Download');
    await eve.until(() => /come as a direct message/.test(textOf(eve)));
    expect(rig.announced).toMatchObject([
      { kind: 'certificate_files', actorId: 'U0EVE', payload: { certificateId: shown.id } },
    ]);
    await eve.close();
    const hers = (await rig.store.roles(ACCOUNT)).find(({ userId }) => userId === 'U0EVE');
    await rig.store.commit([{ op: 'delete', table: 'roles', id: hers?.id ?? '' }]);
    await eve.click('modal', 'Download');
    await eve.until(() => /needs the role/.test(textOf(eve)));
    expect(rig.announced).toHaveLength(1);
  });
});

describe('buttons of the Home', () => {
  it('open the list and a certificate', async () => {
    const shown = certificate({ name: 'laptop' });
    await using rig = await startWith(shown);
    const alice = rig.sandbox.person('U0ALICE');
    await alice.openHome();
    await alice.until(({ home }) => home);
    await alice.click('home', 'All my certificates');
    expect(titleOf(alice)).toBe('Certificates');
    expect(textOf(alice)).toContain('laptop');
    await alice.close();
    await alice.click('home', 'Details');
    expect(titleOf(alice)).toBe('Certificate');
    await alice.close();
    await alice.click('home', 'Revoke');
    expect(titleOf(alice)).toBe('Revoke Certificate');
    expect(rig.sandbox.problems).toEqual([]);
  });
});
