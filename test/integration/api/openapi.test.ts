import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { OPERATIONS } from '../../../api/esa/operations/index.ts';
import { startApiRig } from '../../support/api-rig.ts';

type Document = {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string }[]; requestBody?: object }>>;
};

async function fetchDocument(): Promise<Document> {
  await using rig = await startApiRig();
  const response = await fetch(`${rig.url}/openapi.json`);
  expect(response.headers.get('content-type')).toBe('application/json;charset=utf-8');
  return (await response.json()) as Document;
}

test('/openapi.json is a valid description (OpenAPI 3.1)', async () => {
  const document = await fetchDocument();
  expect(await new Validator().validate(document as never)).toMatchObject({ valid: true });
  // And the judge judges.
  expect(await new Validator().validate({ ...document, paths: { nowhere: {} } } as never)).toMatchObject({
    valid: false,
  });
});

test('it describes every operation, and the public addresses', async () => {
  const { paths } = await fetchDocument();
  const described = Object.keys(paths).filter((path) => path.startsWith('/#'));
  expect(described.sort()).toEqual(OPERATIONS.map(({ name }) => `/#${name}`).sort());
  expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/crl/{authority}.crl', '/ocsp/{authority}', '/healthz']));
  const create = paths['/#CreateClientCertificate']?.['post'];
  expect(create?.parameters.map(({ name }) => name)).toEqual(['x-acs-action', 'x-acs-version', 'SiteId']);
  expect(JSON.stringify(create?.requestBody)).toContain('"required":["ValidityDays"]');
});

test('no two operations have one name', () => {
  const names = OPERATIONS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
