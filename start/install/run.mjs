import { spawn } from 'node:child_process';
import process from 'node:process';

/**
 * Runs a command to its end.
 * @param {string} file
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, quiet?: boolean }} [options] `quiet`: the output is kept, not shown
 * @returns {Promise<{ code: number, output: string }>} `code` is 127 when there is no such program
 */
export function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (!options.quiet) process.stderr.write(text);
      });
    }
    child.once('error', (error) => resolve({ code: 127, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * A line about what is going on, for whoever waits.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`countersign: ${text}\n`);
}

/** Ends the start with a sentence instead of a stack. */
export class CannotStartError extends Error {}
