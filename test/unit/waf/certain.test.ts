import { describe, expect, it } from 'vitest';
import { CLIENT_STATES, type ClientState, truthOf, uncertainFieldsOf } from '../../../core/waf/certain.ts';
import { parseExpression } from '../../../core/waf/parse.ts';

const truths = (text: string, hostname = 'api.example.com') =>
  Object.fromEntries(CLIENT_STATES.map((state) => [state, truthOf(parseExpression(text), { hostname, state })]));

const VERIFIED = 'tls_client_auth.cert_verified';
const API = 'http.host eq "api.example.com"';

describe('what is certain of an expression when only hostname and certificate are known', () => {
  it.each<[string, Record<ClientState, boolean | undefined>]>([
    [`${API} and not ${VERIFIED}`, { none: true, unverified: true, revoked: true, verified: false }],
    [
      `${API} and tls_client_auth.cert_presented and not ${VERIFIED}`,
      { none: false, unverified: true, revoked: true, verified: false },
    ],
    [`${API} and tls_client_auth.cert_revoked`, { none: false, unverified: false, revoked: true, verified: false }],
    ['not ssl', { none: false, unverified: false, revoked: false, verified: false }],
    // What is not known does not matter where something else decides.
    [
      `${VERIFIED} or http.request.uri.path eq "/a"`,
      { none: undefined, unverified: undefined, revoked: undefined, verified: true },
    ],
    [
      `not ${VERIFIED} and not http.request.method in {"GET" "HEAD"}`,
      { none: undefined, unverified: undefined, revoked: undefined, verified: false },
    ],
    [
      'http.host eq "other.example.com" and ip.src in {10.0.0.0/8}',
      { none: false, unverified: false, revoked: false, verified: false },
    ],
    [
      'tls_client_auth.cert_serial eq "01"',
      { none: undefined, unverified: undefined, revoked: undefined, verified: undefined },
    ],
  ])('%s', (text, expected) => {
    expect(truths(text)).toEqual(expected);
  });

  it('knows a serial, a name and a fingerprint where it is said whose certificate it is', () => {
    const certificate = { serial: '01', subjectCommonName: 'device-1', fingerprintSha256: 'ab'.repeat(32) };
    const known = { hostname: 'api.example.com', state: 'verified', certificate } as const;
    const truth = (text: string) => truthOf(parseExpression(text), known);
    expect(truth('tls_client_auth.cert_serial eq "01"')).toBe(true);
    expect(truth('tls_client_auth.cert_subject_cn eq "device-2"')).toBe(false);
    expect(truth(`tls_client_auth.cert_fingerprint_sha256 eq "${'AB'.repeat(32)}"`)).toBe(true);
    expect(truth(`tls_client_auth.cert_issuer_ski eq "${'cd'.repeat(20)}"`)).toBeUndefined();
  });

  it('knows of a wildcard only for which names it does not stand', () => {
    const at = (text: string, others: string[] = []) =>
      truthOf(parseExpression(text), { hostname: '*.example.com', others: new Set(others), state: 'none' });
    expect(at(API)).toBeUndefined();
    expect(at(API, ['api.example.com'])).toBe(false);
    expect(at('http.host in {"a.b.example.com" "example.org"}')).toBe(false);
    expect(at('ends_with(http.host, ".com")')).toBeUndefined();
  });

  it('tells what else an expression depends on', () => {
    expect(uncertainFieldsOf(parseExpression(`${API} and not ${VERIFIED} and ip.src eq 10.0.0.1`))).toEqual(['ip.src']);
  });
});
