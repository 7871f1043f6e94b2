import { describe, expect, it } from 'vitest';
import { DAY_MS } from '../../../core/renewal/due.ts';
import { decideRotation, mayRetire, signingGeneration, stateOfGeneration } from '../../../core/renewal/generations.ts';
import type { Authority } from '../../../core/store/rows.ts';

const NOW = new Date('2027-06-01T00:00:00Z');
const at = (days: number, ms = 0) => new Date(NOW.getTime() + days * DAY_MS + ms);

function generation(number: number, issuesFrom: Date, set: Partial<Authority> = {}): Authority {
  return {
    id: `g${number}`,
    accountId: 'T0ACME',
    generation: number,
    certificate: Buffer.alloc(1),
    sealedKey: Buffer.alloc(1),
    spkiSha256: String(number),
    notAfter: at(9000),
    issuesFrom,
    retiredAt: null,
    pkiUrls: [],
    createdAt: issuesFrom,
    version: 1,
    ...set,
  };
}

describe('the generation that signs', () => {
  const [first, second] = [generation(1, at(-100)), generation(2, at(0))];
  it.each([
    ['the old one until the last moment', -1, 'g1'],
    ['the new one from its moment on', 0, 'g2'],
    ['the new one for ever after', 5_000_000, 'g2'],
  ])('is %s', (_what, ms, id) => expect(signingGeneration([second, first], at(0, ms))?.id).toBe(id));

  it('is the first one where the clock has stepped back behind all of them', () => {
    expect(signingGeneration([second, first], at(-200))?.id).toBe('g1');
  });

  it('is none without an authority, and never a retired one', () => {
    expect(signingGeneration([], NOW)).toBeUndefined();
    expect(signingGeneration([generation(1, at(-9), { retiredAt: at(-1) }), second], at(-5))?.id).toBe('g2');
  });
});

describe('a generation', () => {
  const [old, present, coming] = [generation(1, at(-100)), generation(2, at(-10)), generation(3, at(7))];
  const all = [coming, present, old];
  it('is what its place among the others makes it', () => {
    expect(stateOfGeneration(coming, all, undefined, NOW)).toEqual({ state: 'coming', from: at(7) });
    expect(stateOfGeneration(present, all, at(300), NOW)).toEqual({ state: 'signing', since: at(-10) });
    expect(stateOfGeneration(old, all, at(3), NOW)).toEqual({ state: 'trusted', until: at(3) });
    expect(stateOfGeneration(old, all, undefined, NOW)).toEqual({ state: 'trusted', until: null });
    expect(stateOfGeneration({ ...old, retiredAt: NOW }, all, at(-3), NOW)).toEqual({ state: 'retired', at: NOW });
  });

  it.each([
    ['its last certificate is valid to the last moment', old, at(0), false],
    ['its last certificate has ended', old, at(0, -1), true],
    ['it never had one', old, undefined, true],
    ['it signs now', present, at(-5), false],
    ['it has not begun to sign', coming, undefined, false],
    ['it is retired', { ...old, retiredAt: at(-1) }, at(-5), false],
  ])('when %s', (_what, one, lastEnd, retires) => expect(mayRetire(one, all, lastEnd, NOW)).toBe(retires));

  it('is not retired while its successor waits for its beginning', () => {
    const [newest, previous] = [generation(2, at(1)), generation(1, at(-100))];
    expect(mayRetire(previous, [newest, previous], at(-30), NOW)).toBe(false);
  });
});

describe('a rotation', () => {
  const first = generation(1, at(-100));
  it('is made of the generation that signs', () => {
    expect(decideRotation([first], NOW)).toEqual({ allowed: true, present: first });
    const second = generation(2, at(0));
    expect(decideRotation([second, first], NOW)).toEqual({ allowed: true, present: second });
  });

  it('waits until the last one has begun to sign', () => {
    const decision = decideRotation([generation(2, at(0, 1)), first], NOW);
    expect(decision.allowed ? '' : decision.because).toContain('Generation 2 is on its way');
  });

  it('needs an authority', () => {
    const decision = decideRotation([], NOW);
    expect(decision.allowed ? '' : decision.because).toContain('no authority yet');
  });
});
