import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Custom CAs as people make them: with openssl. */
export type MadeRoot = { pem: string; der: Buffer; keyFile: string; certificateFile: string };

type RootOptions = {
  subject?: string;
  /** Arguments of `openssl genpkey`. */
  key?: readonly string[];
  /** Takes the key of another root. */
  keyFile?: string;
  /** Lines of the extension section. */
  extensions?: readonly string[];
  days?: number;
  /** More arguments of `openssl req`, such as the hash. */
  more?: readonly string[];
};

export const KEYS = {
  p256: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  p384: ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  rsa2048: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  rsa1024: ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
  ed25519: ['-algorithm', 'ED25519'],
} as const;

export const ROOT_EXTENSIONS = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
];

/** A folder in which openssl makes CAs; disposed of with everything in it. */
export function opensslCa(openssl: string) {
  const folder = mkdtempSync(join(tmpdir(), 'custom-ca-'));
  let made = 0;
  const file = (extension: string) => {
    made += 1;
    return join(folder, `${made}.${extension}`);
  };
  const run = (...args: readonly string[]) => {
    const done = spawnSync(openssl, [...args], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`openssl ${args[0]}: ${done.stderr}`);
    return done.stdout;
  };
  const read = (certificateFile: string, keyFile: string): MadeRoot => ({
    pem: readFileSync(certificateFile, 'utf8'),
    der: Buffer.from(readFileSync(certificateFile, 'utf8').replace(/-----[^-]+-----|\s/g, ''), 'base64'),
    keyFile,
    certificateFile,
  });
  const makeKey = (key: readonly string[] = KEYS.p256) => {
    const keyFile = file('key');
    run('genpkey', ...key, '-out', keyFile);
    return keyFile;
  };
  const config = (extensions: readonly string[]) => {
    const path = file('cnf');
    writeFileSync(path, `[req]\ndistinguished_name=dn\nprompt=no\n[dn]\n[ext]\n${extensions.join('\n')}\n`);
    return path;
  };
  return {
    run,
    makeKey,
    /** A root signed by itself; a good one unless something else is asked for. */
    root(options: RootOptions = {}): MadeRoot {
      const { subject = '/O=Example/CN=Example Root', extensions = ROOT_EXTENSIONS, days = 3650 } = options;
      const keyFile = options.keyFile ?? makeKey(options.key);
      const out = file('pem');
      const conf = config(extensions);
      const what = ['-new', '-x509', '-key', keyFile, '-config', conf, '-extensions', 'ext', '-utf8'];
      run('req', ...what, '-subj', subject, '-days', String(days), '-out', out, ...(options.more ?? []));
      return read(out, keyFile);
    },
    /** A certificate that another one has issued. */
    below(issuer: MadeRoot, subject: string, extensions: readonly string[], keyFile = makeKey()): MadeRoot {
      const [csr, out] = [file('csr'), file('pem')];
      const conf = config(extensions);
      run('req', '-new', '-key', keyFile, '-config', conf, '-subj', subject, '-out', csr);
      const ca = ['-CA', issuer.certificateFile, '-CAkey', issuer.keyFile, '-CAcreateserial'];
      run('x509', '-req', '-in', csr, ...ca, '-days', '365', '-extfile', conf, '-extensions', 'ext', '-out', out);
      return read(out, keyFile);
    },
    csr(): string {
      return run('req', '-new', '-key', makeKey(), '-config', config([]), '-subj', '/CN=request');
    },
    /** Whether openssl takes a client certificate for one that this root has let through. */
    trusts(root: MadeRoot, client: MadeRoot, intermediate?: MadeRoot): boolean {
      const between = intermediate ? ['-untrusted', intermediate.certificateFile] : [];
      const args = ['verify', '-purpose', 'sslclient', '-CAfile', root.certificateFile, '-no-CApath', ...between];
      return spawnSync(openssl, [...args, client.certificateFile]).status === 0;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
