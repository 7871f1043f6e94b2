import type { Problem } from '../../blockkit/validate.ts';
import type { World } from '../world.ts';

export type Answer = Record<string, unknown>;
export type Method = (call: Call) => Answer;

/** A Web API error in Slack's form: HTTP 200 with `ok: false`. */
export class ApiError extends Error {
  readonly code: string;
  readonly extra: Answer;
  readonly messages: string[];

  constructor(code: string, extra: Answer = {}, messages: string[] = []) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.extra = extra;
    this.messages = messages;
  }
}

/** One that an app cannot avoid and has to live with: answered, and not shown as a mistake of the app's. */
export class ExpectedError extends ApiError {}

/** The arguments of one call. A form carries objects as JSON text and booleans as words. */
export class Call {
  readonly world: World;
  readonly #args: Record<string, unknown>;

  constructor(world: World, args: Record<string, unknown>) {
    this.world = world;
    this.#args = args;
  }

  get(name: string): unknown {
    return this.#args[name];
  }

  text(name: string): string | undefined {
    const value = this.#args[name];
    return typeof value === 'string' ? value : undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === '') {
      throw new ApiError('invalid_arguments', {}, [`[ERROR] missing required field: ${name}`]);
    }
    return value;
  }

  flag(name: string): boolean {
    return ['true', '1', true, 1].includes(this.#args[name] as string);
  }

  /** Slack caps a page at 1,000. */
  limit(fallback: number): number {
    const value = Number(this.#args['limit'] ?? fallback);
    if (!Number.isInteger(value) || value < 0) throw new ApiError('invalid_limit');
    return Math.min(value === 0 ? fallback : value, 1000);
  }

  json(name: string, error: string): unknown {
    const value = this.#args[name];
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      throw new ApiError(error);
    }
  }
}

/** One page of a list; the cursor is the place of the next one. */
export function page<T>(call: Call, all: readonly T[], fallback: number): { items: T[]; response_metadata: Answer } {
  const cursor = call.text('cursor') ?? '';
  const start =
    cursor === ''
      ? 0
      : Number(
          Buffer.from(cursor, 'base64')
            .toString()
            .replace(/^next:/, ''),
        );
  if (!Number.isInteger(start) || start > all.length) throw new ApiError('invalid_cursor');
  const end = start + call.limit(fallback);
  const next = end < all.length ? Buffer.from(`next:${end}`).toString('base64') : '';
  return { items: all.slice(start, end), response_metadata: { next_cursor: next } };
}

/** Refusals of Block Kit as `chat.*` and `views.*` tell them (slack.md 2.3). */
export function refuseProblems(problems: Problem[], family: 'chat' | 'views'): void {
  if (problems.length === 0) return;
  const ofShape = problems.filter(({ error }) => error === undefined);
  const told = ofShape.length > 0 ? ofShape : problems;
  const plain = told.map(({ message, pointer }) => `${message} [json-pointer:${pointer}]`);
  const code = told[0]?.error ?? (family === 'chat' ? 'invalid_blocks' : 'invalid_arguments');
  const messages = plain.map((line) => `[ERROR] ${line}`);
  throw new ApiError(code, family === 'chat' ? { errors: plain } : {}, messages);
}
