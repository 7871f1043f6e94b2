import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { insert } from '../../../core/store/plan.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { give } from '../../support/approving.ts';
import { aCertificate } from '../../support/rows.ts';
import { describeWith } from '../../support/tools.ts';
import { startWorkerRig, type WorkerRig } from '../../support/worker-rig.ts';

let rig: WorkerRig;
let certificate: Certificate;
beforeEach(async () => {
  rig = await startWorkerRig();
  const issue = await rig.recordIssue();
  await rig.settle();
  await rig.recordShow(issue);
  await rig.settle();
  [certificate] = (await rig.store.certificatesOfRequest(issue.id)) as [Certificate];
  return () => rig[Symbol.asyncDispose]();
});

/** What this person has been sent, in its order. */
function filesOf(userId: string) {
  const person = rig.sandbox.person(userId);
  return person.messages(person.dm).flatMap(({ fileIds = [] }) => fileIds.map((id) => person.download(id)));
}

async function ask(actorId: string, certificateId = certificate.id) {
  const request = await rig.record('certificate_files', { certificateId }, { actorId });
  await rig.settle().catch(() => undefined);
  return request.id;
}

describeWith('openssl', 'the files of a certificate', ({ openssl }) => {
  it('are its public part as PEM, as DER, and with its authority, and OpenSSL takes them', async () => {
    const id = await ask('U0ALICE');
    expect(await rig.store.request(id)).toMatchObject({ state: 'done', outcome: { code: 'files_sent' } });
    const files = filesOf('U0ALICE');
    expect(files.map(({ name }) => name)).toEqual(['alice-laptop.crt', 'alice-laptop.der', 'alice-laptop-chain.pem']);
    const [pem, der, chain] = files.map(({ bytes }) => bytes) as [Buffer, Buffer, Buffer];
    expect(der.equals(certificate.certificate as Buffer)).toBe(true);
    expect(new X509Certificate(pem).raw.equals(der)).toBe(true);
    for (const { bytes } of files) expect(bytes.toString('latin1')).not.toMatch(/PRIVATE KEY/);

    const [leaf, authority] = chain
      .toString()
      .match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/g) as [string, string];
    expect(leaf).toBe(pem.toString());
    const folder = mkdtempSync(join(tmpdir(), 'cs-files-'));
    writeFileSync(join(folder, 'ca.pem'), authority);
    writeFileSync(join(folder, 'leaf.der'), der);
    const verify = ['verify', '-CAfile', join(folder, 'ca.pem'), '-purpose', 'sslclient', join(folder, 'leaf.der')];
    expect(execFileSync(openssl, verify).toString()).toContain('OK');
    rmSync(folder, { recursive: true });
  });

  it('go to who owns it or may see the inventory, and to nobody else', async () => {
    await give(rig, 'U0BOB', 'viewer');
    expect(await rig.store.request(await ask('U0BOB'))).toMatchObject({ state: 'done' });
    expect(filesOf('U0BOB')).toHaveLength(3);
    const refusals = await Promise.all(
      [await ask('U0EVE'), await ask('U0EVE', 'no-such-id')].map((id) => rig.store.request(id)),
    );
    for (const request of refusals)
      expect(request).toMatchObject({ state: 'refused', outcome: { code: 'not_authorized' } });
    // What is there and what is not read alike to somebody without a role.
    expect(refusals[0]?.outcome).toEqual(refusals[1]?.outcome);
    expect(filesOf('U0EVE')).toEqual([]);
  });

  it('of another account, or of a certificate that was never issued, are not there', async () => {
    const foreign = aCertificate({
      accountId: 'T0OTHER',
      requestId: 'x',
      serial: 'aa',
      certificate: Buffer.from([0x30, 0]),
    });
    const intended = aCertificate({ state: 'intended', requestId: 'y', serial: 'bb' });
    await rig.store.commit([insert('certificates', foreign), insert('certificates', intended)]);
    for (const { id } of [foreign, intended]) {
      expect(await rig.store.request(await ask('U0ALICE', id))).toMatchObject({ outcome: { code: 'not_found' } });
    }
    expect(filesOf('U0ALICE')).toEqual([]);
  });

  it('that have been sent are not sent again by the worker that takes over', async () => {
    for (const n of [2, 3, 4, 5]) {
      const before = filesOf('U0ALICE').length;
      rig.dieAtCommit(n, 'after');
      const id = await ask('U0ALICE');
      expect(rig.isDead).toBe(true);
      rig.restart();
      await rig.settle();
      expect(await rig.store.request(id)).toMatchObject({ state: 'done' });
      expect(filesOf('U0ALICE').length - before).toBe(3);
    }
  });
});
