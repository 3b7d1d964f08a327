import { Argument, type Command } from 'commander';
import { renderMarkdown } from '../../report/render-markdown.ts';
import { guideTopics, readGuide } from '../guide/topics.ts';
import { addExamples } from '../shared/examples.ts';
import { printText } from '../shared/output.ts';
import { toTextStyle } from '../shared/text-options.ts';

interface GuideFlags {
  readonly markdown?: boolean;
}

/** `holdwait guide [TOPIC]`: the manual that comes with the program. */
export function registerGuide(program: Command): void {
  const command = program
    .command('guide')
    .description('print the short manual, or one of its topics')
    .addArgument(new Argument('[topic]', 'what to read about').choices(guideTopics()))
    .option('--markdown', 'print it as it was written, in Markdown')
    .action((topic: string | undefined, { markdown }: GuideFlags) => {
      const text = readGuide(topic);
      printText(markdown ? text : renderMarkdown(text, toTextStyle({})));
    });
  addExamples(command, [
    ['holdwait guide', 'what holdwait does, in one screen, and the topics'],
    ['holdwait guide first-hour', 'a hang made in a guest, and its report read line by line'],
    ['holdwait guide own-host | less -R', 'what a capture costs a machine, and what it leaves there'],
    ['holdwait guide compared --markdown', 'for a wiki'],
  ]);
}
