import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The files of the page behind one-time links, by the address they are served at. */
export const REVEAL_PAGE = [
  { path: '/reveal/:id', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/assets/reveal.js', file: 'main.js', type: 'text/javascript; charset=utf-8' },
  { path: '/assets/reveal.css', file: 'style.css', type: 'text/css; charset=utf-8' },
] as const;

export type PageFile = (typeof REVEAL_PAGE)[number]['file'];

const PAGE = new URL('./page/', import.meta.url);
const read = new Map<PageFile, Promise<string>>();

/** A file of the page; its script is bundled at the build, and in a checkout when it is first asked for. */
export function revealPageFile(file: PageFile): Promise<string> {
  const known = read.get(file) ?? load(file);
  read.set(file, known);
  return known;
}

function load(file: PageFile): Promise<string> {
  const built = import.meta.url.endsWith('.js');
  return file === 'main.js' && !built ? bundle() : readFile(new URL(file, PAGE), 'utf8');
}

async function bundle(): Promise<string> {
  const { build } = await import('esbuild');
  const entry = fileURLToPath(new URL('main.ts', PAGE));
  const options = { bundle: true, write: false, format: 'esm', target: 'es2022', logLevel: 'silent' } as const;
  const result = await build({ entryPoints: [entry], ...options });
  return result.outputFiles[0]?.text ?? '';
}
