/**
 * The small language the tables of this folder are written in: a `Check` looks at one JSON value and reports problems
 * in Slack's wordings, each with the JSON pointer of what is wrong. A property that is `undefined` counts as absent,
 * because JSON drops it; `null` does not.
 */
export type Surface = 'message' | 'modal' | 'home';

/** `error` is the Web API error where Slack has a special one; otherwise `invalid_blocks` (chat) or `invalid_arguments` (views). */
export type Problem = { message: string; pointer: string; error?: string };

export type Place = { pointer: string; surface: Surface; problems: Problem[] };
export type Check = (value: unknown, place: Place) => void;
export type Json = Record<string, unknown>;

export function below(place: Place, key: string | number): Place {
  return { ...place, pointer: `${place.pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}` };
}

export function fail(place: Place, message: string, error?: string): void {
  place.problems.push(error ? { message, pointer: place.pointer, error } : { message, pointer: place.pointer });
}

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Slack counts characters, not UTF-16 units: an emoji is one. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

export function string(limits: { min?: number; max?: number; pattern?: RegExp; form?: string } = {}): Check {
  return (value, place) => {
    if (typeof value !== 'string') return fail(place, 'must be a string');
    const length = countCharacters(value);
    if (limits.min !== undefined && length < limits.min) fail(place, `must be more than ${limits.min - 1} characters`);
    if (limits.max !== undefined && length > limits.max) fail(place, `must be less than ${limits.max + 1} characters`);
    if (limits.pattern && !limits.pattern.test(value)) fail(place, `must match the form ${limits.form ?? ''}`.trim());
  };
}

export function integer(limits: { min?: number; max?: number } = {}): Check {
  return (value, place) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return fail(place, 'must be an integer');
    if (limits.min !== undefined && value < limits.min) fail(place, `must be greater than ${limits.min - 1}`);
    if (limits.max !== undefined && value > limits.max) fail(place, `must be less than ${limits.max + 1}`);
  };
}

export const number: Check = (value, place) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(place, 'must be a number');
};

export const boolean: Check = (value, place) => {
  if (typeof value !== 'boolean') fail(place, 'must be a boolean');
};

export function oneOf(...allowed: readonly (string | number)[]): Check {
  return (value, place) => {
    if (!allowed.includes(value as string | number)) fail(place, 'must be a valid enum value');
  };
}

/** At least one item unless told otherwise: Slack refuses nearly every empty array. */
export function listOf(item: Check, limits: { min?: number; max?: number } = {}): Check {
  const min = limits.min ?? 1;
  return (value, place) => {
    if (!Array.isArray(value)) return fail(place, 'must be an array');
    if (value.length < min) fail(place, `must provide at least ${min} items`);
    if (limits.max !== undefined && value.length > limits.max) fail(place, `no more than ${limits.max} items allowed`);
    value.forEach((entry, index) => {
      item(entry, below(place, index));
    });
  };
}

type Field = { check: Check; required: boolean };
export type Fields = Record<string, Check | Field>;

export function required(check: Check): Field {
  return { check, required: true };
}

/** An object with these properties and no others; `rules` see the whole object afterwards. */
export function object(fields: Fields, ...rules: ((value: Json, place: Place) => void)[]): Check {
  return (value, place) => {
    if (!isObject(value)) return fail(place, 'must be an object');
    for (const [name, field] of Object.entries(fields)) {
      const { check, required } = typeof field === 'function' ? { check: field, required: false } : field;
      if (value[name] !== undefined) check(value[name], below(place, name));
      else if (required) fail(place, `missing required field: ${name}`);
    }
    for (const name of Object.keys(value)) {
      if (value[name] !== undefined && !Object.hasOwn(fields, name))
        fail(place, `invalid additional property: ${name}`);
    }
    for (const rule of rules) rule(value, place);
  };
}

/** An object whose `type` chooses its table; `pick` answers undefined for a type that may not stand here. */
export function byType(pick: (type: string, place: Place) => Check | undefined): Check {
  return (value, place) => {
    if (!isObject(value)) return fail(place, 'must be an object');
    if (value['type'] === undefined) return fail(place, 'missing required field: type');
    const check = typeof value['type'] === 'string' ? pick(value['type'], place) : undefined;
    if (check) check(value, place);
    else fail(below(place, 'type'), `unsupported type: ${String(value['type'])}`);
  };
}

/** Two JSON values alike whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => sameJson(a[key], b[key]));
}
