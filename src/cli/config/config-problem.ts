import { HoldwaitError } from '../../trace/index.ts';

/** Something in a configuration that cannot be used. */
export interface ConfigProblem {
  readonly message: string;
  /** What could be meant, or done instead. */
  readonly advice?: string;
  readonly line: number | undefined;
}

/** All that is wrong with a configuration, a line each: `config.toml:3: …`. */
export function configError(path: string, problems: readonly ConfigProblem[]): HoldwaitError {
  const lines = problems.map(({ line, message, advice }) => {
    const place = line === undefined ? path : `${path}:${line}`;
    return `${place}: ${message}${advice === undefined ? '' : `; ${advice}`}`;
  });
  return new HoldwaitError('input', 'CONFIG_INVALID', lines.join('\n'), {
    hint: '`holdwait config` shows what can be used of it; with HOLDWAIT_CONFIG= before it a command does without.',
  });
}
