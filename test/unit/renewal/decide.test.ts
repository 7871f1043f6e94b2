import { describe, expect, it } from 'vitest';
import { decideRenewal, RENEWABLE_AFTER_END_DAYS } from '../../../core/renewal/decide.ts';
import { DAY_MS } from '../../../core/renewal/due.ts';
import type { Certificate } from '../../../core/store/rows.ts';
import { aCertificate } from '../../support/rows.ts';

const ACCOUNT = 'T0ACME';
const der = Buffer.from([0x30, 0]);
const certificate = (set: Partial<Certificate> = {}) => aCertificate({ accountId: ACCOUNT, certificate: der, ...set });
const { notAfter: END } = certificate();
const at = (ms: number) => new Date(END.getTime() + ms);
const decide = (
  set: Partial<Certificate> | undefined,
  { successor, now = at(-10 * DAY_MS) }: { successor?: Certificate; now?: Date } = {},
) => decideRenewal(set && certificate(set), successor, { accountId: ACCOUNT, now });
const because = (decision: ReturnType<typeof decideRenewal>) => (decision.allowed ? '' : decision.because);

describe('a renewal', () => {
  it.each([
    ['well before the end', at(-300 * DAY_MS)],
    ['at the last moment', at(0)],
    ['a month after the end', at(RENEWABLE_AFTER_END_DAYS * DAY_MS)],
  ])('is possible %s', (_when, now) => expect(decide({}, { now })).toMatchObject({ allowed: true }));

  it('is not possible later than that, and says what is', () => {
    const told = because(decide({}, { now: at(RENEWABLE_AFTER_END_DAYS * DAY_MS + 1) }));
    expect(told).toContain('30 days');
    expect(told).toContain('/mtls issue');
  });

  it.each(['keyCompromise', 'superseded', 'unspecified', null])('may follow a revocation for %s', (reason) => {
    expect(decide({ state: 'revoked', revocationReason: reason })).toMatchObject({ allowed: true });
  });

  it.each(['affiliationChanged', 'cessationOfOperation', 'privilegeWithdrawn', 'something new'])(
    'does not undo a revocation for %s',
    (reason) => expect(because(decide({ state: 'revoked', revocationReason: reason }))).toContain('withdrawn'),
  );

  it('is not made of what is suspended, was never handed out, or never signed', () => {
    expect(because(decide({ state: 'held' }))).toContain('suspended');
    expect(because(decide({ state: 'abandoned' }))).toContain('never handed out');
    expect(because(decide({ state: 'intended', certificate: null }))).toContain('no such certificate');
  });

  it('of somebody else’s account reads like one that is not there', () => {
    expect(decide({ accountId: 'T0OTHER' })).toEqual(decide(undefined));
  });

  it.each(['active', 'held'] as const)('names a successor that is %s instead of making another', (state) => {
    const successor = certificate({ state, serial: 'feed', name: 'alice-laptop' });
    const told = because(decide({ state: 'revoked', revocationReason: 'superseded' }, { successor }));
    expect(told).toContain('fe:ed');
    expect(told).toContain('Renew that one');
  });
});
