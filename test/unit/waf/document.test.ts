import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CountersignError } from '../../../core/errors.ts';
import { FIELDS, type FieldName } from '../../../core/waf/fields.ts';
import { hostnameGuard } from '../../../core/waf/hostnames.ts';
import { LIMITS } from '../../../core/waf/limits.ts';
import { MOST_RULES, MOST_RULESETS } from '../../../core/waf/order.ts';
import { parseExpression } from '../../../core/waf/parse.ts';

const page = readFileSync('docs/rules.md', 'utf8');

/** The rows of the table below a heading, without its first two lines; cells without padding. */
function tableBelow(heading: string): string[][] {
  const below = page.slice(page.indexOf(`## ${heading}`));
  const lines = below.slice(below.indexOf('\n|')).trimStart().split('\n');
  const rows = lines.slice(
    2,
    lines.findIndex((line) => !line.startsWith('|')),
  );
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/rules.md', () => {
  it('tells every field, with its type and what it is', () => {
    const told = tableBelow('Fields').map(([name, type, what]) => [name?.replace(/^`|`$/g, ''), type, what]);
    const names = { map: 'several', text: 'text', number: 'number', address: 'address', boolean: 'boolean' };
    const fields = (Object.keys(FIELDS) as FieldName[]).map((name) => {
      const field = FIELDS[name];
      const notes = [
        'ignoresCase' in field ? ' Case does not count' : '',
        'namesIgnoreCase' in field ? ' Case of the name does not count' : '',
        field.supplied === 'request' ? '' : ' _No edge has it_',
      ].join('');
      const shown = field.type === 'map' ? `${name}["name"]` : name;
      return [shown, names[field.type], notes === '' ? field.told : `${field.told}.${notes}`];
    });
    expect(told).toEqual(fields);
  });

  it('shows faults as they are told', () => {
    const faults = tableBelow('What is wrong, and where');
    expect(faults.length).toBeGreaterThan(4);
    for (const [written = '', told] of faults) {
      try {
        parseExpression(written.slice(1, -1));
        expect.unreachable();
      } catch (error) {
        expect((error as CountersignError).userMessage).toBe(told);
      }
    }
  });

  it('shows expressions that can be kept', () => {
    const blocks = [...page.matchAll(/```\n(\([\s\S]*?)\n```/g)].map(([, text]) => text as string);
    expect(blocks).toHaveLength(2);
    for (const text of blocks) expect(hostnameGuard(parseExpression(text))).toBeUndefined();
  });

  it('tells the limits there are', () => {
    const limits = tableBelow('Limits').flat().join(' ');
    const figures = [
      `${LIMITS.bytes.toLocaleString('en')} bytes, ${LIMITS.conditions} conditions`,
      `${LIMITS.nesting} deep, functions ${LIMITS.functionNesting} deep`,
      `${LIMITS.pattern} characters each; ${LIMITS.patternSteps} steps`,
      `${LIMITS.references} references`,
      `${MOST_RULES} rules, ${MOST_RULESETS} rulesets`,
    ];
    for (const figure of figures) expect(limits).toContain(figure);
  });

  it('tells the grammar as the parser has it', () => {
    const source = readFileSync('core/waf/parse.ts', 'utf8');
    const grammar = /```\n(or {9}= [\s\S]*?)\n```/.exec(page)?.[1] ?? 'none';
    const lines = (text: string) =>
      text
        .split('\n')
        .map((line) =>
          line
            .replace(/^ \*\s*/, '')
            .replace(/\s+/g, ' ')
            .trim(),
        )
        .join(' ');
    expect(lines(source).replace(/\s+/g, ' ')).toContain(lines(grammar).replace(/\s+/g, ' '));
  });
});
