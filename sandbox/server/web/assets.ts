import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export type Asset = { type: string; body: string };

const PAGE = new URL('../../page/', import.meta.url);

/** The page's files, its script and style bundled, built once for the life of the process. */
export class Assets {
  #built: Promise<Map<string, Asset>> | undefined;

  build(): Promise<Map<string, Asset>> {
    this.#built ??= buildAll();
    return this.#built;
  }

  async get(path: string): Promise<Asset | undefined> {
    return (await this.build()).get(path);
  }
}

async function buildAll(): Promise<Map<string, Asset>> {
  const [html, script, style] = await Promise.all([
    readFile(new URL('index.html', PAGE), 'utf8'),
    bundle('main.ts'),
    bundle('style.css'),
  ]);
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html }],
    ['/main.js', { type: 'text/javascript; charset=utf-8', body: script }],
    ['/style.css', { type: 'text/css; charset=utf-8', body: style }],
  ]);
}

async function bundle(entry: string): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(entry, PAGE))],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
