import { keyCovers, whyKeyMayNot } from '../../core/access/key.ts';
import { insert } from '../../core/store/plan.ts';
import type { AccessKey, Request, Site } from '../../core/store/rows.ts';
import type { ApiDeps } from '../deps.ts';
import { makeAsk, nonceUsed } from './ask.ts';
import { type Authenticated, authenticate, requireKnown } from './authenticate.ts';
import { EsaError } from './error.ts';
import type { Gatekeeper } from './gatekeeper.ts';
import type { Answer, Call, Operation, SiteOperation } from './operation.ts';
import { OPERATIONS } from './operations/index.ts';
import { parseParameters } from './parameters.ts';
import { mergeParameters, type RawParameters, readForm, shown } from './read.ts';
import { makeSecrets } from './secrets.ts';
import type { Signed } from './signature.ts';
import { makeUses } from './uses.ts';
import { makeWaiter } from './waiter.ts';

const VERSION = '2024-09-10';

export type Answered = {
  answer: Answer;
  /** To be called once the answer has been written to its end. */
  written: () => Promise<void>;
};

/** The OpenAPI, without HTTP around it. */
export type Door = {
  /** Whether it is worth reading the body of a call with these headers. @throws EsaError */
  greet(headers: Signed['headers']): Promise<void>;
  /**
   * @param named told the operation's name once it is known, for the log.
   * @throws EsaError for everything that a client can put right; anything else is a failure of ours.
   */
  answer(call: Signed, named: (operation: string) => void): Promise<Answered>;
};

export function makeDoor(deps: ApiDeps & { gatekeeper: Gatekeeper }): Door {
  const { store, clock, keys, gatekeeper } = deps;
  const secrets = makeSecrets(keys);
  const noteUse = makeUses(deps);
  const ask = makeAsk({ ...deps, waiter: makeWaiter(store, deps.logger) });
  const operations = new Map(OPERATIONS.map((operation) => [operation.name, operation]));

  return {
    async greet(headers) {
      await requireKnown(store, headers, clock.now());
    },

    async answer(call, named) {
      // 1. Who calls; 2. once, and not too often.
      const now = clock.now();
      const { key, accessKeyId, nonce } = await authenticate({ store, secrets }, call, now);
      const operation = operations.get(call.headers['x-acs-action'] ?? '');
      named(operation?.name ?? 'unknown');
      await admit(gatekeeper, { accessKeyId, nonce }, operation);

      // 3. What for, 4. whether this key may, 5. with what.
      const known = requireOperation(operation, call);
      noteUse(key, known.name, now);
      requirePolicy(key, known);
      const raw = mergeParameters(readForm(call.body), call.query as [string, string][]);
      const written: Request[] = [];
      const common = {
        deps,
        key,
        now,
        ask: ((kind, payload) =>
          ask({ operation: known, key, accessKeyId, nonce }, kind, payload)) as Call<never>['ask'],
        recordWritten: (request: Request) => void written.push(request),
      };

      // 6. Do it.
      const answer = await run(deps, known, raw, common);
      return {
        answer,
        written: async () => {
          const rows = written.map(({ id }) => insert('writtenAnswers', { id, writtenAt: clock.now() }));
          if (rows.length > 0) await store.commit(rows);
        },
      };
    },
  };
}

/** The site comes before the other parameters, as in the vendor's answers. */
async function run(
  deps: ApiDeps,
  operation: Operation,
  raw: RawParameters,
  common: Omit<Call<never>, 'parameters'>,
): Promise<Answer> {
  if (operation.about === 'account') {
    return operation.run({ ...common, parameters: parseParameters(operation.parameters, raw) });
  }
  const site = await requireSite(deps, common.key, operation, raw);
  return operation.run({ ...common, site, parameters: parseParameters(operation.parameters, raw) });
}

async function admit(
  gatekeeper: Gatekeeper,
  { accessKeyId, nonce }: Omit<Authenticated, 'key'>,
  operation: Operation | undefined,
): Promise<void> {
  const admission = await gatekeeper.admit({ accessKeyId, nonce, recordsItself: operation?.access === 'write' });
  if (admission.admitted) return;
  if (admission.because === 'used') throw nonceUsed();
  const seconds = Math.max(1, Math.ceil(admission.retryAfterMs / 1_000));
  throw new EsaError('Throttling.User', `This key calls too often. Repeat the call in ${seconds} s.`, {
    'x-acs-retry-after': String(seconds),
    'retry-after': String(seconds),
  });
}

function requireOperation(operation: Operation | undefined, { method, headers }: Signed): Operation {
  const action = shown(headers['x-acs-action'] ?? '');
  if (headers['x-acs-version'] !== VERSION) {
    throw new EsaError(
      'InvalidVersion',
      `The version of this API is ${VERSION}, not ${shown(headers['x-acs-version'] ?? '')}.`,
    );
  }
  if (!operation) throw new EsaError('InvalidAction.NotFound', `There is no operation ${action} here.`);
  if (!operation.methods.includes(method as 'GET' | 'POST')) {
    throw new EsaError('UnsupportedHTTPMethod', `${action} is called with ${operation.methods.join(' or ')}.`);
  }
  return operation;
}

/** What the key was made for; whether it is for the site is told where the site is looked for. */
function requirePolicy(key: AccessKey, { about, access, group }: Operation): void {
  // What is about no site, and changes something, is for keys of all sites.
  const scope = about === 'account' && access === 'write' ? key : { ...key, siteIds: null };
  const asked = { group: group ?? key.groups[0] ?? 'sites', access, siteId: null };
  const because = whyKeyMayNot(group === null ? { ...scope, groups: [asked.group] } : scope, asked);
  if (because !== undefined) throw new EsaError('NoPermission', because);
}

async function requireSite(
  { store }: ApiDeps,
  key: AccessKey,
  { alsoRemoved }: Pick<SiteOperation<never>, 'alsoRemoved'>,
  raw: RawParameters,
): Promise<Site> {
  const text = raw.get('SiteId');
  if (!text) throw new EsaError('MissingSiteId', 'The parameter SiteId is missing. ListSites tells the ids of sites.');
  const site = /^\d{1,15}$/.test(text) ? await store.siteByNumber(key.accountId, Number(text)) : undefined;
  // What is not there and what this key is not for read alike.
  if (!site || (site.state === 'removed' && !alsoRemoved) || !keyCovers(key, site.id)) {
    throw new EsaError(
      'InvalidParameter.SiteId',
      'There is no site with this SiteId. ListSites tells the ids of sites.',
    );
  }
  return site;
}
