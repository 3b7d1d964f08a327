import { quoteWord } from '../../target/shell-quote.ts';
import { type CompletionCommand, LISTINGS, type Values } from './completion-model.ts';

/** Completion for bash 4.4 and later, which needs nothing but bash. */
export function renderBash(commands: readonly CompletionCommand[]): string {
  return `# Completion of holdwait for bash, as \`holdwait completion bash\` prints it.

${Object.entries(LISTINGS)
  .map(([name, script]) => `_holdwait_${name}() {\n${script}\n}`)
  .join('\n\n')}

# What can follow the command $1: commands, options, those of them that take a value, the place of an argument without end.
_holdwait_command() {
  commands='' options='' valued='' last=0
  case $1 in
${commands.map(renderCommand).join('\n')}
  esac
}

# What can stand for the option or the argument $1: "command --option", "command 1".
_holdwait_values() {
  case $1 in
${renderValues(commands)}
  esac
}
${ENGINE}`;
}

function renderCommand({ path, options, arguments: args, commands }: CompletionCommand): string {
  const flags = options.flatMap((option) => option.flags);
  const valued = options.filter(({ values }) => values !== undefined).flatMap((option) => option.flags);
  const sets = [
    `commands=${quoteWord(commands.map(({ name }) => name).join(' '))}`,
    `options=${quoteWord(flags.join(' '))}`,
    `valued=${quoteWord(valued.join(' '))}`,
    `last=${args.findIndex(({ isVariadic }) => isVariadic) + 1}`,
  ];
  return `    ${quoteWord(path.join(' '))}) ${sets.join(' ')} ;;`;
}

/** Places where the same can stand share an entry. */
function renderValues(commands: readonly CompletionCommand[]): string {
  const places = commands.flatMap(({ path, options, arguments: args }) => [
    ...options.flatMap(({ flags, values }) =>
      flags.map((flag) => ({ place: [...path, flag].join(' '), sets: renderSet(values) })),
    ),
    ...args.map(({ values }, i) => ({ place: [...path, i + 1].join(' '), sets: renderSet(values) })),
  ]);
  const known = places.flatMap(({ place, sets }) => (sets === undefined ? [] : [{ place, sets }]));
  return [...Map.groupBy(known, ({ sets }) => sets)]
    .map(([sets, sharers]) => `    ${sharers.map(({ place }) => quoteWord(place)).join(' | ')}) ${sets} ;;`)
    .join('\n');
}

function renderSet(values: Values | undefined): string | undefined {
  switch (values?.type) {
    case 'files':
    case 'folders':
      return `kind=${values.type}`;
    case 'words':
    case 'list':
      return `kind=${values.type} candidates=${quoteWord(values.words.join(' '))}`;
    case 'listing':
      return `kind=words candidates=$(_holdwait_${values.of})`;
    default:
      return undefined;
  }
}

const ENGINE = `
_holdwait() {
  local word cur piece rest=$COMP_LINE path='' pending='' raw='' position=1 i
  local commands options valued last kind='' candidates=''
  local -a line=()
  COMPREPLY=()
  # Readline splits at : and =, too: what has no space between it is one word.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ i -eq 0 || $rest == [[:space:]]* ]]; then line+=("$word"); else line[-1]+=$word; fi
    rest=\${rest#"\${rest%%[![:space:]]*}"}
    rest=\${rest#"$word"}
  done
  cur=\${line[-1]}
  _holdwait_command ''
  for word in "\${line[@]:1:\${#line[@]}-2}"; do
    if [[ $raw ]]; then
      ((position++))
    elif [[ $pending ]]; then
      pending=''
    elif [[ $word == -- ]]; then
      raw=1
    elif [[ $word == -* ]]; then
      [[ " $valued " == *" $word "* ]] && pending=$word
    elif [[ " $commands " == *" $word "* ]]; then
      path=\${path:+$path }$word
      _holdwait_command "$path"
    else
      ((position++))
    fi
  done
  if [[ $pending ]]; then
    _holdwait_values "\${path:+$path }$pending"
  elif [[ ! $raw && $cur == --*=* ]]; then
    _holdwait_values "\${path:+$path }\${cur%%=*}"
    cur=\${cur#*=}
  elif [[ ! $raw && $cur == -* ]]; then
    kind=words candidates=$options
  elif [[ $commands ]]; then
    kind=words candidates=$commands
  else
    ((last > 0 && position > last)) && position=$last
    _holdwait_values "\${path:+$path }$position"
  fi
  case $kind in
    words) mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$cur") ;;
    list)
      compopt -o nospace 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -P "\${cur%"\${cur##*,}"}" -W "$candidates" -- "\${cur##*,}")
      ;;
    files | folders)
      compopt -o filenames 2>/dev/null
      if [[ $kind == files ]]; then word=-f; else word=-d; fi
      mapfile -t COMPREPLY < <(compgen "$word" -- "$cur")
      ;;
  esac
  # Only what is behind the last : or = is replaced.
  piece=\${COMP_WORDS[COMP_CWORD]}
  [[ $piece == [:=] ]] && piece=''
  word=\${cur%"$piece"}
  ((\${#COMPREPLY[@]} > 0)) && COMPREPLY=("\${COMPREPLY[@]#"$word"}")
  return 0
}

complete -F _holdwait holdwait
`;
