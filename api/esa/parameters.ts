import { z } from 'zod';
import { EsaError } from './error.ts';
import type { RawParameters } from './read.ts';

/** Parameters that several operations have. */
export const PAGE_NUMBER = z.int().min(1).max(500).default(1);
export const PAGE_SIZE = z.int().min(1).max(100).default(20);
/** Of a certificate or CA: 32 lower-case hexadecimal digits. */
export const ID = z.string().max(64);

/**
 * The parameters of an operation, from the texts that came over the wire. What is an array or an object for the
 * operation came as one JSON text ("shrunk"), numbers as decimal digits. Parameters that nobody knows are let be: the
 * vendor's clients send more than an operation needs.
 * @throws EsaError with the vendor's code for what is missing, or `InvalidParameter` that names what is wrong.
 */
export function parseParameters<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  raw: RawParameters,
): z.infer<z.ZodObject<Shape>> {
  const given: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(schema.shape)) {
    const text = raw.get(name);
    // Nobody means an empty number or list; an empty text may be meant.
    const inner = withoutWrapping(field as z.ZodType);
    if (text === undefined || (text === '' && (name === 'Id' || !(inner instanceof z.ZodString)))) continue;
    given[name] = fromText(name, text, inner);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const name = String(issue?.path[0] ?? '');
  if (!(name in given)) throw missing(name);
  const where = issue?.path.slice(1).map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
  throw invalid(name, `${where?.join('') ? `at ${where.join('')}: ` : ''}${issue?.message}`);
}

export function invalid(name: string, because: string): EsaError {
  return new EsaError('InvalidParameter', `The parameter ${name} is not valid: ${because}`);
}

function missing(name: string): EsaError {
  const code = name === 'Id' ? 'Id.MissingParameter' : 'InvalidParameter';
  return new EsaError(code, `The parameter ${name} is missing.`);
}

/** What a field is, without whether it may be left out. */
function withoutWrapping(field: z.ZodType): z.ZodType {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault || field instanceof z.ZodNullable) {
    return withoutWrapping(field.unwrap() as z.ZodType);
  }
  return field;
}

function fromText(name: string, text: string, field: z.ZodType): unknown {
  if (field instanceof z.ZodNumber) return /^-?\d{1,16}$/.test(text) ? Number(text) : text;
  if (field instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (field instanceof z.ZodArray || field instanceof z.ZodObject || field instanceof z.ZodRecord) {
    return fromJson(name, text);
  }
  return text;
}

/** Deeper than anything that a rule has; whoever walks through what was given may do it by recursion. */
const DEEPEST_JSON = 16;

function fromJson(name: string, text: string): unknown {
  if (isDeeper(text, DEEPEST_JSON)) throw invalid(name, `it is nested more than ${DEEPEST_JSON} levels deep.`);
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(name, 'it is not JSON.');
  }
}

/** Looked at before it is parsed, once through. Of what is no JSON it says nothing useful, and need not. */
function isDeeper(json: string, most: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '"') quoted = !quoted;
    else if (quoted && character === '\\') at += 1;
    else if (!quoted && (character === '[' || character === '{')) depth += 1;
    else if (!quoted && (character === ']' || character === '}')) depth -= 1;
    if (depth > most) return true;
  }
  return false;
}
