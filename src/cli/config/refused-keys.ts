const ONE_RUN = 'it names a file of one run';
const ANOTHER_FORM = 'what reads the output would find another form of it than it was written for';
const ANOTHER_JOB = 'the command would do something else than it is called for';

/** Options that a configuration must not set, and why. */
export const REFUSED_KEYS: ReadonlyMap<string, string> = new Map([
  ['output', ONE_RUN],
  ['arrow', ONE_RUN],
  ['truth', ONE_RUN],
  ['html', ONE_RUN],
  ['force', 'files would be replaced without being asked for'],
  ['yes', 'what is installed and deleted would not be asked about'],
  ['images', 'what is deleted has to be named each time'],
  ['json', ANOTHER_FORM],
  ['csv', ANOTHER_FORM],
  ['dry-run', ANOTHER_JOB],
  ['list', ANOTHER_JOB],
  ['all', ANOTHER_JOB],
]);

/** A configuration that cannot be used must not stop what explains it, nor what needs none. */
const UNCONFIGURED: ReadonlySet<string | undefined> = new Set([
  'config',
  'completion',
  'man',
  'guide',
  'schema',
]);

/** Whether a configuration is read for a command. */
export function isConfigurable([first]: readonly string[]): boolean {
  return !UNCONFIGURED.has(first);
}
