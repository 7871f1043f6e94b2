// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a reference to a group is written like that.
import { describe, expect, it } from 'vitest';
import { CountersignError } from '../../../core/errors.ts';
import { parseExpression } from '../../../core/waf/parse.ts';
import { printExpression } from '../../../core/waf/print.ts';

const printed = (text: string) => printExpression(parseExpression(text));

function refusal(text: string): string {
  try {
    parseExpression(text);
  } catch (error) {
    if (error instanceof CountersignError && error.code === 'rule_refused') return error.userMessage;
    throw error;
  }
  throw new Error(`was not refused: ${text}`);
}

describe('what can be written', () => {
  it.each([
    // The vendor's own examples.
    ['(http.host eq "www.example.com")', 'http.host eq "www.example.com"'],
    ['(ip.src eq 1.1.1.1)', 'ip.src eq 1.1.1.1'],
    ['(not http.host contains "example.com")', 'not http.host contains "example.com"'],
    ['(http.host matches "(www|blog)\\.example\\.com")', 'http.host matches "(www|blog)\\.example\\.com"'],
    ['(http.host in {"a.example.com" "b.example.com"})', 'http.host in {"a.example.com" "b.example.com"}'],
    ['(ends_with(http.host, "cn"))', 'ends_with(http.host, "cn")'],
    ['(exists(http.request.headers["User-Agent"]))', 'exists(http.request.headers["user-agent"])'],
    ['(ip.geoip.asnum ge 45104)', 'ip.geoip.asnum ge 45104'],
    [
      '(http.host in {"api.example.com"} and not tls_client_auth.cert_verified)',
      'http.host in {"api.example.com"} and not tls_client_auth.cert_verified',
    ],
    ['true', 'true'],
    // `not` before `and` before `or`.
    ['ssl or ssl and not ssl', 'ssl or (ssl and not ssl)'],
    ['not (ssl or ssl)', 'not (ssl or ssl)'],
    ['(ssl and ssl) and ssl', 'ssl and ssl and ssl'],
    ['not not ssl', 'ssl'],
    // Booleans, bare and compared.
    ['ssl eq true', 'ssl'],
    ['ssl eq false', 'not ssl'],
    ['ssl ne false', 'ssl'],
    ['starts_with(http.request.uri.path, "/a") eq false', 'not starts_with(http.request.uri.path, "/a")'],
    ['cf.tls_client_auth.cert_verified', 'tls_client_auth.cert_verified'],
    ['ssl.client_cert_verified ne true', 'not tls_client_auth.cert_verified'],
    // `ne` is the opposite of `eq`, whichever way it is written.
    ['not http.request.method eq "GET"', 'http.request.method ne "GET"'],
    ['not ip.src ne 10.0.0.1', 'ip.src eq 10.0.0.1'],
    // Addresses in one form.
    ['ip.src in {::FFFF:10.0.0.0/104 2001:0DB8:0:0:0:0:0:0/32 ::1}', 'ip.src in {10.0.0.0/8 2001:db8::/32 ::1}'],
    // What is given twice counts once.
    ['http.host in {"A.example.com" "a.example.com"}', 'http.host in {"a.example.com"}'],
    ['lower(concat(http.host, "\\"\\\\"))eq"a"', 'lower(concat(http.host, "\\"\\\\")) eq "a"'],
    [
      'regex_replace(http.request.uri.path, "^/(v[0-9])/", "/${1}") eq "/"',
      'regex_replace(http.request.uri.path, "^/(v[0-9])/", "/${1}") eq "/"',
    ],
    ['\n http.request.uri.args["a b"]\tne "x"\r\n', 'http.request.uri.args["a b"] ne "x"'],
  ])('%s', (text, canonical) => {
    expect(printed(text)).toBe(canonical);
    expect(printed(canonical)).toBe(canonical);
  });
});

describe('what is refused is told with its column', () => {
  it.each([
    ['', 'column 1: an expression is needed'],
    ['http.hots eq "a"', 'column 1: there is no field `http.hots`. Did you mean `http.host`?'],
    [
      'ssl and cert_verified',
      'column 9: there is no field `cert_verified`. Did you mean `tls_client_auth.cert_verified`?',
    ],
    ['http.host eq api', 'column 14: expected a text in quotes, found `api`. Write "api".'],
    ['http.host eq', 'column 13: expected a text in quotes, the expression ends here.'],
    ['http.host == "a"', 'column 11: write `eq` instead of `==`.'],
    ['ssl && ssl', 'column 5: write `and` instead of `&amp;&amp;`.'],
    ['!ssl', 'column 1: write `not` instead of `!`.'],
    ['http.host equals "a"', 'column 11: expected an operator after `http.host`'],
    ['http.host contain "a"', 'column 11: there is no operator `contain`. Did you mean `contains`?'],
    ['http.host gt "a"', 'column 11: `gt` cannot be asked of `http.host`, which is a text.'],
    ['ip.src contains "1"', 'column 8: `contains` cannot be asked of `ip.src`, which is an address.'],
    ['ssl in {true}', 'column 5: `in` cannot be asked of `ssl`, which is true or false.'],
    ['http.host not in {"a"}', 'column 11: `not` stands before the whole condition'],
    ['(ssl or (ssl and ssl)', 'column 1: this parenthesis is not closed.'],
    ['ssl)', 'column 4: expected `and`, `or` or the end, found `)`.'],
    ['http.host eq "a" http.host eq "b"', 'column 18: expected `and`, `or` or the end, found `http.host`.'],
    ['http.host eq "a', 'column 14: this text has no closing quote.'],
    ['http.host eq \u{201c}a\u{201d}', 'column 14: texts stand in straight double quotes'],
    ["http.host eq 'a'", 'column 14: texts stand in straight double quotes'],
    // A character outside the basic plane is one column.
    ['http.user_agent eq "\u{1f600}" or nothing', 'column 27: there is no field `nothing`.'],
    ['http.user_agent eq "a\nb"', 'column 20: a text cannot hold line breaks'],
    ['http.host in {"a", "b"}', 'column 18: values in braces are separated by spaces, without commas.'],
    ['http.host in {"a"', 'column 14: this brace is not closed.'],
    ['http.host in {}', 'column 15: expected a text in quotes, found `}`.'],
    ['ip.src in $office', 'column 11: named lists do not exist here'],
    ['http.host eq $x', 'column 14: named lists do not exist here'],
    ['$x', 'column 1: named lists do not exist here'],
    ['ip.src eq "1.1.1.1"', 'column 11: addresses stand without quotes.'],
    ['ip.src eq 1.1.1', 'column 11: expected an address for `ip.src`'],
    ['ip.src eq 010.1.1.1', 'column 11: expected an address'],
    ['ip.src eq 10.0.0.0/8', 'column 11: a range stands in braces: in {10.0.0.0/8}.'],
    ['ip.src in {10.0.0.1/8}', 'column 12: `10.0.0.1/8` is an address within a range. Did you mean 10.0.0.0/8?'],
    ['ip.geoip.asnum eq "1"', 'column 19: expected a whole number for `ip.geoip.asnum`'],
    ['ip.geoip.asnum eq 1.5', 'column 19: expected a whole number'],
    ['http.request.headers eq "a"', 'column 22: expected `["name"]`: `http.request.headers` has many entries.'],
    ['http.host["a"] eq "a"', 'column 10: `http.host` is a text and has no entries.'],
    ['http.request.headers[a] eq "a"', 'column 22: expected a name in quotes, found `a`.'],
    ['upper(http.host) eq "A"', 'column 1: there is no function `upper`. There are lower, concat'],
    ['start_with(http.host, "a")', 'column 1: there is no function `start_with`. Did you mean `starts_with`?'],
    ['starts_with("a", "b")', 'column 13: expected a field, found `"a"`.'],
    ['exists(lower(http.host))', 'column 8: there is no field `lower`.'],
    ['lower(ip.src) eq "a"', 'column 7: `ip.src` is an address, not a text.'],
    ['lower(exists(http.host)) eq "a"', 'column 7: `exists` is true or false, not a text.'],
    ['lower(lower(lower(lower(http.host)))) eq "a"', 'column 19: functions go 3 deep at most.'],
    ['concat(http.request.uri.args["a"], "b") eq "b"', 'column 8: `concat` takes texts of which there is one'],
    ['http.host matches "("', 'column 19: this is not a regular expression (missing closing ): `(`).'],
    ['http.host matches "(?=a)"', 'Lookaround and back references do not exist here'],
    ['http.host matches "(a)\\1"', 'Lookaround and back references do not exist here'],
    ['http.host matches "(a{1,30}){1,30}"', 'column 19: the regular expressions of this rule are too large: 500 steps'],
    [`http.host matches "${'a'.repeat(513)}"`, 'column 19: a regular expression has 512 characters at most.'],
    ['regex_replace(http.host, "a", "${1}") eq "b"', 'column 31: the regular expression has 0 groups, so ${1} is none'],
    [`regex_replace(http.host, "a", "${'${0}'.repeat(9)}") eq "b"`, 'column 31: an expression has 8 references'],
    // A rule that can never match looks like protection.
    ['http.host eq ""', 'column 14: `http.host` is never empty'],
    ['http.host eq "*.example.com"', 'column 14: a wildcard has no meaning here.'],
    ['http.host eq "example.com:443"', 'column 14: `http.host` has no port'],
    ['http.host in {"a.example.com."}', 'column 15: `http.host` has no dot at its end.'],
    ['http.host eq "b\u{fc}cher.example"', 'column 14: `http.host` is in its ASCII form'],
    [`${'('.repeat(17)}ssl${')'.repeat(17)}`, 'column 18: parentheses and `not` go 16 deep at most.'],
    [`${'not '.repeat(17)}ssl`, 'deep at most'],
    [Array(21).fill('ssl').join(' or '), 'column 141: an expression has 20 conditions at most.'],
    [
      `http.user_agent eq "${'\u{fc}'.repeat(2_100)}"`,
      'column 1: an expression has 4096 bytes at most; this one has 4221.',
    ],
    ['ssl eq "\ud800"', 'lone surrogate'],
    ['ssl eq maybe', 'column 8: expected `true` or `false`, found `maybe`.'],
    ['eq "a"', 'column 1: expected a field, a function or `not`, found `eq`.'],
    ['ssl and', 'column 8: expected a field, a function or `not`, the expression ends here.'],
    // What people are told is mrkdwn: nothing in it may call the whole channel.
    ['ssl eq "<!channel>"', 'column 8: expected `true` or `false`, found `"&lt;!channel&gt;"`.'],
    ['http.host matches "(<!channel>"', '&lt;!channel&gt;'],
    ['ssl; drop', 'column 4: `;` has no meaning here.'],
  ])('%s', (text, sentence) => {
    expect(refusal(text)).toContain(sentence);
  });
});

describe('limits are reached and not passed', () => {
  it('4,096 bytes, 20 conditions, 16 levels and 512 characters of pattern are read', () => {
    const filler = 4_096 - 'http.user_agent eq ""'.length;
    expect(printed(`http.user_agent eq "${'a'.repeat(filler)}"`)).toHaveLength(4_096);
    printed(Array(20).fill('ssl').join(' or '));
    printed(`${'('.repeat(16)}ssl${')'.repeat(16)}`);
    printed(`http.host matches "[${'a'.repeat(510)}]"`);
  });
});
