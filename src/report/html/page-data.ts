import type { Analysis } from '../../../analysis/index.ts';
import type { Timeline } from '../../../analysis/timeline/timeline.ts';

/**
 * What the report page is told; everything on it is drawn from this one object. Every text in it, names of roles included,
 * has been escaped (escape.ts): nothing invisible, nothing that turns the direction of writing; only `text` and the texts of
 * attachments have line breaks and tabs. It is markup to no one: it may say `<img>`, and belongs into text nodes.
 */
export interface PageData {
  readonly version: typeof PAGE_DATA_VERSION;
  /** `holdwait 0.1.0`. */
  readonly program: string;
  /** Name of the capture's file, without its folder: a page is sent to others. */
  readonly file: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly analysis: Analysis;
  readonly timeline: Timeline;
  /** The report as `holdwait analyze` prints it, 100 columns wide, without colours. */
  readonly text: string;
  readonly attachments: readonly PageAttachment[];
}

export const PAGE_DATA_VERSION = 1;

/** Ids of the page's elements, as render-page.ts writes them and the program finds them. */
export const ROOT_ELEMENT = 'app';
export const DATA_ELEMENT = 'page-data';
/** The report as text, which shell.css shows only where no program can run. */
export const TEXT_ELEMENT = 'report-text';

/** Evidence kept with the capture: the kernel's log, /proc/PID/stack. */
export interface PageAttachment {
  readonly name: string;
  /** From its begin, as far as there was room. */
  readonly text: string;
  readonly omittedBytes: number;
}
