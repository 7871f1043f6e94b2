import { describe, expect, it } from 'vitest';
import { changeList, effectOf, findConflicts, gatesOf } from '../../../core/bindings/change.ts';
import { authoritiesFor, type Bound } from '../../../core/bindings/lookup.ts';
import { MANAGED } from '../../../core/bindings/verbs.ts';

const managed = (...hostnames: string[]): Bound => ({ authorityId: MANAGED, hostnames });
const uploaded = (...hostnames: string[]): Bound => ({ authorityId: 'u1', hostnames });

describe('authoritiesFor', () => {
  const bindings = [managed('a.x.com', '*.x.com'), uploaded('b.x.com', 'a.x.com')];

  it.each([
    ['a name that is bound to several', 'a.x.com', [MANAGED, 'u1']],
    ['a name that is bound itself, not the wildcard over it', 'b.x.com', ['u1']],
    ['a name that only the wildcard covers', 'c.x.com', [MANAGED]],
    ['two labels below the wildcard', 'd.c.x.com', []],
    ['the name the wildcard stands below', 'x.com', []],
    ['the wildcard itself', '*.x.com', [MANAGED]],
    ['a single label', 'x', []],
    ['nothing', '', []],
  ])('finds those of %s', (_what, hostname, authorities) => {
    expect(authoritiesFor(hostname, bindings)).toEqual(authorities);
  });
});

describe('changeList', () => {
  it.each([
    ['add', ['a', 'b'], ['b', 'c'], { hostnames: ['a', 'b', 'c'], gained: ['c'], lost: [], needless: ['b'] }],
    ['remove', ['a', 'b'], ['b', 'c'], { hostnames: ['a'], gained: [], lost: ['b'], needless: ['c'] }],
    ['replace', ['a', 'b'], ['c', 'b'], { hostnames: ['c', 'b'], gained: ['c'], lost: ['a'], needless: [] }],
    ['replace', ['a', 'b'], [], { hostnames: [], gained: [], lost: ['a', 'b'], needless: [] }],
    ['replace', ['a', 'b'], ['b', 'a'], { hostnames: ['b', 'a'], gained: [], lost: [], needless: [] }],
    ['add', [], [], { hostnames: [], gained: [], lost: [], needless: [] }],
  ] as const)('%s to %j of %j', (verb, present, named, change) => {
    expect(changeList(present, verb, named)).toEqual(change);
  });
});

/** The effect of a change of the managed list, with the other lists as they are. */
function effect(verb: 'add' | 'remove' | 'replace', present: string[], named: string[], others: Bound[] = []) {
  const change = changeList(present, verb, named);
  return effectOf(change, [managed(...present), ...others], [managed(...change.hostnames), ...others]);
}

describe('effectOf', () => {
  it('says where mTLS is switched off: where no authority is left', () => {
    expect(effect('remove', ['a.x.com', 'b.x.com'], ['a.x.com', 'b.x.com'], [uploaded('b.x.com')])).toMatchObject({
      lost: ['a.x.com', 'b.x.com'],
      off: ['a.x.com'],
    });
  });

  it('knows that a wildcard of another authority keeps it on, and that a wildcard covers one label only', () => {
    const { off } = effect('replace', ['a.x.com', 'b.a.x.com'], [], [uploaded('*.x.com')]);
    expect(off).toEqual(['b.a.x.com']);
  });

  it('knows that the wildcard itself is gone although names below it are bound', () => {
    expect(effect('remove', ['*.x.com', 'a.x.com'], ['*.x.com']).off).toEqual(['*.x.com']);
  });

  it('says whom a name displaces that was covered by their wildcard', () => {
    expect(effect('add', [], ['a.x.com', 'a.b.x.com'], [uploaded('*.x.com')]).displaced).toEqual([
      { hostname: 'a.x.com', authorityIds: ['u1'] },
    ]);
    expect(effect('add', [], ['a.x.com'], [uploaded('*.x.com', 'a.x.com')]).displaced).toEqual([]);
    expect(effect('add', ['*.x.com'], ['a.x.com']).displaced).toEqual([]);
  });
});

describe('gatesOf', () => {
  it.each([
    ['adding to the managed authority', effect('add', [], ['a.x.com']), MANAGED, []],
    ['removing', effect('remove', ['a.x.com'], ['a.x.com']), MANAGED, ['unbind']],
    ['removing where another authority stays', effect('remove', ['a'], ['a'], [uploaded('a')]), MANAGED, ['unbind']],
    ['a replacement that loses', effect('replace', ['a'], ['b']), MANAGED, ['unbind']],
    ['a replacement that only gains', effect('replace', ['a'], ['a', 'b']), MANAGED, []],
    ['an empty replacement', effect('replace', ['a'], []), MANAGED, ['unbind']],
    ['displacing another', effect('add', [], ['a.x.com'], [uploaded('*.x.com')]), MANAGED, ['unbind']],
    ['adding to an uploaded authority', effect('add', [], ['a']), 'u1', ['ca_bind']],
    ['removing from an uploaded authority', effect('remove', ['a'], ['a']), 'u1', ['unbind']],
    ['both', effect('replace', ['a'], ['b']), 'u1', ['unbind', 'ca_bind']],
  ] as const)('of %s', (_what, changed, authorityId, gates) => {
    expect(gatesOf(changed, authorityId)).toEqual(gates);
  });
});

describe('findConflicts', () => {
  const subjects: Record<string, string[]> = { [MANAGED]: ['g1', 'g2'], u1: ['root'], u2: ['root'], u3: ['g2'] };
  const subjectsOf = (id: string) => subjects[id] ?? [];
  const bindings: Bound[] = [managed('m.x.com'), uploaded('a.x.com', '*.x.com')];

  it('names both authorities and the hostname of two with one subject', () => {
    expect(findConflicts('u2', ['a.x.com', 'b.x.com'], bindings, subjectsOf)).toEqual([
      { hostname: 'a.x.com', authorityIds: ['u2', 'u1'] },
    ]);
  });

  it('counts every generation of the managed authority', () => {
    expect(findConflicts('u3', ['m.x.com'], bindings, subjectsOf)).toEqual([
      { hostname: 'm.x.com', authorityIds: ['u3', MANAGED] },
    ]);
    expect(findConflicts(MANAGED, ['z'], [{ authorityId: 'u3', hostnames: ['z'] }], subjectsOf)).toHaveLength(1);
  });

  it('is none between an authority and itself, nor where the subjects differ', () => {
    expect(findConflicts('u1', ['a.x.com', 'm.x.com'], bindings, subjectsOf)).toEqual([]);
    expect(findConflicts(MANAGED, ['a.x.com', 'm.x.com'], bindings, subjectsOf)).toEqual([]);
  });
});
