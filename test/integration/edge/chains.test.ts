import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readIntermediates } from '../../../edge/proxy/intermediates.ts';
import { A, makeWorld } from '../../support/conformance-world.ts';
import { askEdge } from '../../support/edge-client.ts';
import { makeAuthority, makeLeaf, unknownExtension } from '../../support/pki.ts';
import { startHaproxy, startNginx } from '../../support/proxy-rig.ts';
import { describeWith } from '../../support/tools.ts';

describeWith('nginx', 'nginx and certificates below an intermediate', () => {
  it('counts none below one that it was not told of', async () => {
    await using world = await makeWorld();
    const [known] = world.chains.depth1 ?? [];
    writeFileSync(world.intermediates, known?.pem ?? '');
    await using edge = await startNginx(world);
    await edge.apply(world.enforced());
    expect(await askEdge(edge, { sni: A, client: world.clients.depth1 })).toMatchObject({ status: 200 });
    expect(await askEdge(edge, { sni: A, client: world.clients.depth4 })).toMatchObject({ status: 403 });
  });

  it('takes no configuration with a file that cannot be read, and says why', async () => {
    await using world = await makeWorld();
    await using edge = await startNginx(world);
    await edge.apply(world.enforced());
    writeFileSync(world.intermediates, world.made.good.pem);
    const applied = edge.apply(world.enforced({ rules: [] }));
    await expect
      .poll(() => edge.problems.get('effect'))
      .toContain('certificate 1 of the intermediates is no authority');
    expect(await askEdge(edge, { sni: A })).toMatchObject({ status: 403 });
    writeFileSync(world.intermediates, world.roots.a.pem);
    await applied;
    expect(await askEdge(edge, { sni: A })).toMatchObject({ status: 200 });
  });
});

describeWith('haproxy', 'HAProxy and certificates below an intermediate', () => {
  it('denies those, and no others, while nobody can say what they are worth', async () => {
    await using world = await makeWorld();
    await using edge = await startHaproxy(world);
    await edge.apply(world.enforced());
    await edge.stopAgent();
    expect(await askEdge(edge, { sni: A, client: world.clients.depth1 })).toMatchObject({ status: 503 });
    expect(await askEdge(edge, { sni: A, client: world.clients.good })).toMatchObject({ status: 200 });
  });

  it('counts none whose chain is longer than HAProxy hands on, whatever comes after the long one', async () => {
    await using world = await makeWorld();
    const filling = unknownExtension(false, Buffer.from(`0483009c40${'00'.repeat(40_000)}`, 'hex'));
    const long = await makeAuthority('CN=Long', { issuer: world.roots.a, extensions: [filling] });
    const leaf = await makeLeaf('CN=alice-laptop', long);
    const [other] = world.chains.depth1 ?? [];
    await using edge = await startHaproxy(world);
    await edge.apply(world.enforced());
    for (const chain of [long.pem, long.pem + other?.pem, other?.pem + long.pem]) {
      const client = { certificate: leaf.pem + chain, key: leaf.keyPem };
      expect(await askEdge(edge, { sni: A, client })).toMatchObject({ status: 403 });
    }
  });
});

describe('a file of intermediates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-intermediates-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const reading = (text: string) => {
    const path = join(folder, 'intermediates.pem');
    writeFileSync(path, text);
    return readIntermediates(path);
  };

  it('is read in its order, with whatever is between the certificates', async () => {
    const [one, two] = [await makeAuthority('CN=One'), await makeAuthority('CN=Two')];
    const read = await reading(`subject=CN=One\r\n${one.pem.replaceAll('\n', '\r\n')}\n# the other\n${two.pem}`);
    expect(read.map(({ serial }) => serial)).toEqual([one.serial, two.serial]);
  });

  it.each([
    ['nothing', '', 'holds no certificate in PEM'],
    [
      'a certificate cut off',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'certificate 1 of the intermediates cannot be read',
    ],
    ['too much', '#'.repeat(1_048_577), 'longer than 1048576 octets'],
  ])('that holds %s is refused with the reason', async (_, text, reason) => {
    await expect(reading(text)).rejects.toThrow(reason);
  });

  it('that is not there is refused with its path', async () => {
    await expect(readIntermediates('/nowhere/x.pem')).rejects.toThrow('/nowhere/x.pem (ENOENT)');
  });

  it('with too many is refused', async () => {
    const { pem } = await makeAuthority('CN=One');
    await expect(reading(pem.repeat(101))).rejects.toThrow('more than 100 certificates');
  });
});
