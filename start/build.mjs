/**
 * `npm run build`: what production runs, as plain JavaScript in dist/, or in the folder that is named. The sandbox is not
 * part of it. Files that code reads beside itself (migrations/) are copied to the same place relative to dist/ as they
 * have to the checkout.
 */
import { cpSync, existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { run } from './install/run.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, process.argv[2] ?? 'dist');

rmSync(dist, { recursive: true, force: true });
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const { code } = await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', dist], { cwd: root });
process.exitCode = code;
for (const file of ['index.html', 'style.css']) cpSync(join(root, 'api/page', file), join(dist, 'api/page', file));
await build({
  entryPoints: [join(root, 'api/page/main.ts')],
  outfile: join(dist, 'api/page/main.js'),
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  logLevel: 'warning',
});
for (const folder of ['migrations']) {
  if (existsSync(join(root, folder))) cpSync(join(root, folder), join(dist, folder), { recursive: true });
}
