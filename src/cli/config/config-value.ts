import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { InvalidArgumentError, type Option } from 'commander';

/** Whether an option is given a value, and is no switch. */
export function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** The name of an option in a configuration: its long form without the dashes. */
export function configKey(option: Option): string {
  return option.long?.replace(/^--/, '') ?? '';
}

/**
 * A value of a configuration as the option's own parser takes it; undefined = as if the option had not been given.
 *
 * @param path of the configuration; names of files in it count from its folder
 * @throws InvalidArgumentError
 */
export function parseConfigValue(option: Option, value: unknown, path: string): unknown {
  if (!takesValue(option)) {
    return parseSwitch(option, value);
  }
  if (!Array.isArray(value)) {
    return parseOne(option, value, path);
  }
  const parsed = value.map((one) => parseOne(option, one, path));
  if (!parsed.every(Array.isArray)) {
    throw new InvalidArgumentError('It takes one value, and no list.');
  }
  return parsed.flat();
}

function parseSwitch({ negate }: Option, value: unknown): boolean | undefined {
  if (typeof value !== 'boolean') {
    throw new InvalidArgumentError('It is a switch: true or false.');
  }
  return value ? !negate : undefined;
}

function parseOne(option: Option, value: unknown, path: string): unknown {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new InvalidArgumentError('It takes a text in quotes, or a number.');
  }
  const text = /<(file|dir|path)>/.test(option.flags) ? toPath(String(value), path) : String(value);
  // What a list had before is for the command line: a configuration names all of it.
  const before = Array.isArray(option.defaultValue) ? [] : undefined;
  return option.parseArg === undefined ? text : option.parseArg(text, before);
}

function toPath(text: string, configPath: string): string {
  return /^~(?=\/|$)/.test(text) ? join(homedir(), text.slice(1)) : resolve(dirname(configPath), text);
}
