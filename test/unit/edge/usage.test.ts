import { expect, it } from 'vitest';
import { makeUsage } from '../../../edge/feed/usage.ts';

it('made-up names below a wildcard do not crowd out a hostname for which certificates are used', () => {
  const usage = makeUsage();
  const hourAt = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000);
  const seen = (hostname: string, verified: number) => ({ hostname, hourAt, verified, unverified: 1, blocked: 0 });
  usage.add({ certificates: [], hostnames: Array.from({ length: 5_000 }, (_, n) => seen(`x${n}.example.test`, 0)) });
  usage.add({ certificates: [], hostnames: [seen('api.example.test', 1)] });
  const reported: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { report, taken } = usage.next(new Date());
    reported.push(...report.hosts.map(({ hostname }) => hostname));
    taken();
  }
  expect(reported).toContain('api.example.test');
  expect(reported.length).toBeLessThanOrEqual(2_001);
});
