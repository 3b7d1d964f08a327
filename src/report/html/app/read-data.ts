import { DATA_ELEMENT, PAGE_DATA_VERSION, type PageData } from '../page-data.ts';

/** Why a page cannot show its report, in words for whoever opened it. */
class PageError extends Error {}

/**
 * What render-page.ts put into this page.
 *
 * @throws PageError if it is not there, not whole, or of another version than this program
 */
export async function readPageData(page: Document): Promise<PageData> {
  const block = page.getElementById(DATA_ELEMENT)?.textContent;
  if (block === undefined || block === '') {
    throw new PageError('This page has lost its data.');
  }
  if (typeof DecompressionStream === 'undefined') {
    throw new PageError('This browser cannot unpack the data of this page: it has no DecompressionStream.');
  }
  return checkVersion(await decode(block));
}

async function decode(block: string): Promise<unknown> {
  try {
    const inflated = new Blob([decodeBase64(block)]).stream().pipeThrough(new DecompressionStream('deflate'));
    return JSON.parse(await new Response(inflated).text());
  } catch (error) {
    throw new PageError('The data of this page is damaged: it was cut or changed on its way here.', {
      cause: error,
    });
  }
}

function decodeBase64(block: string): Uint8Array<ArrayBuffer> {
  const text = atob(block);
  const bytes = new Uint8Array(text.length);
  for (let position = 0; position < text.length; position++) {
    bytes[position] = text.charCodeAt(position);
  }
  return bytes;
}

function checkVersion(data: unknown): PageData {
  const { version } = data as Partial<PageData>;
  if (version !== PAGE_DATA_VERSION) {
    throw new PageError(
      `The data of this page has version ${version}, its program reads ${PAGE_DATA_VERSION}.`,
    );
  }
  return data as PageData;
}
