import { displayWidth, layoutTable, wrap, wrapAfter } from './layout.ts';
import { NO_COLOURS } from './palette.ts';
import { indent, type TextStyle } from './style.ts';

/**
 * The Markdown of our own guide for a terminal: headings, paragraphs, flat lists, tables and blocks of code. Blocks of code
 * stay as they are, whatever the width, since they are there to be copied.
 */
export function renderMarkdown(markdown: string, style: Pick<TextStyle, 'width' | 'palette'>): string {
  const blocks = splitBlocks(markdown).map((block) => renderBlock(block, style).join('\n'));
  return `${blocks.join('\n\n').replaceAll(KEPT_BLANK, ' ')}\n`;
}

interface Block {
  readonly type: 'code' | 'heading' | 'list' | 'table' | 'paragraph';
  readonly lines: string[];
}

/** Between the words of a call, which is not to be broken. */
const KEPT_BLANK = '\u00a0';
const FENCE = '```';
const CODE_INDENT = '    ';
const ITEM = /^(?:-|\d+\.) /;

function splitBlocks(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const line of markdown.split('\n')) {
    const isFence = line.startsWith(FENCE);
    const isCode = open?.type === 'code';
    if (isCode ? isFence : line === '') {
      open = undefined;
    } else if (open === undefined || (isFence && !isCode)) {
      open = { type: isFence ? 'code' : typeOf(line), lines: isFence ? [] : [line] };
      blocks.push(open);
    } else {
      open.lines.push(line);
    }
  }
  return blocks;
}

function typeOf(line: string): Block['type'] {
  if (line.startsWith('#')) {
    return 'heading';
  }
  if (line.startsWith('|')) {
    return 'table';
  }
  return ITEM.test(line) ? 'list' : 'paragraph';
}

function renderBlock(
  { type, lines }: Block,
  { width, palette }: Pick<TextStyle, 'width' | 'palette'>,
): string[] {
  switch (type) {
    case 'code':
      return lines.map((line) => (line === '' ? '' : CODE_INDENT + line));
    case 'heading':
      return renderHeading(lines[0]!, { width, palette });
    case 'list':
      return splitItems(lines).flatMap(([label, text]) => wrapAfter(label, inline(text), width));
    case 'table':
      return renderTable(lines, width);
    case 'paragraph':
      return wrap(inline(lines.join(' ')), width);
  }
}

/** Bold, or underlined where there is no bold: much of it is read through a pager. */
function renderHeading(line: string, { width, palette }: Pick<TextStyle, 'width' | 'palette'>): string[] {
  const lines = wrap(inline(line.replace(/^#+ /, '')), width);
  const rule = line.startsWith('##') ? '-' : '=';
  return palette === NO_COLOURS
    ? [...lines, rule.repeat(displayWidth(lines.at(-1)!))]
    : lines.map(palette.bold);
}

function splitItems(lines: readonly string[]): [label: string, text: string][] {
  const items: [string, string][] = [];
  for (const line of lines) {
    const [label] = ITEM.exec(line) ?? [];
    if (label === undefined) {
      items.at(-1)![1] += ` ${line.trim()}`;
    } else {
      items.push([label, line.slice(label.length)]);
    }
  }
  return items;
}

/** All columns but the last are as wide as they need to be, within a share of the width. */
function renderTable([head, , ...body]: readonly string[], width: number): string[] {
  const [names, ...rows] = [head!, ...body].map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => inline(cell.trim())),
  );
  const shares = names!.slice(1).map(() => ({ share: 1 / names!.length }));
  const hasNames = names!.some((name) => name !== '');
  return indent(layoutTable([...shares, {}], hasNames ? [names!, ...rows] : rows, width - 2));
}

/** A link to a file of ours has its name as its text; an address is worth printing. What is bold in a line is not. */
function inline(text: string): string {
  return text
    .replace(/\[([^\]]+)\]\((https?:[^)]+)\)/g, '$1 <$2>')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
    .replace(/\*\*(.+?)\*\*/g, '$1')
    .replace(/`[^`]+`/g, (code) => code.replaceAll(' ', KEPT_BLANK));
}
