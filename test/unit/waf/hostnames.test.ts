import { describe, expect, it } from 'vitest';
import { hostnameGuard, hostnamesOf, makeHostnameTest } from '../../../core/waf/hostnames.ts';
import { parseExpression } from '../../../core/waf/parse.ts';

const VERIFIED = 'tls_client_auth.cert_verified';

describe('the hostname guard', () => {
  it.each([
    `(http.host in {"api.example.com"} and not ${VERIFIED})`,
    `http.host eq "api.example.com" and (not ${VERIFIED} or tls_client_auth.cert_revoked)`,
    `(http.host eq "a.example.com" and not ${VERIFIED}) or (http.host eq "b.example.com" and not ${VERIFIED})`,
    `(http.host eq "a.example.com" or http.host eq "b.example.com") and not ${VERIFIED}`,
    `ends_with(http.host, ".example.com") and tls_client_auth.cert_serial ne "01"`,
    `http.host matches "^api[0-9]*\\.example\\.com$" and not ${VERIFIED}`,
    `lower(http.host) eq "api.example.com" and not ${VERIFIED}`,
    // Not (other hostname, or verified) is this hostname and not verified.
    `not (http.host ne "api.example.com" or ${VERIFIED})`,
    // No client certificate in it, or none in the alternative without a hostname.
    'not ssl',
    `http.request.uri.path eq "/admin" or (http.host eq "a.example.com" and not ${VERIFIED})`,
  ])('lets pass %s', (text) => {
    expect(hostnameGuard(parseExpression(text))).toBeUndefined();
  });

  it.each([
    `not ${VERIFIED}`,
    VERIFIED,
    `http.host eq "api.example.com" or not ${VERIFIED}`,
    `not http.host eq "api.example.com" and not ${VERIFIED}`,
    `http.host ne "api.example.com" and not ${VERIFIED}`,
    `http.host matches ".*" and not ${VERIFIED}`,
    `http.host contains "." and not ${VERIFIED}`,
    `exists(http.host) and not ${VERIFIED}`,
    `http.request.headers["host"] eq "api.example.com" and not ${VERIFIED}`,
    `(http.host eq "a.example.com" and not ${VERIFIED}) or (ssl and tls_client_auth.cert_revoked)`,
    `(http.host eq "a.example.com" or ssl) and not ${VERIFIED}`,
    `not (http.host eq "api.example.com" and ${VERIFIED})`,
    `true and not tls_client_auth.cert_presented`,
    `concat(http.host, tls_client_auth.cert_serial) eq "a.example.com01"`,
  ])('refuses %s', (text) => {
    expect(hostnameGuard(parseExpression(text))).toContain('names no hostname');
  });
});

describe('the hostnames of a rule', () => {
  it.each<[string, string[], boolean]>([
    ['http.host in {"a.example.com" "b.example.com"} and ssl', ['a.example.com', 'b.example.com'], false],
    ['(http.host eq "a.example.com" and ssl) or http.request.uri.path eq "/"', ['a.example.com'], true],
    ['http.host in {"a.example.com" "b.example.com"} and http.host ne "a.example.com"', ['b.example.com'], false],
    ['ends_with(http.host, ".example.com")', [], true],
    ['not http.host eq "a.example.com"', [], true],
    ['false', [], false],
  ])('%s', (text, names, open) => {
    expect(hostnamesOf(parseExpression(text))).toEqual({ names, open });
  });

  it.each<[string, string, boolean]>([
    ['http.host in {"a.example.com"} and not ssl', 'a.example.com', true],
    ['http.host in {"a.example.com"} and not ssl', 'b.example.com', false],
    ['http.host eq "a.example.com" or ssl', 'b.example.com', true],
    ['not (http.host eq "a.example.com" or ssl)', 'a.example.com', false],
    ['not (http.host eq "a.example.com" and ssl)', 'a.example.com', true],
    ['ends_with(http.host, ".example.com")', 'example.org', false],
    ['http.host ne "a.example.com" and not false', 'b.example.com', true],
  ])('%s could match %s: %s', (text, hostname, expected) => {
    expect(makeHostnameTest(parseExpression(text))(hostname)).toBe(expected);
  });
});
