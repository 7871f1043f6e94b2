import { randomUUID } from 'node:crypto';
import { makeBreathe } from '../../../core/breathe.ts';
import { crlHeldAKey, MOST_PASTED, readCrlPaste } from '../../../core/ca/read-crl/paste.ts';
import { readCrl } from '../../../core/ca/read-crl/read.ts';
import { parseCrlUrl } from '../../../core/ca/read-crl/url.ts';
import type { Payload } from '../../../core/requests/contracts.ts';
import { recordRequest } from '../../../core/requests/record.ts';
import type { BotDeps } from '../../deps.ts';
import { blockOfGiven, readGiven } from '../../given.ts';
import { replyFieldErrors } from '../../reply.ts';
import type { ActionHandler, SubmissionHandler } from '../../turn.ts';
import type { CustomCa } from '../custom-ca/load.ts';
import { collectErrors } from '../field-errors.ts';
import { openView, redrawView } from '../open-view.ts';
import { DECIDED_WITHIN_MS, recordedNotice } from '../revoke/recorded.ts';
import { buildCrlView, CRL_BLOCKS, type CrlForm, readCrlForm, showsItsFields } from './crl-form.ts';
import { loadRevoking } from './load.ts';

/** *CRL…*; the value is the authority's id. */
export const clickCrl: ActionHandler = async (deps, turn) => {
  const { ca, cas } = await loadRevoking(deps, turn.person, turn.value);
  await openView(turn, buildCrlView(ca, { kind: 'url', url: ca.crl?.url ?? '' }, cas.now));
};

/** Another way was chosen: shows the fields that belong to it. */
export const changeCrl: ActionHandler = async (deps, turn) => {
  if (!turn.view) return;
  const { ca, cas } = await loadRevoking(deps, turn.person, turn.view.privateMetadata);
  await redrawView(turn, turn.view, buildCrlView(ca, withKnownUrl(readCrlForm(turn.view), ca), cas.now));
};

const withKnownUrl = (form: CrlForm, ca: CustomCa) => ({ ...form, url: form.url || (ca.crl?.url ?? '') });

/** What was given is checked in full before it is recorded; what is at an address is for the worker to see. */
export const submitCrl: SubmissionHandler = async (deps, { person, view }) => {
  const { ca, cas } = await loadRevoking(deps, person, view.privateMetadata);
  const form = readCrlForm(view);
  if (!showsItsFields(view, form)) {
    return { response_action: 'update', view: buildCrlView(ca, withKnownUrl(form, ca), cas.now) };
  }
  const { errors, check } = collectErrors();
  const source = await check(blockOf(form), () => readSource(deps, ca, form));
  if (source === undefined) return { response_action: 'errors', errors: replyFieldErrors(errors) };
  const { request } = await recordRequest(deps, {
    id: randomUUID(),
    accountId: person.accountId,
    actorId: person.userId,
    kind: 'ca_crl',
    payload: { authorityId: ca.authority.id, source },
    idempotencyKey: `view:${view.id}`,
    deadlineAt: new Date(deps.clock.now().getTime() + DECIDED_WITHIN_MS),
  });
  return { response_action: 'update', view: await recordedNotice(deps, request, 'CRL of a Custom CA') };
};

function blockOf(form: CrlForm): string {
  if (form.kind === 'url') return CRL_BLOCKS.url;
  return form.kind === 'none' ? CRL_BLOCKS.kind : blockOfGiven(form, CRL_BLOCKS);
}

const CRL = {
  thing: 'the CRL',
  most: MOST_PASTED,
  tooLong: 'This file is longer than 1 MiB. Give the address that it is published at instead.',
  holdsAKey: crlHeldAKey,
};

async function readSource(
  deps: BotDeps,
  { authority, crl }: CustomCa,
  form: CrlForm,
): Promise<Payload<'ca_crl'>['source']> {
  if (form.kind === 'none') return { kind: 'none' };
  if (form.kind === 'url') return { kind: 'url', url: parseCrlUrl(form.url).href };
  const der = await readGiven(deps, form, CRL, async (input) => {
    const octets = readCrlPaste(input);
    const expected = { authority: authority.certificate, now: deps.clock.now(), previous: crl ?? null };
    await readCrl(octets, expected, makeBreathe());
    return octets;
  });
  return { kind: 'paste', crl: Buffer.from(der).toString('base64') };
}
