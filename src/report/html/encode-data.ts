import type { PageData } from './page-data.ts';

/**
 * What a page carries, as text of letters, digits, `+`, `/` and `=`: no parser of HTML finds an end of an element in it.
 * Deflated JSON in base64; with a checksum, so that a page that was cut or changed on its way says so.
 */
export async function encodePageData(data: PageData): Promise<string> {
  const deflated = new Blob([JSON.stringify(data)]).stream().pipeThrough(new CompressionStream('deflate'));
  return Buffer.from(await new Response(deflated).arrayBuffer()).toString('base64');
}
