import { wrap } from '../../report/layout.ts';

const SOURCE_WIDTH = 70;

/** Text of any kind as text of a manual page: nothing in it is taken for a request, and it is printed as it is. */
export function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/[^\x20-\x7e\n]/gu, (character) => `\\[u${toHex(character)}]`)
    .replace(/^(?=[.'])/gm, '\\&');
}

function toHex(character: string): string {
  return character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}

export function bold(text: string): string {
  return `\\fB${escapeRoff(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escapeRoff(text)}\\fR`;
}

/** `.SH OPTIONS`, its content behind it; nothing if that is empty. Its first paragraph needs no beginning of its own. */
export function section(title: string, lines: readonly string[]): string[] {
  const content = lines[0] === '.PP' ? lines.slice(1) : lines;
  return content.length === 0 ? [] : [`.SH ${title}`, ...content];
}

/** Lines of the source are short, so that they can be read and compared; the reader fills them anew. */
function fill(text: string): string[] {
  return wrap(text, SOURCE_WIDTH).map(escapeRoff);
}

/** A term and what it means, indented below it. */
export function definition(term: string, text: string): string[] {
  return ['.TP', term, ...fill(text)];
}

export function paragraph(text: string): string[] {
  return ['.PP', ...fill(text)];
}

/** Lines as they are, indented: commands to be copied. */
export function verbatim(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.EX', ...lines.map(escapeRoff), '.EE', '.RE'];
}

/** The argument of a request. */
export function quoteArgument(text: string): string {
  return `"${escapeRoff(text).replaceAll('"', '\\(dq')}"`;
}
