import { encodedOf } from '../../core/ca/der/reader.ts';
import { readCertificate } from '../../core/ca/fields.ts';
import type { Policy } from '../../core/snapshot/policy.ts';
import { hasSerial, type SerialSet, serialsIn } from '../../core/snapshot/serial-set.ts';
import { findByHostname } from '../decide/hostname.ts';
import { issuerPattern } from './issuer-name.ts';
import type { IssuerPattern } from './plan.ts';

/**
 * The authorities of a policy as a proxy tells them apart: by their name. Several may have one: a CA that was uploaded to
 * two sites, or one made to look like another. What any of them has revoked counts for the name, since the other way
 * round the list of one would hide that of another.
 */
export type Issuers = {
  patterns: readonly IssuerPattern[];
  /** Under whose id the proxy knows this authority; its own where it is none of the policy. */
  knownAs(authorityId: string): string;
  /** Everything that is revoked under one id. */
  revokedUnder(knownAs: string, sets: ReadonlyMap<string, SerialSet>): Iterable<string>;
  isRevokedUnder(knownAs: string, serial: string, sets: ReadonlyMap<string, SerialSet>): boolean;
  /** The one of that name whose certificates a hostname accepts: there is one at most. */
  acceptedAt(hostname: string, knownAs: string): string;
};

export function issuersOf({ authorities, hosts }: Policy): Issuers {
  const members = new Map<string, string[]>();
  const known = new Map<string, string>();
  const firstWith = new Map<string, string>();
  for (const { id, certificate } of authorities) {
    const pattern = issuerPattern(encodedOf(readCertificate(Buffer.from(certificate, 'base64')).subject));
    const first = firstWith.get(pattern) ?? id;
    firstWith.set(pattern, first);
    known.set(id, first);
    members.set(first, [...(members.get(first) ?? []), id]);
  }
  const bound = new Map(hosts.map((host) => [host.hostname, host.authorities]));
  const setsOf = (knownAs: string, sets: ReadonlyMap<string, SerialSet>) =>
    (members.get(knownAs) ?? [knownAs]).flatMap((id) => sets.get(id) ?? []);
  const knownAs = (id: string) => known.get(id) ?? id;
  return {
    patterns: [...firstWith].map(([pattern, authorityId]) => ({ pattern, authorityId })),
    knownAs,
    *revokedUnder(name, sets) {
      const all = setsOf(name, sets);
      for (const [index, set] of all.entries()) {
        const before = all.slice(0, index);
        // nginx refuses a map in which a key is there twice.
        for (const serial of serialsIn(set)) if (!before.some((one) => hasSerial(one, serial))) yield serial;
      }
    },
    isRevokedUnder: (name, serial, sets) => setsOf(name, sets).some((set) => hasSerial(set, serial)),
    acceptedAt: (hostname, name) => findByHostname(bound, hostname)?.find((id) => knownAs(id) === name) ?? name,
  };
}
