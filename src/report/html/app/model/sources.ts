import { citeSource } from '../../../wording.ts';

/** A source of a documented deadlock; `href` only where it is an address on the web. */
export interface SourceText {
  readonly text: string;
  readonly href?: string;
}

/**
 * A signature may be anybody's: only an https address without a name or password in it becomes a link, everything else stays
 * text.
 */
export function readSource(source: string): SourceText {
  const text = citeSource(source);
  if (!/^https:\/\/[\x21-\x7e]+$/i.test(text) || !URL.canParse(text)) {
    return { text };
  }
  const { protocol, username, password, href } = new URL(text);
  const isPlain = protocol === 'https:' && username === '' && password === '';
  return isPlain ? { text, href } : { text };
}
