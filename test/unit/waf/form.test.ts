import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../core/waf/compile.ts';
import { type RuleForm, readForm, writeForm } from '../../../core/waf/form.ts';
import { hostnameGuard } from '../../../core/waf/hostnames.ts';
import { parseExpression } from '../../../core/waf/parse.ts';
import { requestFacts } from '../../support/waf.ts';

const form = (given: Partial<RuleForm>): RuleForm => ({ verified: 'any', hostnames: [], more: '', ...given });

describe('the form of a rule', () => {
  it.each<[Partial<RuleForm>, string | undefined]>([
    [{}, undefined],
    [
      { verified: 'no', hostnames: ['api.example.com'] },
      'http.host eq "api.example.com" and not tls_client_auth.cert_verified',
    ],
    [
      { verified: 'no', hostnames: ['a.example.com', 'b.example.com'] },
      'http.host in {"a.example.com" "b.example.com"} and not tls_client_auth.cert_verified',
    ],
    [{ verified: 'yes' }, 'tls_client_auth.cert_verified'],
    [
      { hostnames: ['*.example.com', 'example.org'], more: 'ip.src eq 10.0.0.1' },
      '(http.host eq "example.org" or http.host matches "^[^.]+\\.example\\.com$") and ip.src eq 10.0.0.1',
    ],
    [
      { hostnames: ['a.example.com'], more: 'ssl or http.request.method eq "GET"' },
      'http.host eq "a.example.com" and (ssl or http.request.method eq "GET")',
    ],
    [{ more: 'true' }, 'true'],
  ])('%j makes %s', (given, expected) => {
    expect(writeForm(form(given))).toBe(expected);
  });

  it.each<Partial<RuleForm>>([
    { verified: 'no', hostnames: ['api.example.com'] },
    { verified: 'yes', hostnames: ['a.example.com', '*.b-1.example.com'] },
    { verified: 'no', hostnames: ['a.example.com'], more: 'ip.src ne 10.0.0.1 and http.request.method eq "POST"' },
    { verified: 'any', hostnames: ['a.example.com'], more: 'ssl or http.request.method eq "GET"' },
  ])('%j is read back from its expression', (given) => {
    expect(readForm(parseExpression(writeForm(form(given)) ?? ''))).toEqual(form(given));
  });

  it('keeps a second condition on hostnames or certificates among the others', () => {
    const text = 'http.host eq "a.example.com" and http.host ne "b.example.com" and tls_client_auth.cert_presented';
    expect(readForm(parseExpression(`${text} and not tls_client_auth.cert_verified`))).toEqual({
      verified: 'no',
      hostnames: ['a.example.com'],
      more: 'http.host ne "b.example.com" and tls_client_auth.cert_presented',
    });
  });

  it('is none for an expression that is about neither', () => {
    expect(readForm(parseExpression('http.request.uri.path eq "/a"'))).toBeUndefined();
    expect(readForm(parseExpression('http.host eq "a.example.com" or tls_client_auth.cert_verified'))).toBeUndefined();
    expect(readForm(parseExpression('http.host matches "^[^.]+.example.com$"'))).toBeUndefined();
  });

  it('means one label by a wildcard, which passes the hostname guard', () => {
    const text = writeForm(form({ verified: 'no', hostnames: ['*.example.com'] })) ?? '';
    expect(hostnameGuard(parseExpression(text))).toBeUndefined();
    const { evaluate } = compileExpression(text);
    const at = (host: string) => evaluate(requestFacts({ host }));
    expect([at('a.example.com'), at('example.com'), at('a.b.example.com'), at('axexample.com')]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it('tells the column of what is wrong in the further conditions', () => {
    expect(() => writeForm(form({ hostnames: ['a.example.com'], more: 'ssl and nothing' }))).toThrow(
      expect.objectContaining({ userMessage: expect.stringMatching(/^column 9: /) }),
    );
  });
});
