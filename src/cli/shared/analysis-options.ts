import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { type AnalyzeOptions, parseSignature, SIGNATURES, type Signature } from '../../../analysis/index.ts';
import { errorText, fileError, HoldwaitError } from '../../trace/index.ts';
import { parseCount, parseDurationNs } from './options.ts';

/** What every command that analyses a capture can be given. */
export interface AnalysisFlags {
  readonly hangThreshold?: number;
  readonly maxChains?: number;
  readonly signatures?: string;
}

/** Adds the options of AnalysisFlags to a command. */
export function addAnalysisOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--hang-threshold <duration>',
        'an open wait this long is a hang; 10s unless given',
      ).argParser(parseDurationNs),
    )
    .addOption(
      new Option(
        '--max-chains <n>',
        'chains to describe, longest waits first; 0 = all; 50 unless given',
      ).argParser(parseCount),
    )
    .option('--signatures <dir>', 'compare with the signatures (*.json) in this folder, too');
}

/** The flags as the analysis takes them. */
export function toAnalyzeOptions(flags: AnalysisFlags): AnalyzeOptions {
  return {
    hangThresholdNs: flags.hangThreshold,
    maxChains: flags.maxChains,
    signatures: loadSignatures(flags.signatures),
  };
}

/**
 * The bundled signatures and those of a folder; one of the same id replaces the bundled one.
 *
 * @throws HoldwaitError (input) if the folder cannot be read or a file in it is not a signature
 */
export function loadSignatures(folder: string | undefined): readonly Signature[] {
  const own = folder === undefined ? [] : listSignatureFiles(folder).map(readSignature);
  return [...new Map([...SIGNATURES, ...own].map((signature) => [signature.id, signature])).values()];
}

function listSignatureFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    throw fileError(folder, error);
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
    throw new HoldwaitError('input', 'SIGNATURE_INVALID', `${path} is not JSON: ${errorText(error)}`);
  }
}
