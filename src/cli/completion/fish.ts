import { quoteWord } from '../../target/shell-quote.ts';
import { type CompletionCommand, type CompletionOption, LISTINGS, type Values } from './completion-model.ts';

/** Completion for fish 3.2 and later. */
export function renderFish(commands: readonly CompletionCommand[]): string {
  return `# Completion of holdwait for fish, as \`holdwait completion fish\` prints it.

${Object.entries(LISTINGS)
  .map(([name, script]) => `function __holdwait_${name}\n    sh -c ${quoteWord(script)}\nend`)
  .join('\n\n')}

# The commands behind the command $argv.
function __holdwait_commands
    switch "$argv"
${renderCases(commands, ({ commands: below }) => below.map(({ name }) => name))}
    end
end

# The options of the command $argv that take a value.
function __holdwait_valued
    switch "$argv"
${renderCases(commands, ({ options }) =>
  options.filter(({ values }) => values !== undefined).flatMap(({ flags }) => flags),
)}
    end
end
${ENGINE}
complete -c holdwait -f

${commands.flatMap(renderRules).join('\n')}
`;
}

function renderCases(
  commands: readonly CompletionCommand[],
  list: (command: CompletionCommand) => readonly string[],
): string {
  return commands
    .map((command) => ({ path: command.path, words: list(command) }))
    .filter(({ words }) => words.length > 0)
    .map(
      ({ path, words }) =>
        `        case ${quoteWord(path.join(' '))}\n            string split -- ' ' ${quoteWord(words.join(' '))}`,
    )
    .join('\n');
}

const ENGINE = `
# Whether the line is at the command $argv[1], and there at the argument $argv[2] (2+: that or a later one) if it is given.
function __holdwait_at
    set -l path
    set -l position 1
    set -l pending
    set -l raw
    for word in (commandline -opc)[2..]
        if set -q raw[1]
            set position (math $position + 1)
        else if set -q pending[1]
            set -e pending
        else if test "$word" = --
            set raw 1
        else if string match -q -- '-*' $word
            if contains -- $word (__holdwait_valued $path)
                set pending 1
            end
        else if contains -- $word (__holdwait_commands $path)
            set -a path $word
        else
            set position (math $position + 1)
        end
    end
    test "$path" = "$argv[1]"; or return 1
    if string match -q '*+' -- $argv[2]
        test $position -ge (string replace + '' -- $argv[2])
    else
        test -z "$argv[2]" -o "$position" = "$argv[2]"
    end
end
`;

function renderRules({ path, options, arguments: args, commands }: CompletionCommand): string[] {
  const at = quoteWord(path.join(' '));
  const condition = (place: string) => `complete -c holdwait -n ${quoteWord(`__holdwait_at ${at}${place}`)}`;
  return [
    ...commands.map(
      ({ name, description }) => `${condition(' 1')} -a ${quoteWord(name)} -d ${quoteWord(description)}`,
    ),
    ...options.map((option) => `${condition('')} ${renderOption(option)}`),
    ...args.flatMap(({ values, isVariadic }, i) => {
      const offer = renderValues(values);
      return offer === '' ? [] : [`${condition(` ${i + 1}${isVariadic ? '+' : ''}`)} ${offer}`];
    }),
  ];
}

function renderOption({ flags, description, values }: CompletionOption): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const value = values === undefined ? '' : ` -x ${renderValues(values)}`.trimEnd();
  return `${names.join(' ')} -d ${quoteWord(description)}${value}`.replace(/ -x -F$/, ' -r -F');
}

function renderValues(values: Values): string {
  switch (values.type) {
    case 'nothing':
      return '';
    case 'files':
      return '-F';
    case 'folders':
      return "-a '(__fish_complete_directories)'";
    case 'words':
      return `-a ${quoteWord(values.words.join(' '))}`;
    case 'list':
      return `-a ${quoteWord(`(__fish_append , ${values.words.join(' ')})`)}`;
    case 'listing':
      return `-a '(__holdwait_${values.of})'`;
  }
}
