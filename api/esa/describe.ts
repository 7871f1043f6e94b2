import { z } from 'zod';
import { ESA_CODES } from './error.ts';
import type { Operation } from './operation.ts';

type Schema = Record<string, unknown>;

const FORM = 'application/x-www-form-urlencoded';
const ERROR = { $ref: '#/components/schemas/Error' };

const SIGNATURE = [
  'ACS3-HMAC-SHA256, as the SDKs of the vendor sign. The header is',
  '`ACS3-HMAC-SHA256 Credential=ACCESSKEYID,SignedHeaders=a;b;c,Signature=HEX`; signed are method, path, query, the',
  'headers Host, Content-Type and every x-acs-* header, and the SHA-256 of the body. x-acs-date is within 15 minutes of',
  'the time here, and x-acs-signature-nonce is used once.',
].join(' ');

/**
 * The API as OpenAPI 3.1. All operations of the vendor's protocol have one address, `/`, and are told apart by the
 * header x-acs-action; a path with the operation behind `#` gives each of them a place of its own.
 */
export function describeApi(operations: readonly Operation[], version: string): Schema {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      description:
        'The mTLS part of the ESA OpenAPI, version 2024-09-10, and the public addresses of certificates. Operations are called at `/`.',
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'public', description: 'Without a signature.' }],
    paths: { ...Object.fromEntries(operations.map(describeOperation)), ...PUBLIC },
    components: {
      securitySchemes: { ACS3: { type: 'apiKey', in: 'header', name: 'Authorization', description: SIGNATURE } },
      schemas: {
        Error: {
          type: 'object',
          required: ['RequestId', 'Code', 'Message'],
          properties: {
            RequestId: { type: 'string', format: 'uuid' },
            Code: { type: 'string', enum: Object.keys(ESA_CODES) },
            Message: { type: 'string' },
          },
        },
      },
    },
    security: [{ ACS3: [] }],
  };
}

function describeOperation(operation: Operation): [string, Schema] {
  const { name, methods, summary, group, about } = operation;
  const { properties, required } = schemaOf(operation.parameters, 'input');
  const answer = schemaOf(operation.answer, 'output');
  const [first = 'POST'] = methods;
  const inBody = first === 'POST' && Object.keys(properties).length > 0;
  const described = {
    operationId: name,
    summary,
    tags: [group ?? 'sites'],
    parameters: [
      { name: 'x-acs-action', in: 'header', required: true, schema: { const: name } },
      { name: 'x-acs-version', in: 'header', required: true, schema: { const: '2024-09-10' } },
      ...(about === 'site'
        ? [{ name: 'SiteId', in: 'query', required: true, schema: { type: 'integer', format: 'int64' } }]
        : []),
      ...(inBody ? [] : Object.entries(properties).map(([key, schema]) => queryParameter(key, schema, required))),
    ],
    ...(inBody ? { requestBody: formOf(properties, required) } : {}),
    responses: {
      200: {
        description: 'Done.',
        content: {
          'application/json': {
            schema: {
              type: 'object',
              required: ['RequestId', ...answer.required],
              properties: { RequestId: { type: 'string', format: 'uuid' }, ...answer.properties },
            },
          },
        },
      },
      default: { description: 'What went wrong.', content: { 'application/json': { schema: ERROR } } },
    },
  };
  return [`/#${name}`, { [first.toLowerCase()]: described }];
}

/** Arrays and objects are one JSON text ("shrunk"). */
const isShrunk = (schema: Schema) => schema['type'] === 'array' || schema['type'] === 'object';

function queryParameter(name: string, schema: Schema, required: readonly string[]): Schema {
  const where = { name, in: 'query', required: required.includes(name) };
  return isShrunk(schema) ? { ...where, content: { 'application/json': { schema } } } : { ...where, schema };
}

function formOf(properties: Record<string, Schema>, required: readonly string[]): Schema {
  const shrunk = Object.keys(properties).filter((name) => isShrunk(properties[name] ?? {}));
  const encoding = Object.fromEntries(shrunk.map((name) => [name, { contentType: 'application/json' }]));
  const form = { schema: { type: 'object', properties, required }, ...(shrunk.length > 0 ? { encoding } : {}) };
  return { required: required.length > 0, content: { [FORM]: form } };
}

function schemaOf(shape: z.ZodObject, io: 'input' | 'output') {
  const { properties, required } = z.toJSONSchema(shape, { io, unrepresentable: 'any' });
  return { properties: (properties ?? {}) as Record<string, Schema>, required: required ?? [] };
}

const binary = (type: string) => ({ [type]: { schema: { type: 'string', contentMediaType: type } } });
const inPath = (name: string) => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const text = { 'text/plain': { schema: { type: 'string' } } };

function publicGet(operationId: string, summary: string, content: Schema, ...parameters: string[]) {
  const responses = {
    200: { description: 'It.', content },
    default: {
      description: 'What went wrong (RFC 9457).',
      content: { 'application/problem+json': { schema: { type: 'object' } } },
    },
  };
  return { operationId, summary, tags: ['public'], security: [], parameters: parameters.map(inPath), responses };
}

/** What needs no signature of the caller. */
const PUBLIC = {
  '/crl/{authority}.crl': {
    get: publicGet('getCrl', 'The complete CRL of an authority.', binary('application/pkix-crl'), 'authority'),
  },
  '/crl/{authority}/{shard}.crl': {
    get: publicGet('getCrlShard', 'One part of it.', binary('application/pkix-crl'), 'authority', 'shard'),
  },
  '/ca/{authority}.cer': {
    get: publicGet('getAuthority', "An authority's certificate.", binary('application/pkix-cert'), 'authority'),
  },
  '/ocsp/{authority}': {
    post: {
      ...publicGet('askOcsp', 'OCSP (RFC 6960).', binary('application/ocsp-response'), 'authority'),
      requestBody: { required: true, content: binary('application/ocsp-request') },
    },
  },
  '/ocsp/{authority}/{request}': {
    get: publicGet(
      'getOcsp',
      'OCSP, the request in base64.',
      binary('application/ocsp-response'),
      'authority',
      'request',
    ),
  },
  '/healthz': { get: publicGet('isAlive', 'Whether the process runs.', text) },
  '/readyz': { get: publicGet('isReady', 'Whether it can answer.', text) },
};
