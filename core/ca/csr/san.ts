/** Which alternative names of an own request may stand in a certificate of a site. */
import { hostOf, isSpiffeId, type SubjectAltName } from '../general-name.ts';
import { refuse } from './refusal.ts';

/**
 * The names, all of them: host names, mail addresses and URIs (SPIFFE ids by their trust domain) at the site or below.
 * One that is not there refuses the request, since a certificate with less than was asked for would fail later, far
 * from here.
 * @throws CountersignError `csr_refused` (`san_outside_site`) that says which name and why.
 */
export function filterSan(site: string, san: readonly SubjectAltName[]): SubjectAltName[] {
  for (const name of san) {
    const host = hostOf(name);
    if (host === undefined || !(host === site || host.endsWith(`.${site}`)))
      refuse('san_outside_site', explain(name, site));
  }
  return [...san];
}

function explain(name: SubjectAltName, site: string): string {
  if (name.type === 'ip') {
    return `The request asks for the IP address \`${name.value}\`, which cannot be in a certificate of ${site}. Make it again without it.`;
  }
  const what = { dns: 'host name', email: 'mail address', uri: isSpiffeId(name) ? 'SPIFFE id' : 'URI' }[name.type];
  return `The request asks for the ${what} \`${name.value}\`, which is not at ${site} or below it. Make it again without it.`;
}
