import type { IncomingMessage, ServerResponse } from 'node:http';
import { kindOf } from '../state/file-kinds.ts';
import { BOT_USER, type StoredFile } from '../state/model.ts';
import type { World } from '../world.ts';
import { answerText, readBytes } from './http.ts';
import { withTrouble } from './trouble.ts';

/** The parts and boundaries around the bytes. */
const MULTIPART_OVERHEAD_BYTES = 16 * 1024;

/** Step two of an upload: the bytes, raw or as the one file of a multipart form. The address is the permission. */
export async function receiveUpload(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const awaited = world.uploads.awaited(path);
  if (awaited === undefined) return answerText(response, 404, 'not found\n');
  const body = await readBytes(request, awaited + MULTIPART_OVERHEAD_BYTES);
  const bytes = await fileIn(request.headers['content-type'], body);
  await withTrouble(world.faults, 'upload_url', response, () => {
    if (bytes && world.uploads.receive(path, bytes)) return answerText(response, 200, `OK - ${bytes.length}`);
    world.report('upload_url', 'size_mismatch', [`[ERROR] ${awaited} bytes were announced, ${bytes?.length} came`]);
    answerText(response, 400, 'The bytes are not as many as were announced.\n');
  });
}

async function fileIn(contentType: string | undefined, body: Buffer): Promise<Buffer | undefined> {
  if (!contentType?.startsWith('multipart/form-data')) return body;
  try {
    const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
    const file = [...form.values()].find((value) => typeof value !== 'string');
    return file && Buffer.from(await file.arrayBuffer());
  } catch {
    return undefined;
  }
}

/**
 * `url_private` and `url_private_download`: for the bot's token with `files:read`. Whoever comes without is sent to the login page, and
 * gets its HTML with status 200 in place of the file, as from Slack: an app has to look at the content type.
 */
export function serveFile(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  return withTrouble(world.faults, 'url_private', response, () => answerFile(world, request, response, path));
}

function answerFile(world: World, request: IncomingMessage, response: ServerResponse, path: string): void {
  const file = world.files.find(/^\/files-pri\/[^/]+-(F\w+)\//.exec(path)?.[1]);
  const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const isApp = bearer === world.credentials.botToken;
  const mayRead = world.scopes.has('files:read');
  if (!file || !isApp || !mayRead || !world.files.isVisibleTo(file, BOT_USER)) {
    const why = !bearer ? 'not_authed' : !isApp ? 'invalid_auth' : mayRead ? 'file_not_found' : 'missing_scope';
    world.report('url_private', why, ['[ERROR] the login page was answered in place of the file']);
    answerText(response, 302, '', { location: `/signin?redir=${encodeURIComponent(path)}` });
  } else {
    sendFile(world, file, response, path.includes('/download/') ? 'attachment' : 'inline', kindOf(file).mimetype);
  }
}

export function serveLogin(response: ServerResponse): void {
  const html =
    '<!doctype html>\n<html lang="en"><head><title>Sign in | Slack</title></head><body>Sign in</body></html>\n';
  answerText(response, 200, html, { 'content-type': 'text/html; charset=utf-8' });
}

/** What somebody uploaded is never shown as a page of ours: in a browser it is always a download. */
export function sendFile(
  world: World,
  file: StoredFile,
  response: ServerResponse,
  disposition: 'attachment' | 'inline',
  mimetype = 'application/octet-stream',
): void {
  const bytes = world.files.bytes(file);
  response.writeHead(200, {
    'content-type': mimetype,
    'content-length': bytes.length,
    'content-disposition': `${disposition}; filename*=UTF-8''${encodeURIComponent(file.name).replaceAll("'", '%27')}`,
    'cache-control': 'private, no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': 'sandbox',
  });
  response.end(bytes);
}
