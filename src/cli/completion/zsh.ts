import { quoteWord } from '../../target/shell-quote.ts';
import {
  type CompletionArgument,
  type CompletionCommand,
  type CompletionOption,
  LISTINGS,
  type Values,
} from './completion-model.ts';

/** Completion for zsh: a function for each command, in the words of its _arguments. */
export function renderZsh(commands: readonly CompletionCommand[]): string {
  return `#compdef holdwait
# Completion of holdwait for zsh, as \`holdwait completion zsh\` prints it.

${Object.entries(LISTINGS)
  .map(
    ([name, script]) =>
      `_holdwait_list_${name}() {\n  local -a found=(\${(f)"$(${script})"})\n  compadd -a found\n}`,
  )
  .join('\n\n')}

${commands.map(renderFunction).join('\n\n')}

# Found in a folder of functions, this file is the function; sourced, it makes it known.
if [[ $funcstack[1] == _holdwait ]]; then
  _holdwait "$@"
else
  compdef _holdwait holdwait
fi
`;
}

function renderFunction(command: CompletionCommand): string {
  return command.commands.length === 0 ? renderLeaf(command) : renderGroup(command);
}

function renderLeaf({ path, options, arguments: args }: CompletionCommand): string {
  const specs = [...options.map(renderOption), ...args.map(renderArgument)];
  return `${functionName(path)}() {\n  _arguments -s -S \\\n    ${specs.join(' \\\n    ')}\n}`;
}

/** \`*::\` hands the rest of the line to the command as if it began there. */
function renderGroup({ path, options, commands }: CompletionCommand): string {
  const rows = commands.map(({ name, description }) => quoteWord(`${name}:${description}`));
  const calls = commands.map(({ name }) => `      ${quoteWord(name)}) ${functionName([...path, name])} ;;`);
  return `${functionName(path)}() {
  local curcontext=$curcontext state line
  local -a commands=(
    ${rows.join('\n    ')}
  )
  _arguments -C -S \\
    ${options.map(renderOption).join(' \\\n    ')} \\
    '1:command:->command' '*::argument:->rest'
  case $state in
  command) _describe command commands ;;
  rest)
    case $words[1] in
${calls.join('\n')}
    esac
    ;;
  esac
}`;
}

function functionName(path: readonly string[]): string {
  return ['_holdwait', ...path].join('_');
}

function renderOption({ flags, description, values }: CompletionOption): string {
  const text = `[${description.replace(/[[\]\\]/g, '\\$&')}]`;
  const action = values === undefined ? '' : `:value:${renderAction(values)}`;
  const forms = flags.map((flag) => flag + formOf(flag, values));
  return forms.length === 1
    ? quoteWord(forms[0] + text + action)
    : `${quoteWord(`(${flags.join(' ')})`)}{${forms.join(',')}}${quoteWord(text + action)}`;
}

/** \`--output FILE\` as well as \`--output=FILE\`, \`-o FILE\` as well as \`-oFILE\`. */
function formOf(flag: string, values: Values | undefined): string {
  return values === undefined ? '' : flag.startsWith('--') ? '=' : '+';
}

function renderArgument({ name, values, isVariadic }: CompletionArgument): string {
  return quoteWord(`${isVariadic ? '*' : ''}:${name}:${renderAction(values)}`);
}

function renderAction(values: Values): string {
  switch (values.type) {
    case 'nothing':
      return ' ';
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'words':
      return `(${values.words.join(' ')})`;
    case 'list':
      return `_sequence compadd - ${values.words.join(' ')}`;
    case 'listing':
      return `_holdwait_list_${values.of}`;
  }
}
