import type { Analysis } from '../../../analysis/result.ts';
import type { Signature } from '../../../analysis/signature.ts';
import { escapeText } from '../escape.ts';
import { formatPlural } from '../format.ts';
import { captureFacts } from '../render-capture.ts';
import { citeSource, explainLoss, nameTasks } from '../wording.ts';
import { mailPicture } from './mail-picture.ts';
import { mailPotential } from './mail-potential.ts';
import { mailStacks } from './mail-stacks.ts';
import { mailStatement, mailSubject } from './mail-statement.ts';
import { explainEdge, inAscii, labelled, paragraph, shownEdges } from './mail-text.ts';

export interface MailOptions {
  /** The documented deadlocks that the analysis was made with: some have a scenario that makes them happen. */
  readonly signatures: readonly Signature[];
  /** Of this program. */
  readonly version: string;
}

/**
 * A report for a kernel mailing list, ready to be sent: a subject, what was found and how sure it is, who waits for whom, the
 * tasks' stacks as the kernel prints them, what is known of it, and what the tracer could not see. Lines end at 75 columns,
 * but for frames of stacks and addresses. The host is not named: the mail is for the public.
 */
export function renderMail(analysis: Analysis, options: MailOptions): string {
  const edges = shownEdges(analysis);
  const sections = [
    mailSubject(analysis),
    mailStatement(analysis),
    ...mailLabNote(analysis),
    ...mailPicture(analysis),
    ...(edges.length === 0 ? [] : [numbered(edges.map((edge) => explainEdge(edge, analysis)))]),
    ...mailVictims(analysis),
    ...mailKnown(analysis, options),
    ...mailStacks(analysis),
    ...mailPotential(analysis),
    mailFacts(analysis, options),
  ];
  return `${inAscii(sections.map((lines) => lines.join('\n')).join('\n\n'))}\n`;
}

function numbered(sentences: readonly string[]): string[] {
  return sentences.flatMap((sentence, i) => labelled(`${i + 1}. `.padStart(5), sentence));
}

/** What was provoked in a guest is no finding about the kernel that runs there. */
function mailLabNote({ capture, verdict }: Analysis): string[][] {
  const shows = verdict === 'none' ? 'It' : 'It shows what the hang looks like; it';
  return /^lab(:|$)/.test(capture.target ?? '')
    ? [
        paragraph(
          `This was recorded in a guest of holdwait's lab, where documented hangs are made to happen on purpose, some by undoing their fix with a module. ${shows} is no finding about the kernel named here.`,
        ),
      ]
    : [];
}

function mailVictims({ cycles, tasks }: Analysis): string[][] {
  const victims = cycles.flatMap((cycle) => cycle.victims);
  const count = cycles.reduce((sum, { moreVictims = 0 }) => sum + moreVictims, victims.length);
  return count === 0
    ? []
    : [
        paragraph(
          `${formatPlural(count, 'more task')} ${count === 1 ? 'is' : 'are'} stuck behind this: ${nameTasks(tasks, victims, 8)}.`,
        ),
      ];
}

/** What a cycle is documented as, what mends it, and how to see it happen. */
function mailKnown(analysis: Analysis, { signatures }: MailOptions): string[][] {
  const best = analysis.cycles.flatMap(({ matches }) => matches.slice(0, 1));
  const known = new Map(best.map((match) => [match.id, match]));
  return Array.from(known.values(), (match) => {
    const { id, title, score, sources, fix } = match;
    const scenario = signatures.find((signature) => signature.id === id)?.scenario;
    const agreement = score === 1 ? '' : ` (${Math.round(score * 100)} % agreement)`;
    return [
      ...paragraph(`This looks like a documented deadlock${agreement}: ${escapeText(title)}.`),
      ...sources.map((source) => `  ${escapeText(citeSource(source))}`),
      ...(fix === undefined ? [] : ['', ...paragraph(`Its fix: ${escapeText(fix)}`)]),
      ...(scenario === undefined
        ? []
        : ['', ...paragraph(`To see it happen, in a guest: holdwait repro ${scenario}`)]),
    ];
  });
}

/** What the capture knows of the kernel and of its own limits. */
function mailFacts(analysis: Analysis, { version }: MailOptions): string[] {
  const { capture, loss, attachments } = analysis;
  const kernel = [capture.kernelRelease, capture.kernelVersion, capture.machine];
  const scripts = capture.scripts === undefined ? [] : [`scripts ${capture.scripts.join(', ')}`];
  const tracer = [capture.bpftraceVersion && `bpftrace ${capture.bpftraceVersion}`, ...scripts];
  const untraced = (capture.hooks ?? []).filter(({ symbol }) => symbol === undefined);
  const facts = captureFacts({
    ...analysis,
    capture: { ...capture, target: undefined, kernelRelease: undefined },
  });
  return [
    ...fact('Kernel', kernel),
    ...fact('Capture', facts),
    ...fact('Tracer', tracer),
    ...Object.entries(loss.byReason).flatMap(([reason, count]) =>
      fact('Lost', [formatPlural(count, 'record'), `${reason} ${explainLoss(reason)}`.trim()]),
    ),
    ...untraced.flatMap(({ hook, reason }) => fact('Not traced', [hook, reason])),
    ...fact('On request', attachments),
    ...fact('Written by', [`holdwait ${version}`]),
  ];
}

function fact(label: string, parts: readonly (string | undefined)[]): string[] {
  const said = parts.filter((part) => part !== undefined);
  const text = said.map(escapeText).join(', ');
  return text === '' ? [] : labelled(`${label}: `.padEnd(12), text);
}
