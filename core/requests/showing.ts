import type { Certificate, Request } from '../store/rows.ts';

/** How long after a showing its key can be reported as not received (DESIGN section 4). */
export const NOT_RECEIVED_MS = 30 * 60_000;
/** How often. */
export const NOT_RECEIVED_TIMES = 2;
/** How long an issued request waits for its first showing. */
export const WAITING_MS = 24 * 60 * 60_000;
/** A response_url lives for 30 minutes; what is answered through it is given up a little earlier. */
export const SHOW_DEADLINE_MS = 25 * 60_000;

export type Showing = {
  issue: Request;
  /** The `show` requests of it, oldest first. */
  shows: readonly Request[];
  /** Its certificates, newest first. */
  certificates: readonly Certificate[];
};

export type ShowDecision = { allowed: true; idempotencyKey: string } | { allowed: false; because: string };

/** What is shown once: what was asked for, and the showings of it so far. */
type Shown = {
  asked: Request;
  shows: readonly Request[];
};

/** What a refusal says of a certificate's key, or of an API key's secret. */
type ShownWords = { onlyRequester: string; whyNotWaiting: (asked: Request) => string };

/**
 * Whether this person may be shown for the first time now what they have asked for: they alone, once at a time, and
 * while it waits for them.
 * @param click `ignoring`: the showing being carried out, which must not stand in its own way.
 */
function decideFirstShowing(
  { asked, shows }: Shown,
  click: { actorId: string; now: Date; ignoring?: string },
  words: ShownWords,
): ShowDecision {
  const onTheWay = decideAnyShowing({ asked, shows }, click, words);
  if (!onTheWay.allowed) return onTheWay;
  if (asked.state === 'waiting' && click.now < asked.deadlineAt) return onTheWay;
  return { allowed: false, because: words.whyNotWaiting(asked) };
}

function decideAnyShowing(
  { asked, shows }: Shown,
  click: { actorId: string; ignoring?: string },
  words: Pick<ShownWords, 'onlyRequester'>,
): ShowDecision {
  const others = shows.filter((show) => show.id !== click.ignoring);
  if (asked.actorId !== click.actorId) return { allowed: false, because: words.onlyRequester };
  if (others.some((show) => show.state === 'recorded')) {
    return { allowed: false, because: 'This is already on its way. It appears here in a moment.' };
  }
  return { allowed: true, idempotencyKey: `show:${asked.id}:${others.length}` };
}

/**
 * Whether this person may be shown the secret of the API key now that they have asked for. Asked by the bot at the click
 * and again by the worker. There is no second showing: whoever has lost a secret makes another key.
 */
export function decideKeyShow(
  { create, shows }: { create: Request; shows: readonly Request[] },
  click: { actorId: string; now: Date; ignoring?: string },
): ShowDecision {
  return decideFirstShowing({ asked: create, shows }, click, {
    onlyRequester: 'Only the person who asked for this API key can be shown its secret.',
    whyNotWaiting: whyKeyNotWaiting,
  });
}

/** The same for the credential of an edge. There is no second showing: it is removed and added anew. */
export function decideEdgeShow(
  { add, shows }: { add: Request; shows: readonly Request[] },
  click: { actorId: string; now: Date; ignoring?: string },
): ShowDecision {
  return decideFirstShowing({ asked: add, shows }, click, {
    onlyRequester: 'Only the person who asked for this edge can be shown its credential.',
    whyNotWaiting: whyEdgeNotWaiting,
  });
}

/**
 * Whether this person may be shown the key of this request now. Asked by the bot at the click and again by the worker.
 * @param replaces the certificate whose key is said not to have arrived; undefined for the first showing.
 * @param ignoring the `show` request being carried out, which must not stand in its own way.
 */
export function decideShow(
  { issue, shows, certificates }: Showing,
  click: { actorId: string; now: Date; replaces: string | undefined; ignoring?: string },
): ShowDecision {
  const refuse = (because: string): ShowDecision => ({ allowed: false, because });
  const words = {
    onlyRequester: 'Only the person who asked for this certificate can be shown its key.',
    whyNotWaiting,
  };
  if (click.replaces === undefined) return decideFirstShowing({ asked: issue, shows }, click, words);

  const decision = decideAnyShowing({ asked: issue, shows }, click, words);
  if (!decision.allowed) return decision;
  const shown = certificates.find((certificate) => certificate.id === click.replaces);
  if (shown === undefined || issue.state !== 'done' || shown.state !== 'active' || shown.shownAt === null) {
    return refuse('This button belongs to a certificate that has been replaced or revoked since.');
  }
  if (click.now.getTime() - shown.shownAt.getTime() > NOT_RECEIVED_MS) {
    return refuse(
      'A key can be reported as not received for 30 minutes. Ask for a new certificate with `/mtls issue`.',
    );
  }
  if (timesReplaced(shows) >= NOT_RECEIVED_TIMES) {
    return refuse('This key has been made anew twice already. Ask for a new certificate with `/mtls issue`.');
  }
  return decision;
}

/** How often the key of this request was made anew because it had not arrived. */
export function timesReplaced(shows: readonly Request[]): number {
  return shows.filter((show) => show.state === 'done' && show.payload['replaces'] !== undefined).length;
}

function whyKeyNotWaiting(create: Request): string {
  switch (create.state) {
    case 'recorded':
      return 'This API key is still being prepared. Try again in a moment.';
    case 'waiting':
    case 'expired':
      return 'The secret was not shown within 24 hours, so the API key was taken away. Make another with `/mtls key create`.';
    case 'done':
      return 'This secret has been shown already. A secret is shown once; if you do not have it, delete this API key and make another with `/mtls key create`.';
    default:
      return 'This request has ended without an API key. Make another with `/mtls key create`.';
  }
}

function whyEdgeNotWaiting(add: Request): string {
  switch (add.state) {
    case 'recorded':
      return 'This edge is still being prepared. Try again in a moment.';
    case 'waiting':
    case 'expired':
      return 'The credential was not shown within 24 hours, so the edge was taken away. Add it again with `/mtls edge add`.';
    case 'done':
      return 'This credential has been shown already. It is shown once; if you do not have it, remove this edge and add it again with `/mtls edge add`.';
    default:
      return 'This request has ended without an edge. Add one with `/mtls edge add`.';
  }
}

function whyNotWaiting(issue: Request): string {
  switch (issue.state) {
    case 'recorded':
      return 'This certificate is still being prepared. Try again in a moment.';
    case 'waiting':
    case 'expired':
      return 'The key was not shown within 24 hours, and nothing was signed. Ask again with `/mtls issue`.';
    case 'done':
      return 'This key has been shown already. A key is shown once; if it did not arrive, press *I did not get the key*.';
    default:
      return 'This request has ended without a certificate. Ask again with `/mtls issue`.';
  }
}
