/** Slack takes up to 10 MB for one file of a `file_input`. */
export const INPUT_FILE_BYTES_MAX = 10 * 1024 * 1024;

/** A file on a person's own machine, to be given to a `file_input`. */
export class LocalFile {
  readonly name: string;
  readonly bytes: Buffer;

  constructor(name: string, bytes: Buffer) {
    this.name = name;
    this.bytes = bytes;
  }
}

/** `person.submit({ 'CSR file': file('device.csr', pem) })` */
export function file(name: string, content: string | Uint8Array): LocalFile {
  return new LocalFile(name, Buffer.from(content));
}
