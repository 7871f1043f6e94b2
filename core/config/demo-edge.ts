import { join, resolve } from 'node:path';

/** The hostname that the sandbox's gateway guards, and where below DATA_DIR/edge its files are. */
export const DEMO_EDGE = { hostname: 'api.example.test', site: 'example.test', folder: 'demo' } as const;

/** For a terminal, ready to be pasted. @param files as the certificate and key were saved; none: without a certificate */
export function demoCommand(dataDir: string, port: number, files?: { certificate: string; key: string }): string {
  const { hostname, folder } = DEMO_EDGE;
  const authority = join(resolve(dataDir), 'edge', folder, 'ca.pem');
  const quoted = (text: string) => (/^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  return [
    `curl --resolve ${hostname}:${port}:127.0.0.1 --cacert ${quoted(authority)}`,
    ...(files ? [`--cert ${quoted(files.certificate)} --key ${quoted(files.key)}`] : []),
    `https://${hostname}:${port}/`,
  ].join(' ');
}
