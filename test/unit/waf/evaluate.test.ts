// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a reference to a group is written like that.
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../core/waf/compile.ts';
import type { CertificateFacts } from '../../../core/waf/facts.ts';
import { goodCertificate, requestFacts } from '../../support/waf.ts';

type Given = Parameters<typeof requestFacts>[0];
const holds = (expression: string, given: Given = {}) => compileExpression(expression).evaluate(requestFacts(given));
const withCertificate = (changes: Partial<CertificateFacts>) => ({ certificate: { ...goodCertificate, ...changes } });

describe('what a rule asks of a request', () => {
  const headers = {
    cookie: ['sid=abc; theme=dark', 'sid=def'],
    referer: ['https://Example.com/Home'],
    'user-agent': ['curl/8'],
    'x-forwarded-for': ['198.51.100.1', '198.51.100.2'],
    'x-role': ['reader', 'Writer'],
  };
  it.each<[string, boolean, Given?]>([
    ['http.host eq "API.example.com"', true],
    ['ends_with(http.host, ".example.com")', true],
    ['http.request.method in {"GET" "HEAD"}', true],
    ['http.request.method eq "get"', false],
    ['http.request.scheme eq "https" and ssl', true],
    ['ssl', false, { scheme: 'http' }],
    ['http.request.version eq "HTTP/1.1"', true],
    ['http.request.full_uri eq "https://api.example.com/v1/users.json?id=7&tag=a&tag=b"', true],
    ['http.request.uri eq "/v1/users.json?id=7&tag=a&tag=b"', true],
    ['http.request.uri eq "/?"', true, { target: '/?' }],
    ['http.request.uri.path eq "/v1/users.json"', true],
    ['http.request.uri.path.file_name eq "users.json"', true],
    ['http.request.uri.path.extension eq "json"', true],
    ['http.request.uri.path.extension eq ""', true, { target: '/a.b/c' }],
    ['http.request.uri.query eq "id=7&tag=a&tag=b"', true],
    // The path is the raw target: not decoded, dots not resolved, an absolute form cut to its path.
    ['http.request.uri.path eq "/%61dmin/../x"', true, { target: '/%61dmin/../x?q' }],
    ['http.request.uri.path eq "/admin"', false, { target: '/%61dmin' }],
    ['http.request.uri.path eq "/a"', true, { target: 'http://other.example/a?b' }],
    ['http.request.uri.path eq "/"', true, { target: 'https://other.example' }],
    ['http.request.uri.path eq "//evil.example/a"', true, { target: '//evil.example/a' }],
    // Of several, one is enough.
    ['http.request.uri.args["tag"] eq "b"', true],
    ['http.request.uri.args["tag"] ne "b"', false],
    ['http.request.uri.args["tag"] in {"x" "a"}', true],
    ['http.request.uri.args["id"] matches "^[0-9]+$"', true],
    ['http.request.uri.args["none"] eq ""', false],
    ['http.request.uri.args["flag"] eq ""', true, { target: '/?flag' }],
    ['exists(http.request.uri.args["none"])', false],
    ['exists(http.request.uri.args["id"])', true],
    ['exists(http.request.uri.args["constructor"])', false],
    ['exists(http.request.headers["__proto__"])', false],
    ['http.request.headers["X-Role"] eq "reader"', true, { headers }],
    ['http.request.headers["x-role"] eq "writer"', false, { headers }],
    ['lower(http.request.headers["x-role"]) eq "writer"', true, { headers }],
    ['http.request.headers["x-none"] ne "a"', true, { headers }],
    ['http.request.cookies["sid"] eq "def"', true, { headers }],
    ['http.request.cookies["theme"] eq "dark"', true, { headers }],
    ['http.request.cookies["SID"] eq "def"', false, { headers }],
    ['http.cookie eq "sid=abc; theme=dark; sid=def"', true, { headers }],
    ['http.cookie eq ""', true],
    ['exists(http.cookie)', false],
    ['exists(http.cookie)', true, { headers }],
    ['http.referer contains "EXAMPLE.com/home"', true, { headers }],
    ['http.user_agent contains "Curl"', false, { headers }],
    ['http.x_forwarded_for eq "198.51.100.1, 198.51.100.2"', true, { headers }],
    ['ip.src eq 192.0.2.7', true],
    ['ip.src eq ::ffff:192.0.2.7', true],
    ['ip.src in {10.0.0.0/8 192.0.2.0/29}', true],
    ['ip.src in {192.0.2.8/29}', false],
    ['ip.src in {0.0.0.0/0}', true],
    ['ip.src in {::/0}', false],
    ['ip.src in {2001:db8::/33}', true, { client: '2001:db8:7fff::1' }],
    ['ip.src in {2001:db8::/33}', false, { client: '2001:db8:8000::1' }],
    ['ip.src in {0.0.0.0/0}', false, { client: '2001:db8::1' }],
    ['concat(http.request.method, " ", http.request.uri.path) eq "GET /v1/users.json"', true],
    ['regex_replace(http.request.uri.path, "^/v([0-9])/(.*)$", "${2}:${1}") eq "users.json:1"', true],
    ['regex_replace(http.request.uri.path, "s", "S") eq "/v1/uSers.json"', true],
    ['regex_replace(http.request.uri.path, "(nothing)", "${1}") eq "/v1/users.json"', true],
    ['http.host matches "^API\\.(example|test)\\.com$"', true],
    ['http.request.uri.path matches "^/V1/"', false],
    ['lower(http.user_agent) eq "a\u{c4}"', true, { headers: { 'user-agent': ['A\u{c4}'] } }],
    // What no edge reads is nothing, and no number compares with nothing.
    ['ip.geoip.asnum lt 1', false],
    ['ip.geoip.asnum ge 0', false],
    ['ip.geoip.asnum ne 1', true],
  ])('%s: %s', (expression, expected, given) => {
    expect(holds(expression, given)).toBe(expected);
  });
});

describe('what a rule asks of a client certificate', () => {
  it.each<[string, boolean, Given?]>([
    ['tls_client_auth.cert_verified', true, withCertificate({})],
    ['not tls_client_auth.cert_verified', true],
    ['not tls_client_auth.cert_verified', true, withCertificate({ verified: false, revoked: true })],
    [
      'tls_client_auth.cert_presented and not tls_client_auth.cert_verified',
      true,
      withCertificate({ verified: false }),
    ],
    ['tls_client_auth.cert_presented', false],
    ['tls_client_auth.cert_revoked', true, withCertificate({ verified: false, revoked: true })],
    ['tls_client_auth.cert_revoked', false],
    [`tls_client_auth.cert_fingerprint_sha256 in {"${'AB'.repeat(32)}"}`, true, withCertificate({})],
    ['tls_client_auth.cert_serial eq "0123456789ABCDEF"', true, withCertificate({})],
    ['tls_client_auth.cert_subject_cn eq "device-1"', true, withCertificate({})],
    ['tls_client_auth.cert_subject_cn eq "Device-1"', false, withCertificate({})],
    ['exists(tls_client_auth.cert_serial)', false],
    [`tls_client_auth.cert_issuer_ski eq "${'cd'.repeat(20)}"`, true, withCertificate({})],
    // A certificate that is not there is none of those that are named.
    [`tls_client_auth.cert_serial ne "01"`, true],
  ])('%s: %s', (expression, expected, given) => {
    expect(holds(expression, given)).toBe(expected);
  });
});

describe('an explanation', () => {
  const { explain, fields } = compileExpression(
    '(http.host in {"api.example.com"} and not tls_client_auth.cert_verified) or ip.src in {203.0.113.0/24}',
  );

  it('names what the expression asks for', () => {
    expect(fields).toEqual(['http.host', 'tls_client_auth.cert_verified', 'ip.src']);
  });

  it('of a match tells the alternative that matched, with what the request has', () => {
    expect(explain(requestFacts())).toEqual({
      matched: true,
      because: [
        { condition: 'http.host in {"api.example.com"}', column: 2, held: true, saw: ['api.example.com'] },
        { condition: 'tls_client_auth.cert_verified', column: 43, held: false, saw: ['false'] },
      ],
    });
  });

  it('of no match tells for each alternative the first condition that failed', () => {
    const because = explain(requestFacts({ certificate: goodCertificate })).because;
    expect(because.map(({ condition, held }) => [condition, held])).toEqual([
      ['tls_client_auth.cert_verified', true],
      ['ip.src in {203.0.113.0/24}', false],
    ]);
    expect(because[1]?.saw).toEqual(['192.0.2.7']);
  });
});
