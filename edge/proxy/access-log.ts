import { CLIENT_STATES, type ClientState } from '../../core/waf/certain.ts';

/** One answered request, as both proxies log it. */
export type Answered = {
  at: Date;
  hostname: string;
  /** Undefined where the issuer is none of the policy's, or no certificate was presented. */
  certificate: { authorityId: string; serial: string } | undefined;
  state: ClientState;
  /** A rule or the agent denied it. */
  denied: boolean;
};

/** A line longer than this is no line of ours. */
const LINE_LIMIT = 4_096;

/**
 * A line of the access log. Proxies escape what clients have written into it.
 * @returns undefined for anything that is not such a line.
 */
export function readAnswered(line: string): Answered | undefined {
  if (line.length > LINE_LIMIT) return undefined;
  const read = readObject(line);
  if (!read) return undefined;
  const { at, host, issuer, serial, denied } = read;
  const state = CLIENT_STATES.find((one) => one === read['state']);
  if (typeof at !== 'number' || typeof host !== 'string' || state === undefined) return undefined;
  // nginx says seconds with a fraction, HAProxy milliseconds.
  const time = new Date(at < 100_000_000_000 ? at * 1_000 : at);
  if (Number.isNaN(time.getTime())) return undefined;
  const known = typeof issuer === 'string' && issuer !== '-' && issuer !== '' && typeof serial === 'string';
  return {
    at: time,
    hostname: host.toLowerCase(),
    certificate: known && state !== 'none' ? { authorityId: issuer, serial: serial.toLowerCase() } : undefined,
    state,
    denied: typeof denied === 'string' && !['', '-', '0'].includes(denied),
  };
}

function readObject(line: string): Record<string, unknown> | undefined {
  try {
    const read: unknown = JSON.parse(line);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Takes messages with their length before them out of a stream (RFC 6587 3.4.1). */
export function makeFrameReader(onMessage: (message: string) => void): (chunk: Buffer) => void {
  let waiting: Buffer = Buffer.alloc(0);
  return (chunk) => {
    waiting = waiting.length === 0 ? chunk : Buffer.concat([waiting, chunk]);
    for (;;) {
      const space = waiting.indexOf(0x20);
      if (space < 0 && waiting.length <= 10) return;
      const digits = waiting.subarray(0, Math.min(Math.max(space, 0), 11)).toString('latin1');
      const length = Number(digits);
      if (!/^\d{1,10}$/.test(digits) || length > LINE_LIMIT) {
        // Not what HAProxy writes: nothing that follows can be told apart either.
        waiting = Buffer.alloc(0);
        return;
      }
      if (waiting.length < space + 1 + length) return;
      onMessage(waiting.subarray(space + 1, space + 1 + length).toString('utf8'));
      waiting = waiting.subarray(space + 1 + length);
    }
  };
}
