import { describe, expect, it } from 'vitest';
import { dryRun } from '../../../core/waf/dry-run.ts';
import { parseExpression } from '../../../core/waf/parse.ts';

const VERIFIED = 'tls_client_auth.cert_verified';
const COUNTED = [
  { hostname: 'api.example.com', verified: 100, unverified: 7, blocked: 2 },
  { hostname: 'www.example.com', verified: 0, unverified: 5_000, blocked: 0 },
];
const run = (text: string) => dryRun(parseExpression(text), COUNTED);

describe('a dry run over what edges counted', () => {
  it('is exact for hostnames and verified certificates, and leaves other hostnames alone', () => {
    expect(run(`http.host in {"api.example.com" "new.example.com"} and not ${VERIFIED}`)).toEqual({
      hosts: [{ ...COUNTED[0], matched: { least: 7, most: 7 } }],
      total: { least: 7, most: 7, requests: 107, blocked: 2 },
      uncounted: [],
      isTimed: false,
    });
  });

  it('tells the most where a rule is in force at some times only', () => {
    const tree = parseExpression(`http.host eq "api.example.com" and not ${VERIFIED}`);
    expect(dryRun(tree, COUNTED, { isTimed: true })).toMatchObject({ total: { least: 0, most: 7 }, isTimed: true });
  });

  it('tells the most where a rule asks for more, and what it asks for', () => {
    const { total, uncounted } = run(
      `http.host eq "api.example.com" and not ${VERIFIED} and starts_with(http.request.uri.path, "/admin")`,
    );
    expect(total).toMatchObject({ least: 0, most: 7 });
    expect(uncounted).toEqual(['http.request.uri.path']);
  });

  it('does not pretend to know how many of those without a verified one had none or a revoked one', () => {
    const { total, uncounted } = run('http.host eq "api.example.com" and tls_client_auth.cert_revoked');
    expect(total).toMatchObject({ least: 0, most: 7 });
    expect(uncounted).toEqual([]);
  });

  it('adds hostnames up, and is empty for a rule about none that was seen', () => {
    expect(run(`ends_with(http.host, ".example.com") and not ${VERIFIED}`).total).toEqual({
      least: 5_007,
      most: 5_007,
      requests: 5_107,
      blocked: 2,
    });
    expect(run(`http.host eq "new.example.com" and not ${VERIFIED}`).hosts).toEqual([]);
  });
});
