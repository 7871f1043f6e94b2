import { STATUS_CODES } from 'node:http';

/** What a denied request is answered with, where REQUEST_ID stands for what the proxy puts in. */
export type DenialPage = { html: string; json: string };

const TITLES: Readonly<Record<number, string>> = { 403: 'Access denied', 421: 'Misdirected request' };
const TEXTS: Readonly<Record<number, string>> = {
  421: 'This connection was made for another hostname. Reload the page.',
};

/**
 * The pages of a status, one for people and one for programs. Only characters that need no quoting in nginx's single
 * quotes and HAProxy's log formats are in them, apart from what the proxies expand.
 * @param requestId the expression that the proxy expands to the request's id.
 */
export function denialPage(status: number, requestId: string): DenialPage {
  const title = TITLES[status] ?? STATUS_CODES[status] ?? 'Denied';
  const text = TEXTS[status] ?? 'This address needs a valid client certificate, or a rule forbids this request.';
  return {
    html: [
      '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">',
      `<title>${status} ${title}</title><body style="font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem">`,
      `<h1>${title}</h1><p>${text}</p><p><small>Request <code>${requestId}</code></small></p>`,
    ].join(''),
    json: `{"status":${status},"title":"${title}","detail":"${text}","request_id":"${requestId}"}`,
  };
}
