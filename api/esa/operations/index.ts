import type { Operation } from '../operation.ts';
import { deleteClientCaCertificate } from './delete-client-ca-certificate.ts';
import { getClientCaCertificate } from './get-client-ca-certificate.ts';
import { HOSTNAME_OPERATIONS } from './hostnames.ts';
import { listClientCaCertificates } from './list-client-ca-certificates.ts';
import { listSites } from './list-sites.ts';
import { uploadClientCaCertificate } from './upload-client-ca-certificate.ts';

/** Every operation. A new one is a file beside this one and a line here. */
export const OPERATIONS: readonly Operation[] = [
  listSites,
  ...HOSTNAME_OPERATIONS,
  uploadClientCaCertificate,
  listClientCaCertificates,
  getClientCaCertificate,
  deleteClientCaCertificate,
];
