import { readFileSync } from 'node:fs';

/** The only reader of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The process' environment with every `NAME_FILE` read into `NAME` (one trailing newline is dropped).
 * @returns the values, and a sentence for each file that could not be read or that is given twice.
 */
export function readEnvironment(source: Environment = process.env): { env: Environment; problems: string[] } {
  const env: Record<string, string | undefined> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && value !== '') env[name] = value;
  }
  for (const [fileName, path] of Object.entries(env)) {
    if (!fileName.endsWith('_FILE') || path === undefined || !isOurs(fileName)) continue;
    const name = fileName.slice(0, -'_FILE'.length);
    if (env[name] !== undefined) {
      problems.push(`${name} and ${fileName} are both set. Keep one of them.`);
      continue;
    }
    try {
      env[name] = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    } catch (error) {
      problems.push(`${fileName}: cannot read ${path} (${(error as NodeJS.ErrnoException).code ?? 'unknown reason'}).`);
    }
  }
  return { env, problems };
}

const OURS =
  /^(SLACK|COUNTERSIGN|DATABASE|REDIS|PKI|PUBLIC|DATA|HOST|PORT|API|EDGE|SANDBOX|LOG|METRICS|WORKER|CRL)(_|$)/;

function isOurs(name: string): boolean {
  return OURS.test(name);
}
