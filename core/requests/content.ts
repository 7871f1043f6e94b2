import { createHash } from 'node:crypto';
import { canonicalJson } from '../canonical-json.ts';
import type { RequestKind } from '../store/rows.ts';
import type { Payload } from './contracts.ts';

/**
 * What a call asks for, as a hash: SHA-256 over canonical JSON (RFC 8785) of kind and payload. A program that repeats a
 * call which waits for a person finds its request by it, since each call has a nonce of its own.
 */
export function contentHash<K extends RequestKind>(kind: K, payload: Payload<K>): string {
  return createHash('sha256').update(canonicalJson({ kind, payload })).digest('hex');
}
