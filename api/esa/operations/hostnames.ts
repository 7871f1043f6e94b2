import { z } from 'zod';
import { readHostnames } from '../../../core/bindings/hostnames.ts';
import { bindingId, HOSTNAMES_AT_ONCE, MANAGED } from '../../../core/bindings/verbs.ts';
import { parseRequest } from '../../../core/requests/contracts.ts';
import { refusedText } from '../../../core/slack/bindings.ts';
import type { Request, Site } from '../../../core/store/rows.ts';
import type { ApiDeps } from '../../deps.ts';
import { EsaError } from '../error.ts';
import { managedCaId, uuidOf } from '../formats.ts';
import { defineOperation, type Operation } from '../operation.ts';
import { ID, invalid } from '../parameters.ts';
import { plainWords } from '../plain-words.ts';

const ANSWER = z.object({
  SiteId: z.int(),
  SiteName: z.string(),
  Id: z.string(),
  Hostnames: z.array(z.string()),
});

/** The same under both of the vendor's names: the newer one of each is not in the SDK yet. */
export const HOSTNAME_OPERATIONS: readonly Operation[] = [
  makeSet('SetClientCertificateHostnames'),
  makeGet('GetClientCertificateHostnames'),
  makeSet('SetClientCaCertificateHostnames'),
  makeGet('GetClientCaCertificateHostnames'),
];

/** Replaces the whole list of one CA in the site; an empty one clears it. */
function makeSet(name: string): Operation {
  return defineOperation({
    name,
    methods: ['POST'],
    group: 'hostnames',
    access: 'write',
    summary: 'Replaces the hostnames of a CA in a site; without Id, those of the managed CA. An empty list clears it.',
    about: 'site',
    parameters: z.object({ Hostnames: z.array(z.string()), Id: ID.optional() }),
    answer: ANSWER,
    stillSo: isStillSet,
    async run({ site, parameters, ask }) {
      const hostnames = readList(parameters.Hostnames, site);
      const authorityId = authorityOf(site, parameters.Id);
      await ask('bind', { siteId: site.id, authorityId, verb: 'replace', hostnames, because: '' });
      return answerOf(site, parameters.Id, hostnames);
    },
  });
}

function makeGet(name: string): Operation {
  return defineOperation({
    name,
    methods: ['GET'],
    group: 'hostnames',
    access: 'read',
    summary: 'The hostnames of a CA in a site; without Id, those of the managed CA.',
    about: 'site',
    parameters: z.object({ Id: ID.optional() }),
    answer: ANSWER,
    async run({ deps, site, parameters }) {
      const authorityId = authorityOf(site, parameters.Id);
      if (authorityId !== MANAGED) {
        const authority = await deps.store.uploadedAuthority(authorityId);
        if (authority?.siteId !== site.id || authority.deletedAt !== null) throw notFound();
      }
      const row = await deps.store.binding(bindingId(site.id, authorityId));
      return answerOf(site, parameters.Id, row?.hostnames ?? []);
    },
  });
}

/** @throws EsaError `InvalidParameter` that names every bad hostname with its reason. */
function readList(typed: readonly string[], site: Site): string[] {
  if (typed.length > HOSTNAMES_AT_ONCE) {
    throw invalid('Hostnames', `these are ${typed.length}; ${HOSTNAMES_AT_ONCE} at a time is the most.`);
  }
  const { hostnames, refused } = readHostnames(typed, site.name);
  if (refused.length > 0) throw invalid('Hostnames', plainWords(refusedText(refused)));
  return hostnames;
}

/** Which authority an id means; whether there is one is for whoever looks. */
function authorityOf(site: Site, id: string | undefined): string {
  if (id === undefined || id === managedCaId(site.accountId)) return MANAGED;
  const uuid = uuidOf(id);
  if (uuid === undefined) throw notFound();
  return uuid;
}

function answerOf(site: Site, id: string | undefined, hostnames: readonly string[]) {
  return { SiteId: site.number, SiteName: site.name, Id: id ?? managedCaId(site.accountId), Hostnames: hostnames };
}

function notFound(): EsaError {
  return new EsaError(
    'Certificate.NotFound',
    'This site has no CA with this Id. ListClientCaCertificates tells those there are; without Id the managed CA is meant.',
  );
}

/** A list that somebody has changed since it was set is set anew, and asked about anew. */
async function isStillSet({ store }: ApiDeps, done: Request): Promise<boolean> {
  const { siteId, authorityId, hostnames } = parseRequest('bind', done).payload;
  const row = await store.binding(bindingId(siteId, authorityId));
  return row?.hostnames.length === hostnames.length && row.hostnames.every((name, place) => name === hostnames[place]);
}
