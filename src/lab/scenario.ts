import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { vmFolder } from './image.ts';
import type { DataDisk } from './lab-options.ts';

/** A documented hang that can be made to happen: vm/scenarios/ID/scenario.json. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Id of the signature that the hang must match. */
  readonly signature: string;
  /** Features without which a kernel is not affected. */
  readonly needs: readonly ScenarioNeed[];
  readonly lab: {
    readonly memoryMib?: number;
    readonly cpus?: number;
    readonly kernelArgs?: readonly string[];
    readonly disks?: readonly DataDisk[];
  };
  /** Kernel module of the image that is loaded before the hang, and not for the control. */
  readonly module?: string;
  /** Shell commands in the guest, in order, each of which must succeed. */
  readonly prepare: readonly string[];
  /** Program of the image and its arguments; it says how it went in a line `result …` (see the scenario's README). */
  readonly driver: readonly string[];
  /** The same with the fix left in place: must come out clean. */
  readonly control: readonly string[];
  /** For the driver, from its start to its result. */
  readonly timeoutSeconds: number;
}

export type ScenarioNeed = 'memory-cgroup-v1';

/** Ids of the scenarios there are, sorted. */
export function listScenarios(folder = join(vmFolder(), 'scenarios')): readonly string[] {
  return readdirSync(folder)
    .filter((id) => existsSync(join(folder, id, 'scenario.json')))
    .sort();
}

/** @throws HoldwaitError `SCENARIO_UNKNOWN` (usage), `SCENARIO_INVALID` (input) naming the field */
export function loadScenario(id: string, folder = join(vmFolder(), 'scenarios')): Scenario {
  const known = listScenarios(folder);
  if (!known.includes(id)) {
    throw new HoldwaitError('usage', 'SCENARIO_UNKNOWN', `there is no scenario "${id}"`, {
      hint: `Choose from: ${known.join(', ')}; \`holdwait repro --list\` says what they are.`,
    });
  }
  const path = join(folder, id, 'scenario.json');
  const scenario = parseJson(path);
  for (const [field, fits] of Object.entries(FIELDS)) {
    if (!fits(scenario[field])) {
      throw new HoldwaitError(
        'input',
        'SCENARIO_INVALID',
        `${path}: "${field}" is missing or of the wrong form`,
      );
    }
  }
  return scenario as unknown as Scenario;
}

const FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  id: isText,
  title: isText,
  signature: isText,
  needs: isTexts,
  lab: (value) => typeof value === 'object' && value !== null,
  module: (value) => value === undefined || isText(value),
  prepare: isTexts,
  driver: isTexts,
  control: isTexts,
  timeoutSeconds: (value) => typeof value === 'number' && value > 0,
};

function parseJson(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new HoldwaitError('input', 'SCENARIO_INVALID', `${path}: ${errorText(error)}`);
  }
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}
