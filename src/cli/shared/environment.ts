/** Variables that holdwait looks at, and what each does. Manual pages list them; `holdwait config` says which are set. */
export const ENVIRONMENT: readonly (readonly [name: string, what: string])[] = [
  ['HOLDWAIT_CONFIG', 'another configuration file; empty = none'],
  ['HOLDWAIT_DEBUG', 'anything: print the stack of any error, too'],
  ['NO_COLOR', 'anything: no colours'],
  ['FORCE_COLOR', 'colours also where standard output is no terminal; 0 = none. It beats NO_COLOR'],
  ['XDG_CONFIG_HOME', 'where the configuration is; ~/.config unless set'],
  ['XDG_CACHE_HOME', 'where images of guests are built and kept; ~/.cache unless set'],
  ['XDG_STATE_HOME', 'where guests that are up, and watches, keep their files; ~/.local/state unless set'],
  ['BROWSER', 'the programs that `holdwait open` shows a page with, best first, separated by colons'],
  ['SSH_AUTH_SOCK', 'the agent whose keys a target is reached with'],
  ['SOURCE_DATE_EPOCH', 'the date of manual pages that are written, in seconds since 1970'],
];

/** Places that holdwait reads and writes by itself. */
export const FILES: readonly (readonly [path: string, what: string])[] = [
  ['~/.config/holdwait/config.toml', 'defaults of options, and names of targets; `holdwait config` shows it'],
  [
    '~/.cache/holdwait/images',
    'images of guests, about a gigabyte each; `holdwait lab rm --images` deletes them',
  ],
  ['~/.cache/holdwait/*.json', 'whether KVM works here, how long steps took the last time'],
  ['~/.cache/holdwait/compiled', 'what Node keeps of a program that it has compiled'],
  ['~/.local/state/holdwait/labs', 'a folder for each guest: state, console, disks'],
  [
    '~/.local/state/holdwait/watch',
    'a folder for each target that is watched: the window and what was saved',
  ],
  ['~/.ssh/config, ~/.ssh/known_hosts', 'how a target is reached, as by ssh'],
];
