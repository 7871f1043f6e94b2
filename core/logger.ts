import { pino } from 'pino';

export type Logger = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): Logger;
};

/** Anything that looks like a private key, an API key's secret or one of Slack's tokens; written nowhere, whatever field it is in. */
const SECRET =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)|xox[a-z]?[.-][\w.-]+|xapp-[\w-]+|CSAKSecret[a-z2-7]+|hooks\.slack\.com\/\S+|\/(actions|commands)\/T\w+\/\S+/g;

/** Text with every private key, token and response URL in it taken out. */
export function withoutSecrets(text: string): string {
  return text.replace(SECRET, '[secret]');
}

/**
 * JSON lines on standard output: constant text with fields beside it. The last line of defence against secrets in logs
 * is here (`withoutSecrets` over the finished line); the first is that nothing passes one in.
 */
export function makeLogger(name: string, level: string, write: (line: string) => void = writeOut): Logger {
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.errWithCause, err: pino.stdSerializers.errWithCause },
    },
    { write: (line: string) => write(withoutSecrets(line)) },
  );
}

function writeOut(line: string): void {
  process.stdout.write(line);
}

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
