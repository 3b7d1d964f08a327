/**
 * Any text as text of HTML, between tags or in a quoted attribute. The one way for text of a capture into a page's markup;
 * everything else of a capture is in the data block (encode-data.ts), which has an alphabet without markup.
 */
export function escapeHtml(text: string): string {
  return text.replace(MARKUP, (character) => REFERENCES[character]!);
}

const MARKUP = /[&<>"'\0]/g;

const REFERENCES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '\0': '\u{fffd}',
};
