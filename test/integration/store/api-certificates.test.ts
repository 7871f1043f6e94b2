import Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countQuery, pageQuery } from '../../../core/store/sqlite/questions/api-certificates.ts';
import { type TemporaryStore, temporaryStore } from '../../support/store.ts';

let store: TemporaryStore;
beforeAll(() => {
  store = temporaryStore();
});
afterAll(() => store[Symbol.asyncDispose]());

describe('the questions of the OpenAPI about the certificates of a site', () => {
  it.each([
    ['a page', 'page'],
    ['the count', 'count'],
  ])('%s is answered from one index, without touching the rows and without sorting', (_, question) => {
    const connection = new Database(store.path, { readonly: true });
    const db = drizzle(connection);
    const query = question === 'page' ? pageQuery(db, 's', { offset: 49_900, limit: 100 }) : countQuery(db, 's');
    const { sql, params } = query.toSQL();
    const plan = connection.prepare(`explain query plan ${sql}`).all(...params) as { detail: string }[];
    connection.close();
    expect(plan.map(({ detail }) => detail)).toEqual([
      'SEARCH certificates USING COVERING INDEX certificates_api (site_id=?)',
    ]);
  });
});
