/** What a link to a private key shows, once. Written by the worker, read by the page behind the link. */
export type Revealed = {
  name: string;
  site: string;
  certificatePem: string;
  /** The authority's certificate. */
  authorityPem: string;
  privateKeyPem: string;
};
