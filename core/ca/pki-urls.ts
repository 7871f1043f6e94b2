/**
 * Where an authority's public data is found below `PKI_URL`: one home for what is written into certificates and for
 * what `api` serves. Plain http, because what is fetched is signed and https could loop (RFC 5280 section 8).
 */
export type PkiUrls = { crl: string; completeCrl: string; ocsp: string; caIssuers: string };

/** @param base `PKI_URL`, with or without a slash at its end. */
export function pkiUrls(base: string, authorityId: string, shard: number): PkiUrls {
  const root = base.replace(/\/+$/, '');
  return {
    crl: `${root}/crl/${authorityId}/${shard}.crl`,
    completeCrl: `${root}/crl/${authorityId}.crl`,
    ocsp: `${root}/ocsp/${authorityId}`,
    caIssuers: `${root}/ca/${authorityId}.cer`,
  };
}
