import { Argument, type Command } from 'commander';
import { renderBash } from '../completion/bash.ts';
import { type CompletionCommand, collectCompletion } from '../completion/completion-model.ts';
import { renderFish } from '../completion/fish.ts';
import { renderZsh } from '../completion/zsh.ts';
import { addExamples } from '../shared/examples.ts';
import { addNotes } from '../shared/help-notes.ts';
import { printText } from '../shared/output.ts';

const SHELLS: Readonly<Record<string, (commands: readonly CompletionCommand[]) => string>> = {
  bash: renderBash,
  zsh: renderZsh,
  fish: renderFish,
};

/** `holdwait completion SHELL`: a script that completes what is typed behind `holdwait`, without starting it. */
export function registerCompletion(program: Command, loadAll: () => Promise<Command>): void {
  const command = program
    .command('completion')
    .description('print the script that completes commands, options and their values in a shell')
    .addArgument(new Argument('<shell>', 'for which').choices(Object.keys(SHELLS)))
    .action(async (shell: string) => {
      printText(SHELLS[shell]!(collectCompletion(await loadAll())));
    });
  addNotes(command, {
    paragraphs: [
      'Write it to where the shell looks for such scripts, once, and again after an update of holdwait; a new shell has it. Targets are completed from the configuration file and ~/.ssh/config.',
      'bash: the folder is that of the package bash-completion; without it, source the file in ~/.bashrc. zsh: any folder of $fpath, before compinit runs in ~/.zshrc.',
    ],
  });
  addExamples(command, [
    [
      'holdwait completion bash > ~/.local/share/bash-completion/completions/holdwait',
      'for bash; the folder may have to be made',
    ],
    ['holdwait completion zsh > "$fpath[1]/_holdwait"', 'for zsh; the folder must be yours'],
    ['holdwait completion fish > ~/.config/fish/completions/holdwait.fish', 'for fish'],
    ['source <(holdwait completion bash)', 'to try it: in this bash only; zsh alike'],
  ]);
}
