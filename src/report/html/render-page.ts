import { escapeText } from '../escape.ts';
import { encodePageData } from './encode-data.ts';
import { escapeHtml } from './escape-html.ts';
import { DATA_ELEMENT, type PageData, ROOT_ELEMENT, TEXT_ELEMENT } from './page-data.ts';

/** The page's program and its styles, each one text. */
export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

/**
 * A report as one HTML file that needs nothing beside it. Its policy lets exactly this program and these styles run: not a
 * handler, not a style attribute, not a request. Where the program cannot run, the page shows the report as text.
 *
 * @throws TypeError if a program or style would end its own element
 */
export async function renderPage(data: PageData, assets: PageAssets): Promise<string> {
  const script = checkEmbeddable(assets.script);
  const style = checkEmbeddable(assets.style);
  return `<!doctype html>
<html lang="en">
<head>
<meta http-equiv="Content-Security-Policy" content="${await renderPolicy(script, style)}">
<meta charset="utf-8">
<title>${escapeHtml(escapeText(`${data.file}: ${data.analysis.verdict}`))} - holdwait</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<style>${style}</style>
</head>
<body>
<div id="${ROOT_ELEMENT}"></div>
<pre id="${TEXT_ELEMENT}">
${escapeHtml(data.text)}</pre>
<script type="text/plain" id="${DATA_ELEMENT}">${await encodePageData(data)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** Inside a script, `<!--` changes where the element ends, too. */
function checkEmbeddable(text: string): string {
  const found = /<\/(?:script|style)|<!--|\r|\0/i.exec(text);
  if (found !== null) {
    throw new TypeError(`${JSON.stringify(found[0])} in a program or style cannot be embedded`);
  }
  return text;
}

async function renderPolicy(script: string, style: string): Promise<string> {
  return [
    "default-src 'none'",
    `script-src ${await hashSource(script)}`,
    `style-src ${await hashSource(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-src 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The notation of a policy for the text of one element. */
async function hashSource(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return `'sha256-${Buffer.from(digest).toString('base64')}'`;
}
