/** What the edge itself answers: a page for people, JSON for programs. */
export type OwnAnswer = { status: number; title: string; sentence: string };

const TITLES: Readonly<Record<number, readonly [string, string]>> = {
  400: ['Bad request', 'This request cannot be understood in only one way, so it was not passed on.'],
  401: ['Not allowed', 'You are not allowed to open this.'],
  403: ['Not allowed', 'You are not allowed to open this.'],
  404: ['Not found', 'There is nothing here.'],
  421: ['Wrong connection', 'This connection was made for another host. Open a new one.'],
  429: ['Too many requests', 'That was too much at once. Try again in a moment.'],
  501: ['Not supported', 'This request uses something that is not supported here.'],
  502: ['No answer', 'The server behind this address cannot be reached at the moment. Try again in a minute.'],
  503: ['Not ready', 'This address is not ready yet. Try again in a minute.'],
  504: ['No answer in time', 'The server behind this address took too long to answer. Try again in a minute.'],
};

export function ownAnswer(status: number, sentence?: string): OwnAnswer {
  const [title, wording] =
    TITLES[status] ??
    (status >= 500
      ? ['Not available', 'This is not available at the moment.']
      : ['Refused', 'This request was refused.']);
  return { status, title, sentence: sentence ?? wording };
}

/** The page or the document, by what the client says it takes; who says nothing in particular gets the page. */
export function renderOwn(answer: OwnAnswer, accept: string, requestId: string): { type: string; body: string } {
  if (prefersJson(accept)) {
    const { status, title, sentence } = answer;
    return { type: 'application/json', body: `${JSON.stringify({ status, title, detail: sentence, requestId })}\n` };
  }
  return { type: 'text/html; charset=utf-8', body: page(answer, requestId) };
}

/** The higher weight of the two wins (RFC 9110 12.5.1); a tie is the page's. */
function prefersJson(accept: string): boolean {
  let [json, html] = [0, 0];
  for (const part of accept.toLowerCase().split(',', 20)) {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
    const weight = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1) || 0;
    if (type === 'application/json' || /^application\/[\w.-]+\+json$/.test(type)) json = Math.max(json, weight);
    else if (type === 'text/html' || type === 'application/xhtml+xml') html = Math.max(html, weight);
  }
  return json > html;
}

/** No script, nothing from elsewhere; the texts are our own and hold no markup. */
function page({ status, title, sentence }: OwnAnswer, requestId: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:34rem;margin:14vh auto 2rem;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.3;margin:0 0 .75rem}
p{margin:0 0 1rem}
.id{font-size:.9375rem;opacity:.8;overflow-wrap:anywhere}
</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${sentence}</p>
<p class="id">If you need help with this, mention<br><code>${requestId}</code> (${status})</p>
</main>
</body>
</html>
`;
}
