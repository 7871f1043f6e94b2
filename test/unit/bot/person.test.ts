import { describe, expect, it } from 'vitest';
import { readPerson } from '../../../bot/middleware/person.ts';

const user = (set: object = {}) => ({ id: 'U1', username: 'alice', team_id: 'T1', ...set });

describe('the person behind a payload', () => {
  it.each([
    ['a command', { team_id: 'T1', user_id: 'U1', user_name: 'alice', is_enterprise_install: 'false' }, 'T1'],
    [
      'a command in an organisation',
      { team_id: 'T1', enterprise_id: 'E1', user_id: 'U1', user_name: 'alice', is_enterprise_install: 'true' },
      'E1',
    ],
    [
      'a command in one workspace of an organisation',
      { team_id: 'T1', enterprise_id: 'E1', user_id: 'U1', user_name: 'alice', is_enterprise_install: 'false' },
      'T1',
    ],
    ['a click', { team: { id: 'T1' }, user: user(), is_enterprise_install: false }, 'T1'],
    [
      'a click in an organisation',
      { team: null, enterprise: { id: 'E1' }, user: user({ team_id: 'T7' }), is_enterprise_install: true },
      'E1',
    ],
  ])('%s', (_, body, accountId) => {
    expect(readPerson(body)).toEqual({ accountId, userId: 'U1', userName: 'alice' });
  });

  it('an event names the installation', () => {
    const event = { team_id: 'T9', authorizations: [{ team_id: 'T1', enterprise_id: null }], event: { user: 'U1' } };
    expect(readPerson(event)).toEqual({ accountId: 'T1', userId: 'U1', userName: '' });
  });

  it.each([
    ['a click', { team: { id: 'T1' }, user: user({ team_id: 'T2' }) }],
    ['a form', { team: { id: 'T2' }, user: user({ team_id: 'T2' }), view: { app_installed_team_id: 'T1' } }],
  ])('of another company is refused: %s', (_, body) => {
    expect(() => readPerson(body)).toThrow(/another workspace/);
  });

  it.each([
    [{}],
    [{ team_id: 'T1' }],
    [{ user_id: 'U1' }],
    [{ team: null, user: user(), is_enterprise_install: true }],
  ])('is required: %j', (body) => {
    expect(() => readPerson(body)).toThrow(/did not say who/);
  });
});
