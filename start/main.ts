import { runStart } from './run-start.ts';

// A terminal that is gone must not end us before the processes are stopped in order.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

process.exitCode = await runStart(process.argv.slice(2).includes('--sandbox'));
