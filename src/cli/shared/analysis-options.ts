import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import {
  type AnalyzeOptions,
  type IgnoredOrder,
  parseIgnoredOrders,
  parseSignature,
  SIGNATURES,
  type Signature,
} from '../../../analysis/index.ts';
import { errorText, fileError, HoldwaitError } from '../../trace/index.ts';
import { parseCount, parseDurationNs } from './options.ts';
import { printNote, printVerbose } from './output.ts';

/** What every command that analyses a capture can be given. */
export interface AnalysisFlags {
  readonly hangThreshold?: number;
  readonly maxChains?: number;
  readonly signatures?: string;
  readonly ignoreOrders?: string;
}

/** Adds the options of AnalysisFlags to a command. */
export function addAnalysisOptions(command: Command): Command {
  return addSignaturesOption(command)
    .addOption(
      new Option(
        '--hang-threshold <duration>',
        'an open wait this long is a hang; 10s unless given, or less if a log calls a task hung after less',
      ).argParser(parseDurationNs),
    )
    .addOption(
      new Option(
        '--max-chains <n>',
        'chains to describe, longest waits first; 0 = all; 50 unless given',
      ).argParser(parseCount),
    )
    .option(
      '--ignore-orders <file>',
      'orders of locks that are no danger, one a line: CLASS -> CLASS # reason',
    );
}

/** Adds `--signatures DIR`, whose value loadSignatures() takes. */
export function addSignaturesOption(command: Command): Command {
  return command.option(
    '--signatures <dir>',
    'use the signatures (*.json) in this folder, too; one with the id of another replaces it',
  );
}

/** The flags as the analysis takes them. */
export function toAnalyzeOptions(flags: AnalysisFlags): AnalyzeOptions {
  return {
    hangThresholdNs: flags.hangThreshold,
    maxChains: flags.maxChains,
    signatures: loadSignatures(flags.signatures),
    ignoredOrders: loadIgnoredOrders(flags.ignoreOrders),
  };
}

/** @throws HoldwaitError (input) if the file cannot be read or says something else */
function loadIgnoredOrders(path: string | undefined): readonly IgnoredOrder[] {
  return path === undefined ? [] : parseIgnoredOrders(readText(path), path);
}

/**
 * The bundled signatures and those of a folder; one with the id of a bundled one replaces it, which is said.
 *
 * @throws HoldwaitError (input) if the folder cannot be read or has none, or a file in it is not a signature
 */
export function loadSignatures(
  folder: string | undefined,
  note: (text: string) => void = printNote,
): readonly Signature[] {
  const byId = new Map(SIGNATURES.map((signature) => [signature.id, signature]));
  const origins = new Map<string, string>();
  for (const path of folder === undefined ? [] : listSignatureFiles(folder)) {
    const signature = readSignature(path);
    const before = origins.get(signature.id);
    if (before !== undefined) {
      throw invalid(`${path}: $.id must be one of its own, ${before} has "${signature.id}" too`);
    }
    if (byId.has(signature.id)) {
      note(`holdwait: ${path} replaces the bundled signature ${signature.id}`);
    }
    origins.set(signature.id, path);
    byId.set(signature.id, signature);
  }
  if (folder !== undefined) {
    printVerbose(`signatures of ${folder}: ${[...origins.keys()].join(', ')}`);
  }
  return [...byId.values()];
}

function listSignatureFiles(folder: string): string[] {
  const names = readFolder(folder).filter((name) => name.endsWith('.json'));
  if (names.length === 0) {
    throw new HoldwaitError(
      'input',
      'SIGNATURES_MISSING',
      `${folder} has no signature: no file ends in .json`,
      {
        hint: '`holdwait catalog ID --json` prints one to begin with',
      },
    );
  }
  return names.sort().map((name) => join(folder, name));
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const fault = fileError(folder, error);
    throw fault instanceof HoldwaitError
      ? new HoldwaitError(fault.category, fault.code, fault.message, {
          hint: '--signatures takes a folder with one or more signatures in files *.json',
          cause: error,
        })
      : fault;
  }
}

function readSignature(path: string): Signature {
  return parseSignature(parseJson(path, readText(path)), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fileError(path, error);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${path} is not JSON: ${errorText(error)}`);
  }
}

function invalid(message: string): HoldwaitError {
  return new HoldwaitError('input', 'SIGNATURE_INVALID', message, {
    hint: '`holdwait catalog ID --json` prints a signature as it should be',
  });
}
