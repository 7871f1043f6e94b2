import type { UsageReport } from './usage.ts';

type CertificateUse = UsageReport['certificates'][number];
type HostnameUse = { -readonly [K in keyof UsageReport['hostnames'][number]]: UsageReport['hostnames'][number][K] };

/** What was seen, added up until it is reported: a line for each certificate or hostname and hour, not for each request. */
export type UsageCount = {
  /** One request that was answered. `certificate`: a verified one. */
  add(seen: {
    at: Date;
    hostname: string;
    certificate: { authorityId: string; serial: string } | undefined;
    blocked: boolean;
  }): void;
  /** Everything since the last time; undefined when nothing was seen. */
  take(): UsageReport | undefined;
};

const HOUR_MS = 3_600_000;

export function makeUsageCount(): UsageCount {
  const certificates = new Map<string, CertificateUse>();
  const hostnames = new Map<string, HostnameUse>();
  const entry = <T>(map: Map<string, T>, key: string, make: () => T): T => {
    const existing = map.get(key);
    if (existing) return existing;
    const made = make();
    map.set(key, made);
    return made;
  };
  return {
    add({ at, hostname, certificate, blocked }) {
      const hourAt = new Date(Math.floor(at.getTime() / HOUR_MS) * HOUR_MS);
      const hour = hourAt.getTime();
      if (certificate) {
        const { authorityId, serial } = certificate;
        const use = entry(certificates, `${authorityId}/${serial}/${hostname}/${hour}`, () => {
          return { authorityId, serial, hostname, hourAt, count: 0, lastSeenAt: at };
        });
        use.count += 1;
        use.lastSeenAt = at;
      }
      const host = entry(hostnames, `${hostname}/${hour}`, () => {
        return { hostname, hourAt, verified: 0, unverified: 0, blocked: 0 };
      });
      host[certificate ? 'verified' : 'unverified'] += 1;
      if (blocked) host.blocked += 1;
    },
    take() {
      if (hostnames.size === 0) return undefined;
      const report = {
        certificates: [...certificates.values()],
        hostnames: [...hostnames.values()],
      };
      for (const map of [certificates, hostnames]) map.clear();
      return report;
    },
  };
}
