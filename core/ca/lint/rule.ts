/** What a rule is, and what it looks at: the fields read from the octets, never the intent they were made from. */
import type { DerNode } from '../der/reader.ts';
import { DerError, readDer } from '../der/reader.ts';
import { timeOf } from '../der/values.ts';
import { readTbs, type TbsFields } from '../fields.ts';
import { type Name, type NameAttribute, readName } from '../name.ts';
import { type KeyDefect, type PublicKey, readPublicKey } from '../public-key.ts';

export type Finding = { rule: string; source: string; message: string };

export type Extension = { oid: string; critical: boolean; value: DerNode };

/** One certificate, taken apart once for all rules. */
export type Subject = {
  fields: TbsFields;
  subject: Name;
  /** The attributes of the subject, whatever relative name they are in. */
  attributes: readonly NameAttribute[];
  /** `undefined` where the octets are not one of the two permitted spellings. */
  notBefore: Date | undefined;
  notAfter: Date | undefined;
  key: PublicKey | KeyDefect;
  extensions: readonly Extension[];
  sha256: (octets: Uint8Array) => Uint8Array;
};

/** `check` gives the fault in words, or nothing. `source` is the section that demands it. */
export type Rule<T> = { id: string; source: string; check: (subject: T) => string | undefined };

export function find(subject: Subject, oid: string): Extension | undefined {
  return subject.extensions.find((extension) => extension.oid === oid);
}

/** Takes the octets apart and applies every rule. What is not DER has one finding, for nothing else can be said of it. */
export function applyRules<T extends Subject>(
  tbs: Uint8Array,
  sha256: (octets: Uint8Array) => Uint8Array,
  complete: (subject: Subject) => T,
  rules: readonly Rule<T>[],
): Finding[] {
  try {
    const subject = complete(takeApart(tbs, sha256));
    const findings: Finding[] = [];
    for (const { id, source, check } of rules) {
      const message = check(subject);
      if (message !== undefined) findings.push({ rule: id, source, message });
    }
    return findings;
  } catch (error) {
    if (!(error instanceof DerError)) throw error;
    return [{ rule: 'der', source: 'RFC 5280 4.1, X.690 10', message: `${error.message} (octet ${error.offset})` }];
  }
}

function takeApart(tbs: Uint8Array, sha256: (octets: Uint8Array) => Uint8Array): Subject {
  const fields = readTbs(tbs);
  const subject = readName(fields.subject);
  return {
    fields,
    subject,
    attributes: subject.flat(),
    notBefore: timeOf(fields.notBefore),
    notAfter: timeOf(fields.notAfter),
    key: readPublicKey(fields.spki),
    extensions: fields.extensions.map(({ oid, critical, value }) => ({ oid, critical, value: readDer(value) })),
    sha256,
  };
}
