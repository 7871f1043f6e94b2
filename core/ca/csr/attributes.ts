/** What a request asks for beside its key (RFC 2986 4.1). All of it is a wish; only alternative names may be granted. */
import { OID } from '../der/oids.ts';
import { contentOf, type DerNode, expectTag, readDer } from '../der/reader.ts';
import { oidOf } from '../der/values.ts';
import { type ExtensionField, extensionsIn } from '../fields.ts';
import { findSanDefect, isSpiffeId, readGeneralNames, type SubjectAltName } from '../general-name.ts';
import { refuse } from './refusal.ts';

const MAX_NAMES = 50;

/** Extensions that the profile decides; a request may name them, and they are not copied. */
const DECIDED_HERE: Record<string, string> = {
  [OID.basicConstraints]: 'basic constraints',
  [OID.keyUsage]: 'key usage',
  [OID.extKeyUsage]: 'extended key usage',
  [OID.subjectKeyIdentifier]: 'subject key identifier',
};

/** Throws CountersignError `csr_refused`, or DerError where the structure is malformed. */
export function readAttributes(attributes: DerNode | undefined, notices: string[]): SubjectAltName[] {
  const values = new Map<string, DerNode>();
  for (const attribute of attributes?.children ?? []) {
    const [type, set, ...more] = expectTag(attribute, 0x30, 'an attribute').children;
    const id = oidOf(expectTag(type, 0x06, 'the type of an attribute', attribute));
    const [value, ...others] = expectTag(set, 0x31, 'the values of an attribute', attribute).children;
    if (!value) refuse('attribute_empty', `The attribute ${id} of this request has no value. Make the request again.`);
    if (others.length > 0 || more.length > 0) {
      refuse(
        'attribute_multi_valued',
        `The attribute ${id} of this request has several values. Make the request again.`,
      );
    }
    if (values.has(id))
      refuse('attribute_twice', `This request has the attribute ${id} twice. Make it again with one of each.`);
    values.set(id, value);
  }
  if (values.has(OID.challengePassword))
    notices.push('The challenge password in the request is not used here and was ignored.');
  const requested = values.get(OID.extensionRequest);
  return requested ? readRequested(extensionsIn(requested), notices) : [];
}

function readRequested(extensions: ExtensionField[], notices: string[]): SubjectAltName[] {
  const ids = extensions.map(({ oid }) => oid);
  if (new Set(ids).size < ids.length) {
    refuse('extension_twice', 'This request asks for one extension twice. Make it again with one of each.');
  }

  const constraints = extensions.find(({ oid }) => oid === OID.basicConstraints);
  if (constraints && asksForAuthority(constraints.value)) {
    refuse(
      'ca_requested',
      'This request asks for the certificate of an authority (CA:TRUE). Make it again without basic constraints.',
    );
  }
  const stranger = extensions.find(({ oid, critical }) => critical && oid !== OID.subjectAltName && !DECIDED_HERE[oid]);
  if (stranger) {
    refuse(
      'extension_critical',
      `This request insists on the extension ${stranger.oid}, which is not issued here. Make it again without it.`,
    );
  }
  const left = ids.filter((oid) => oid !== OID.subjectAltName).map((oid) => DECIDED_HERE[oid] ?? oid);
  if (left.length > 0)
    notices.push(`Not copied from the request, because the policy decides it: ${left.slice(0, 10).join(', ')}.`);
  const names = extensions.find(({ oid }) => oid === OID.subjectAltName);
  return names ? readNames(readDer(names.value), notices) : [];
}

function asksForAuthority(value: Uint8Array): boolean {
  const [isAuthority] = expectTag(readDer(value), 0x30, 'basic constraints').children;
  return isAuthority?.tag === 0x01 && contentOf(isAuthority)[0] === 0xff;
}

function readNames(node: DerNode, notices: string[]): SubjectAltName[] {
  const names = new Map<string, SubjectAltName>();
  const asked = readGeneralNames(node);
  if (asked.length === 0)
    refuse(
      'san_empty',
      'The list of alternative names in this request is empty. Make it again with names, or without the list.',
    );
  if (asked.length > MAX_NAMES) {
    refuse('san_too_many', `This request has ${asked.length} alternative names. Use at most ${MAX_NAMES}.`);
  }
  for (const name of asked) {
    if ('unknown' in name) {
      refuse(
        'san_kind',
        `This request has an alternative name of the kind ${name.unknown}. Use DNS, email, IP or URI names only.`,
      );
    }
    const normal = normalise(name);
    const defect = findSanDefect(normal);
    if (defect)
      refuse('san_invalid', `The alternative name ${quote(name.value)} ${defect}. Make the request again without it.`);
    names.set(`${normal.type}:${normal.value}`, normal);
  }
  if (names.size < asked.length) notices.push('Alternative names that were there twice were taken once.');
  const san = [...names.values()];
  if (san.some(isSpiffeId) && san.filter(({ type }) => type === 'uri').length > 1) {
    refuse(
      'san_spiffe_not_alone',
      'This request has a SPIFFE id beside another URI. A SPIFFE certificate has exactly one URI.',
    );
  }
  return san;
}

/** Host parts do not know upper case; the local part of a mail address and a URI's path may. */
function normalise({ type, value }: SubjectAltName): SubjectAltName {
  if (type === 'dns') return { type, value: value.toLowerCase() };
  if (type === 'email') return { type, value: value.replace(/@[^@]*$/, (host) => host.toLowerCase()) };
  return { type, value };
}

/** As it may stand in a message: short, and without characters that could pretend to be something else. */
function quote(value: string): string {
  const shown = value.replace(/[^\x21-\x7e]|[`<>&]/g, '?');
  return `\`${shown.length > 60 ? `${shown.slice(0, 60)}…` : shown}\``;
}
