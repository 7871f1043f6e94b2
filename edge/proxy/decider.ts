import { X509Certificate } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { readStart } from '../../core/ca/der/reader.ts';
import { CLIENT_STATES, type ClientState } from '../../core/waf/certain.ts';
import { letIn } from './effects.ts';

/** A request as a proxy hands it on to be decided. Nothing in it is decoded. */
export type AskedRequest = {
  host: string;
  method: string;
  target: string;
  version: string;
  /** By lower-case name; what the proxy has added is not in here. */
  headers: ReadonlyMap<string, readonly string[]>;
  source: string;
  state: ClientState;
  /** What the client sent in DER, the leaf first; empty where that was nothing. nginx knows no more than the leaf. */
  certificates: readonly Buffer[];
};

export type Decided = {
  /** 0 lets it through; anything else is the status of a denial. */
  status: number;
  /** What the certificate is worth. */
  state: ClientState;
  /** Names and values for the origin. */
  told: readonly (readonly [string, string])[];
};

export type Decide = (request: AskedRequest) => Decided;

/** Certificates in their longest form, and the headers of the request itself. */
const HEADER_LIMIT = 256 * 1024;
const OWN = 'x-countersign-';

/**
 * Answers the proxy beside it on a socket of the file system: 204, or 403 with the status to deny with. What cannot be
 * read is denied, and so is everything while nobody can decide: both proxies deny without an answer.
 * @param group of the proxy's processes; nobody else may ask.
 * @throws ProxyRefused when there is no such group.
 */
export async function startDecider(path: string, group: string, decide: Decide): Promise<{ stop(): Promise<void> }> {
  const server: Server = createServer(
    { maxHeaderSize: HEADER_LIMIT, keepAliveTimeout: 60_000 },
    (request, response) => {
      const { status, state, told } = decideOne(request, decide);
      const headers = { ...Object.fromEntries(told), 'x-countersign-state': state };
      if (status === 0) response.writeHead(204, headers).end();
      else response.writeHead(403, { ...headers, 'x-countersign-status': String(status), 'content-length': 0 }).end();
    },
  );
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  try {
    await letIn(path, group);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

function decideOne(request: IncomingMessage, decide: Decide): Decided {
  try {
    return decide(readAsked(request));
  } catch {
    return { status: 403, state: 'unverified', told: [] };
  }
}

/** @throws RangeError when a proxy did not say all that it has to. */
export function readAsked(request: Pick<IncomingMessage, 'rawHeaders'>): AskedRequest {
  const headers = new Map<string, string[]>();
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = (request.rawHeaders[i] as string).toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), request.rawHeaders[i + 1] as string]);
  }
  const take = (name: string): string => {
    const values = headers.get(`${OWN}${name}`) ?? [];
    if (values.length !== 1) throw new RangeError(`the proxy says ${values.length} times what ${name} is`);
    return values[0] as string;
  };
  const state = CLIENT_STATES.find((one) => one === take('state'));
  if (state === undefined) throw new RangeError('the proxy names a state that there is not');
  const [method, target, version, source] = [take('method'), take('target'), take('version'), take('source')];
  const certificates = readCertificates(headers.get(`${OWN}certificate`)?.[0], headers.get(`${OWN}chain`)?.[0]);
  const own = [...headers.keys()].filter((name) => name.startsWith(OWN));
  const [host = ''] = headers.get('host') ?? [];
  for (const name of own) headers.delete(name);
  return { host, method, target, version, headers, source, state, certificates };
}

/** nginx sends the leaf as PEM, percent-encoded; HAProxy sends octets in base64, those of the chain one after the other. */
function readCertificates(leaf: string | undefined, chain: string | undefined): Buffer[] {
  if (leaf === undefined || leaf === '') return [];
  if (leaf.startsWith('-----BEGIN')) return [new X509Certificate(decodeURIComponent(leaf)).raw];
  return [Buffer.from(leaf, 'base64'), ...elementsOf(Buffer.from(chain ?? '', 'base64'))];
}

/** One after the other; what is no element is the last, and will not be read as a certificate. */
function elementsOf(octets: Buffer): Buffer[] {
  if (octets.length === 0) return [];
  try {
    const { end } = readStart(octets, 0, octets.length);
    return [octets.subarray(0, end), ...elementsOf(octets.subarray(end))];
  } catch {
    return [octets];
  }
}
