import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readQuery } from '../../../api/esa/read.ts';
import {
  bodyHash,
  canonicalRequest,
  findUnsigned,
  isSignedWith,
  parseAuthorization,
  type Signed,
  sign,
} from '../../../api/esa/signature.ts';

/** Captured from the vendor's SDK: AccessKeyId `testak`, secret `testsk`, endpoint 127.0.0.1:18080. */
const DATE = '2026-11-23T08:21:04Z';
const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const FORM = 'application/x-www-form-urlencoded';
const RULE_BODY =
  'Config=%7B%22Action%22%3A%22deny%22%2C%22Actions%22%3A%7B%22Response%22%3A%7B%22Code%22%3A403%2C%22Id%22%3A0%7D%7D%2C%22Expression%22%3A%22(http.host%20in%20%7B%5C%22a.example.com%5C%22%7D)%22%2C%22Name%22%3A%22mtls%22%2C%22Status%22%3A%22on%22%7D&Phase=http_custom';

const VECTORS = [
  {
    name: 'A, a form',
    target: 'POST /?SiteId=1234567890123',
    action: 'CreateClientCertificate',
    body: 'PkeyType=RSA&ValidityDays=365',
    payload: '6a840646bf977b227e0857e476b7f10887079e9c8b1111b8564747402b150d3a',
    nonce: '89d24496b26e252e83998a681b376680257a6ce8e696795ab87d874eef8ed1be',
    canonical: '298bbac4e8453e19bac6b9a5b86aa79050841da5aff04e031ca6ceddc9b51a25',
    signature: 'b9659c994ddd3728d1172a8ef366806dee4c6d7cb84f121b126fab6510c2925f',
  },
  {
    name: 'B, a query',
    target: 'GET /?PageNumber=1&PageSize=20&SiteId=1234567890123',
    action: 'ListClientCertificates',
    body: '',
    payload: EMPTY,
    nonce: 'dde23009e7517b1004aebc93b8110bb269caafdd1dcfc30a4b59789f1dbc7796',
    canonical: 'd2fc8c7190da5b91abdd6aa3c725a56c52436b9a9c4f31cd5450045b0250fdf0',
    signature: '16df03e04ee07eecddc6a4f7da3acd017ded66b67f8a2197d6b32eff6f43b85d',
  },
  {
    name: 'C, characters that are sent as they are and signed encoded',
    target:
      'GET /?SiteName=exam%20ple(1)*~!%27%2B%2F.com&SiteSearchType=fuzzy&TagFilter=%5B%7B%22Key%22%3A%22k%22%2C%22Value%22%3A%22v%22%7D%5D',
    action: 'ListSites',
    body: '',
    payload: EMPTY,
    nonce: '45f804b36c4839b176b9de00bc969a478724f54daf06bb037528348f582300c0',
    canonical: '058b31e7138d5aef6b316573b79e49379cc0ed249efc920b322d4db8340f2cfb',
    signature: 'fd2bc0ce14639fbda6821e5c806287243063a053e5b85ab38c0524f90b06975d',
  },
  {
    name: 'D, JSON in a form',
    target: 'POST /?SiteId=1234567890123&SiteVersion=0',
    action: 'CreateWafRule',
    body: RULE_BODY,
    payload: '32b70962cbe329c0b837a83dc8da770eb8fa0b5fcd1f90b651f3663fb800ccee',
    nonce: '20925c653b8328349083cc4d48bbce8d8f5a0bf1863cc78afe7064c3e450bb54',
    canonical: 'b1162ef91dc4d39c83e29558401e4cbffa7b8c398572d1a8c277ba44d3762078',
    signature: 'c7b86ae8439f87790fd2c4f18e530aa6d7000497646965a5d21b5a88b31f37e3',
  },
] as const;

function callOf(vector: (typeof VECTORS)[number]): { call: Signed; authorization: string } {
  const [method = '', url = ''] = vector.target.split(' ');
  const headers = {
    ...(vector.body === '' ? {} : { 'content-type': FORM }),
    host: '127.0.0.1:18080',
    'x-acs-action': vector.action,
    'x-acs-content-sha256': vector.payload,
    'x-acs-credentials-provider': 'static_ak',
    'x-acs-date': DATE,
    'x-acs-signature-nonce': vector.nonce,
    'x-acs-version': '2024-09-10',
  };
  return {
    call: { method, query: readQuery(url), headers, body: Buffer.from(vector.body) },
    authorization: `ACS3-HMAC-SHA256 Credential=testak,SignedHeaders=${Object.keys(headers).join(';')},Signature=${vector.signature}`,
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe.each(VECTORS)('the captured call $name', (vector) => {
  const { call, authorization } = callOf(vector);
  const parsed = parseAuthorization(authorization);
  if (!parsed) throw new Error('not parsed');

  it('has the hashes and the signature of the SDK', () => {
    expect(bodyHash(call.body)).toBe(vector.payload);
    const canonical = canonicalRequest(call, parsed.signedHeaders);
    expect(sha256(canonical)).toBe(vector.canonical);
    expect(sign('testsk', canonical)).toBe(vector.signature);
    expect(isSignedWith('testsk', call, parsed)).toBe(true);
    expect(findUnsigned(parsed.signedHeaders, call.headers)).toEqual([]);
  });

  it.each([
    ['another secret', 'testsk2', (it: Signed) => it],
    ['another method', 'testsk', (it: Signed) => ({ ...it, method: 'PUT' })],
    ['another body', 'testsk', (it: Signed) => ({ ...it, body: Buffer.from('x') })],
    [
      'another value in the query',
      'testsk',
      (it: Signed) => ({ ...it, query: [['SiteId', '1']] as [string, string][] }),
    ],
    [
      'one parameter more',
      'testsk',
      (it: Signed) => ({ ...it, query: [...it.query, ['Z', '1']] as [string, string][] }),
    ],
    ...Object.keys(call.headers).map(
      (name) =>
        [
          `another ${name}`,
          'testsk',
          (it: Signed) => ({ ...it, headers: { ...it.headers, [name]: `${it.headers[name]}x` } }),
        ] as const,
    ),
  ] as const)('is refused with %s', (_, secret, change) => {
    expect(isSignedWith(secret, change(call) as Signed, parsed)).toBe(false);
  });
});

describe('the header Authorization', () => {
  const good = callOf(VECTORS[0]).authorization;
  it.each([
    ['of another algorithm', good.replace('ACS3', 'ACS4')],
    ['without a signature', good.replace(/,Signature=.*/, '')],
    ['with a signature that is too short', good.slice(0, -1)],
    ['with an upper-case signature', good.replace(/[0-9a-f]{64}$/, (hex) => hex.toUpperCase())],
    ['with something behind it', `${good},x=1`],
    ['without a key', good.replace('Credential=testak', 'Credential=')],
    ['that is empty', ''],
  ])('%s is none', (_, header) => {
    expect(parseAuthorization(header)).toBeUndefined();
  });

  it.each([
    'host',
    'x-acs-action',
    'x-acs-content-sha256',
    'x-acs-date',
    'x-acs-signature-nonce',
    'x-acs-version',
    'content-type',
    'x-acs-credentials-provider',
  ])('that leaves out %s is found out', (name) => {
    const { call } = callOf(VECTORS[0]);
    const signed = Object.keys(call.headers).filter((header) => header !== name);
    expect(findUnsigned(signed, call.headers)).toEqual([name]);
  });
});
