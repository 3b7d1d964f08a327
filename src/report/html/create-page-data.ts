import type { Analysis } from '../../../analysis/index.ts';
import type { Timeline } from '../../../analysis/timeline/timeline.ts';
import type { Attachment } from '../../trace/index.ts';
import { escapeWhole, escapeWithin } from '../escape.ts';
import { NO_COLOURS } from '../palette.ts';
import { renderText } from '../render-text.ts';
import { PAGE_DATA_VERSION, type PageAttachment, type PageData } from './page-data.ts';

/** What a page is made from. */
export interface PageParts {
  /** Of holdwait. */
  readonly version: string;
  /** Of the capture, without its folder. */
  readonly file: string;
  readonly createdAt: Date;
  readonly analysis: Analysis;
  /** What `holdwait analyze` prints of it; less, if it was asked for more than that for the page. */
  readonly printed: Analysis;
  readonly timeline: Timeline;
  readonly attachments: readonly Attachment[];
}

const TEXT_WIDTH = 100;
const ATTACHMENT_BYTES = 256 * 1024;
const ALL_ATTACHMENTS_BYTES = 2 * 1024 * 1024;
/** Less than escapeText() leaves: in the browser texts pass that once more, and what was cut here is not to be cut there. */
const MOST_CHARACTERS = 900;

/** The contents of a page: of bounded size wherever a capture could say more, and with no character that misleads. */
export function createPageData({ version, createdAt, file, ...parts }: PageParts): PageData {
  const { analysis, printed, timeline } = parts;
  const { lanes, resources, frames } = timeline;
  return {
    version: PAGE_DATA_VERSION,
    program: `holdwait ${version}`,
    file: toName(file),
    createdAt: createdAt.toISOString(),
    analysis: withNames(analysis),
    timeline: {
      ...timeline,
      lanes: withNames(lanes),
      resources: withNames(resources),
      frames: withNames(frames),
    },
    text: renderText(printed, { width: TEXT_WIDTH, palette: NO_COLOURS, fullStacks: false }),
    attachments: cutAttachments(parts.attachments),
  };
}

/** The same object with every text and every key made safe to show. As deep as its type, not as its data. */
function withNames<T>(value: T): T;
function withNames(value: unknown): unknown {
  if (typeof value === 'string') {
    return toName(value);
  }
  if (Array.isArray(value)) {
    return value.map((one) => withNames(one));
  }
  return typeof value === 'object' && value !== null
    ? // Not by assignment: a key may be `__proto__`.
      Object.fromEntries(Object.entries(value).map(([key, one]) => [toName(key), withNames(one)]))
    : value;
}

function toName(text: string): string {
  return escapeWithin(text, MOST_CHARACTERS);
}

function cutAttachments(attachments: readonly Attachment[]): PageAttachment[] {
  let room = ALL_ATTACHMENTS_BYTES;
  return attachments.map(({ name, text }) => {
    const buffer = new Uint8Array(Math.min(room, ATTACHMENT_BYTES));
    const { read, written } = new TextEncoder().encodeInto(text, buffer);
    room -= written;
    return {
      name: toName(name),
      text: toLines(text.slice(0, read)),
      omittedBytes: Buffer.byteLength(text) - written,
    };
  });
}

/** Line breaks and tabs are the layout of a log, not part of its words. */
function toLines(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/[^\n\t]+/g, escapeWhole);
}
