import { type Command, Option } from 'commander';
import { DEFAULT_SCRIPTS } from '../../bpf/bundled.ts';
import type { ComposeOptions } from '../../bpf/compose.ts';
import { parseDurationNs, parseList, parsePositiveInt } from './options.ts';

/** What every command that runs the tracer can be given. */
export interface CaptureFlags {
  readonly scripts: readonly string[];
  readonly threshold: number;
  readonly mapKeys: number;
}

const NS_PER_MS = 1e6;
const DEFAULT_THRESHOLD_NS = 10 * NS_PER_MS;
const DEFAULT_MAP_KEYS = 65_536;

/** Adds the options of CaptureFlags to a command. */
export function addCaptureOptions(command: Command): Command {
  return addProgramOptions(command.addOption(scriptsOption().default(['default'], 'default')));
}

/** `--scripts` without a default; `unlessGiven` says in words what there is instead. */
export function scriptsOption(unlessGiven = ''): Option {
  return new Option(
    '--scripts <names>',
    `bundled scripts: default (${DEFAULT_SCRIPTS.join(', ')}), all, or names with commas between${unlessGiven}`,
  ).argParser((text: string) => parseList(text));
}

/** The options of CaptureFlags without `--scripts`. */
export function addProgramOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--threshold <duration>',
        'shortest wait worth a record, in whole milliseconds; 0 = every wait',
      )
        .argParser(parseDurationNs)
        .default(DEFAULT_THRESHOLD_NS, '10ms'),
    )
    .addOption(
      new Option('--map-keys <n>', 'entries each kernel map can hold (about 100 bytes each)')
        .argParser(parsePositiveInt)
        .default(DEFAULT_MAP_KEYS),
    );
}

/** The flags as the program's composer takes them; a threshold below a millisecond records every wait. */
export function toComposeOptions(flags: Pick<CaptureFlags, 'threshold' | 'mapKeys'>): ComposeOptions {
  return { thresholdMs: Math.floor(flags.threshold / NS_PER_MS), mapKeys: flags.mapKeys };
}
