import { describe, expect, it } from 'vitest';
import { type Command, parseCommand } from '../../../bot/parse.ts';
import { editDistance } from '../../../core/edit-distance.ts';

describe('parseCommand', () => {
  const cases: [string, Command][] = [
    ['', { kind: 'help' }],
    ['   ', { kind: 'help' }],
    ['?', { kind: 'help' }],
    ['help', { kind: 'help' }],
    ['HELP', { kind: 'help' }],
    ['h', { kind: 'help' }],
    ['issue', { kind: 'issue', site: undefined }],
    ['iss', { kind: 'issue', site: undefined }],
    ['i example.com', { kind: 'issue', site: 'example.com' }],
    ['Issue  example.com', { kind: 'issue', site: 'example.com' }],
    ['issue two words', { kind: 'issue', site: 'two words' }],
    ['site', { kind: 'site_list' }],
    ['sites', { kind: 'site_list' }],
    ['site list', { kind: 'site_list' }],
    ['si l', { kind: 'site_list' }],
    ['site add example.com', { kind: 'site_add', name: 'example.com' }],
    ['site a example.com', { kind: 'site_add', name: 'example.com' }],
    ['site add', { kind: 'site_add', name: '' }],
    ['site remove example.com', { kind: 'site_remove', name: 'example.com' }],
    ['key', { kind: 'key_list' }],
    ['keys', { kind: 'key_list' }],
    ['k l', { kind: 'key_list' }],
    ['key create', { kind: 'key_create', name: '' }],
    ['edge', { kind: 'edge_list' }],
    ['edges', { kind: 'edge_list' }],
    ['edge list', { kind: 'edge_list' }],
    ['edge add berlin-1', { kind: 'edge_add', name: 'berlin-1' }],
    ['edge rem berlin-1', { kind: 'edge_remove', name: 'berlin-1' }],
    ['edge lsit', { kind: 'unknown_edge_word', typed: 'lsit', nearest: 'list' }],
    ['Key Create deploy', { kind: 'key_create', name: 'deploy' }],
    ['key dis deploy', { kind: 'key_disable', name: 'deploy' }],
    ['key enable deploy', { kind: 'key_enable', name: 'deploy' }],
    ['key delete deploy', { kind: 'key_delete', name: 'deploy' }],
    ['key d deploy', { kind: 'unknown_key_word', typed: 'd', nearest: 'disable' }],
    ['key craete', { kind: 'unknown_key_word', typed: 'craete', nearest: 'create' }],
    ['key deploy', { kind: 'unknown_key_word', typed: 'deploy', nearest: undefined }],
    ['bind', { kind: 'bind', site: '' }],
    ['bind example.com', { kind: 'bind', site: 'example.com' }],
    ['bindings', { kind: 'bindings', site: '' }],
    ['bindin Example.com', { kind: 'bindings', site: 'Example.com' }],
    ['b', { kind: 'unknown', typed: 'b', nearest: 'bind' }],
    ['bnid', { kind: 'unknown', typed: 'bnid', nearest: 'bind' }],
    ['audit', { kind: 'audit', words: '' }],
    ['a 4f:00  alice', { kind: 'audit', words: '4f:00 alice' }],
    ['audti', { kind: 'unknown', typed: 'audti', nearest: 'audit' }],
    ['settings', { kind: 'settings' }],
    ['se', { kind: 'settings' }],
    ['s', { kind: 'unknown', typed: 's', nearest: 'show' }],
    ['list', { kind: 'list', words: '' }],
    ['l', { kind: 'list', words: '' }],
    ['List all  revoked', { kind: 'list', words: 'all revoked' }],
    ['list <@U0BOB|bob> example.com', { kind: 'list', words: '<@U0BOB|bob> example.com' }],
    ['show', { kind: 'show', which: '' }],
    ['sh device 1', { kind: 'show', which: 'device 1' }],
    ['show 4F:00:11', { kind: 'show', which: '4F:00:11' }],
    ['issue <http://example.com|example.com>', { kind: 'issue', site: 'example.com' }],
    ['site add <https://a.example/|a.example>', { kind: 'site_add', name: 'a.example' }],
    ['show R&amp;D &lt;x&gt;', { kind: 'show', which: 'R&D <x>' }],
    ['isue', { kind: 'unknown', typed: 'isue', nearest: 'issue' }],
    ['isseu', { kind: 'unknown', typed: 'isseu', nearest: 'issue' }],
    ['setings', { kind: 'unknown', typed: 'setings', nearest: 'settings' }],
    ['stie', { kind: 'unknown', typed: 'stie', nearest: 'site' }],
    ['zebra', { kind: 'unknown', typed: 'zebra', nearest: undefined }],
    ['toString', { kind: 'unknown', typed: 'toString', nearest: undefined }],
    ['__proto__', { kind: 'unknown', typed: '__proto__', nearest: undefined }],
    ['site ad example.com', { kind: 'site_add', name: 'example.com' }],
    ['site lsit', { kind: 'unknown_site_word', typed: 'lsit', nearest: 'list' }],
    ['site delete example.com', { kind: 'unknown_site_word', typed: 'delete', nearest: undefined }],
    ['site example.com', { kind: 'unknown_site_word', typed: 'example.com', nearest: undefined }],
  ];
  it.each(cases)('reads %j', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  it('reads three thousand characters without taking long', () => {
    expect(parseCommand('x'.repeat(3000))).toMatchObject({ kind: 'unknown', nearest: undefined });
  });
});

it.each([
  ['issue', 'issue', 0],
  ['isue', 'issue', 1],
  ['isseu', 'issue', 1],
  ['', 'site', 4],
  ['help', 'site', 4],
] as const)('the distance of %j and %j is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
});
