import { randomBytes } from 'node:crypto';
import { makeFileId } from './state/files.ts';

/** A file on its way: its URL was given out, its bytes have perhaps arrived, nobody has completed it yet. */
type Upload = { fileId: string; name: string; lengthBytes: number; bytes?: Buffer };

/** Uploads between `files.getUploadURLExternal` and `files.completeUploadExternal`; a restart forgets them. */
export class Uploads {
  readonly #origin: () => string;
  readonly #byPath = new Map<string, Upload>();

  constructor(origin: () => string) {
    this.#origin = origin;
  }

  /** @returns the address to send the bytes to, a capability like Slack's own. */
  begin(name: string, lengthBytes: number): { fileId: string; url: string } {
    const path = `/upload/v1/${randomBytes(24).toString('base64url')}`;
    const fileId = makeFileId();
    this.#byPath.set(path, { fileId, name, lengthBytes });
    return { fileId, url: this.#origin() + path };
  }

  /** How many bytes are awaited at an address that still awaits some. */
  awaited(path: string): number | undefined {
    const upload = this.#byPath.get(path);
    return upload && !upload.bytes ? upload.lengthBytes : undefined;
  }

  /** @returns whether these are the bytes that were announced. */
  receive(path: string, bytes: Buffer): boolean {
    const upload = this.#byPath.get(path);
    if (!upload || upload.bytes || upload.lengthBytes !== bytes.length) return false;
    upload.bytes = bytes;
    return true;
  }

  arrived(fileId: unknown): (Upload & { bytes: Buffer }) | undefined {
    const upload = [...this.#byPath.values()].find((candidate) => candidate.fileId === fileId);
    return upload?.bytes ? { ...upload, bytes: upload.bytes } : undefined;
  }

  forget(fileId: string): void {
    for (const [path, upload] of this.#byPath) if (upload.fileId === fileId) this.#byPath.delete(path);
  }
}
