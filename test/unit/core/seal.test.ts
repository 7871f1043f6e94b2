import { describe, expect, it } from 'vitest';
import { deriveSealingKeys } from '../../../core/config/secrets.ts';
import { seal, unseal } from '../../../core/seal.ts';

const keys = deriveSealingKeys(new Uint8Array(32).fill(7));
const context = { purpose: 'reveal', accountId: 'T1', rowId: 'r1' } as const;

describe('a sealed value', () => {
  it('opens with the same key and context', () => {
    expect(unseal(keys, context, seal(keys, context, 'capability')).toString()).toBe('capability');
  });

  it('never looks the same twice and never shows what it holds', () => {
    const [one, two] = [seal(keys, context, 'capability'), seal(keys, context, 'capability')];
    expect(one.equals(two)).toBe(false);
    expect(one.includes('capability')).toBe(false);
  });

  it.each([
    ['another row', { ...context, rowId: 'r2' }],
    ['another account', { ...context, accountId: 'T2' }],
    ['another purpose', { ...context, purpose: 'authority' as const }],
  ])('does not open in %s', (_what, elsewhere) => {
    const sealed = seal(keys, context, 'capability');
    expect(() => unseal(keys, elsewhere, sealed)).toThrowError(
      expect.objectContaining({ code: 'sealed_value_unreadable' }),
    );
  });

  it('does not open with another master key', () => {
    const others = deriveSealingKeys(new Uint8Array(32).fill(8));
    expect(() => unseal(others, context, seal(keys, context, 'x'))).toThrow();
  });

  it('does not open when any single octet was changed or cut off', () => {
    const sealed = seal(keys, context, 'x');
    for (let at = 0; at < sealed.length; at += 1) {
      const damaged = Buffer.from(sealed);
      damaged[at] = (damaged[at] as number) ^ 1;
      expect(() => unseal(keys, context, damaged)).toThrow();
      expect(() => unseal(keys, context, sealed.subarray(0, at))).toThrow();
    }
  });

  it('cannot be opened by a process that was not given the key of its purpose', () => {
    const { reveal } = keys;
    const sealed = seal(keys, { ...context, purpose: 'authority' }, 'x');
    expect(() => unseal({ reveal }, { ...context, purpose: 'authority' }, sealed)).toThrow();
  });
});
