import { CountersignError } from '../../core/errors.ts';
import { insert } from '../../core/store/plan.ts';
import { HttpError } from '../problem.ts';
import { REVEAL_PAGE, revealPageFile } from '../reveal-page.ts';
import { type AddRoute, addAddress } from '../route.ts';

/** Nothing of the page or what it fetches is kept, framed, indexed or told to anybody else. */
const SAFE_HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow, noarchive',
} as const;

/** What is opened twice, too late, or never existed reads alike. */
const GONE = 'This link has been opened already, has expired, or never existed. Ask for the key again in Slack.';

/**
 * The one-time link to a private key. GET gives the same page for every address and touches nothing, so that a
 * preview bot gets nothing and uses nothing up; only the click posts. What is answered then is sealed with the key in
 * the link's fragment, which no browser sends: this process never sees a private key.
 */
export const addReveal: AddRoute = (app, { store, clock, config }) => {
  for (const { path, file, type } of REVEAL_PAGE) {
    addAddress(app, path, {
      GET: async (_request, reply) =>
        reply
          .headers(SAFE_HEADERS)
          .type(type)
          .send(await revealPageFile(file)),
    });
  }

  addAddress(app, '/reveal/:id/open', {
    POST: async (request, reply) => {
      refuseForeignPages(request.headers, config.publicUrl);
      const { id } = request.params as { id: string };
      const reveal = await store.reveal(id);
      const now = clock.now();
      if (!reveal?.sealed || reveal.expiresAt <= now) throw gone();
      // Of any number of clicks at the same instant one writes this row.
      const committed = await store.commit([insert('revealOpenings', { id, openedAt: now })]);
      if (!committed.ok) throw gone();
      return reply.headers(SAFE_HEADERS).type('application/octet-stream').send(reveal.sealed);
    },
  });
};

const gone = () => new CountersignError('not_found', { userMessage: GONE });

/** A page of somebody else's cannot use a link up: browsers say where a request comes from. */
function refuseForeignPages(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  publicUrl: string | undefined,
): void {
  const site = headers['sec-fetch-site'];
  const { origin } = headers;
  const ownOrigin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  if (site !== undefined && site !== 'same-origin') throw new HttpError(403);
  if (origin !== undefined && ownOrigin !== undefined && origin !== ownOrigin) throw new HttpError(403);
}
