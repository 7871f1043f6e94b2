import type { Site } from '../../core/store/rows.ts';
import type { RawCall } from '../../test/support/acs.ts';
import type { Answer } from './caller.ts';

export type Wanted = Pick<RawCall, 'action' | 'method' | 'query' | 'body'>;

/** What calls are about: requests of clients, made ahead; ids of certificates and rules that earlier calls have left. */
export type Stock = { csrs: string[]; first: unknown[]; second: unknown[]; rules: unknown[] };

export type Kind = {
  name: string;
  call: (index: number, stock: Stock) => Wanted;
  /** How many, where it is not as many as are asked for. */
  howMany?: (asked: number) => number;
  /** Only with so many in flight. */
  upTo?: number;
  keep?: (answers: readonly Answer[], stock: Stock) => void;
};

const get = (action: string, query: string): Wanted => ({ action, query });
const post = (action: string, query: string, form: Record<string, string>): Wanted => ({
  action,
  method: 'POST',
  query,
  body: Object.entries(form)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join('&'),
});

/**
 * Every kind of call, in an order in which each finds what it needs. Certificates are of the first site; lists of
 * hostnames and rules are spread over all of them, since a change of a list waits for the one before it.
 */
export function makeKinds(sites: readonly Site[]): readonly Kind[] {
  const [first] = sites as [Site];
  const siteOf = (index: number) => sites[index % sites.length] as Site;
  const site = `SiteId=${first.number}`;
  const idsOf = (answers: readonly Answer[]) => answers.map(({ body }) => body['Id']);
  const about = (action: string, id: unknown) => get(action, `Id=${id}&${site}`);
  const config = (index: number) =>
    JSON.stringify({
      Name: `rule ${index}`,
      Expression: `(http.host in {"h${index}.${siteOf(index).name}"} and not tls_client_auth.cert_verified)`,
      Action: 'monitor',
      Status: 'on',
    });

  return [
    { name: 'ListSites', call: () => get('ListSites', 'PageNumber=1&PageSize=20') },
    {
      name: 'CreateClientCertificate, own CSR',
      call: (_, { csrs }) => post('CreateClientCertificate', site, { CSR: csrs.pop() ?? '', ValidityDays: '365' }),
      keep: (answers, stock) => {
        stock.first = idsOf(answers);
      },
    },
    {
      name: 'CreateClientCertificate, ECDSA',
      call: () => post('CreateClientCertificate', site, { PkeyType: 'ECDSA', ValidityDays: '365' }),
      keep: (answers, stock) => {
        stock.second = idsOf(answers);
      },
    },
    {
      name: 'CreateClientCertificate, RSA',
      howMany: (asked) => Math.min(asked, 32),
      upTo: 16,
      call: () => post('CreateClientCertificate', site, { PkeyType: 'RSA', ValidityDays: '365' }),
    },
    { name: 'GetClientCertificate', call: (index, { first: ids }) => about('GetClientCertificate', ids[index]) },
    { name: 'ListClientCertificates', call: () => get('ListClientCertificates', `PageNumber=1&PageSize=20&${site}`) },
    {
      name: 'RevokeClientCertificate',
      howMany: (asked) => 2 * asked,
      call: (index, { first: ids, second }) => about('RevokeClientCertificate', [...ids, ...second][index]),
    },
    {
      name: 'ActivateClientCertificate',
      call: (index, { first: ids }) => about('ActivateClientCertificate', ids[index]),
    },
    { name: 'DeleteClientCertificate', call: (index, { second: ids }) => about('DeleteClientCertificate', ids[index]) },
    {
      name: 'SetClientCertificateHostnames',
      call: (index) => {
        const { name, number } = siteOf(index);
        const hostnames = JSON.stringify([`a.${name}`, `n${index}.${name}`]);
        return post('SetClientCertificateHostnames', `SiteId=${number}`, { Hostnames: hostnames });
      },
    },
    {
      name: 'GetClientCertificateHostnames',
      call: (index) => get('GetClientCertificateHostnames', `SiteId=${siteOf(index).number}`),
    },
    {
      name: 'CreateWafRule',
      call: (index) =>
        post('CreateWafRule', `SiteId=${siteOf(index).number}`, { Config: config(index), Phase: 'http_custom' }),
      keep: (answers, stock) => {
        stock.rules = idsOf(answers);
      },
    },
    {
      name: 'UpdateWafRule',
      call: (index, { rules }) =>
        post('UpdateWafRule', `SiteId=${siteOf(index).number}`, { Id: String(rules[index]), Status: 'off' }),
    },
    {
      name: 'ListWafRules',
      call: (index) => ({
        action: 'ListWafRules',
        method: 'POST',
        query: `Phase=http_custom&SiteId=${siteOf(index).number}`,
      }),
    },
    {
      name: 'DeleteWafRule',
      call: (index, { rules }) => post('DeleteWafRule', `SiteId=${siteOf(index).number}`, { Id: String(rules[index]) }),
    },
  ];
}
