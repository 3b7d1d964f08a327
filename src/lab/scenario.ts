import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, HoldwaitError } from '../trace/error.ts';
import { type Check, isCount, isListOf, isObjectOf, isOneOf, isText, matches } from './check-fields.ts';
import { vmFolder } from './image.ts';
import type { LabOptions } from './lab-options.ts';
import { isVersion, type VersionRange } from './version-range.ts';

/** A documented hang that can be made to happen: vm/scenarios/ID/scenario.json. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** Id of the signature that the hang must match. */
  readonly signature: string;
  /** What the analysis must say of the hang. */
  readonly verdict: ScenarioVerdict;
  /** Features without which a kernel is not affected. */
  readonly needs: readonly ScenarioNeed[];
  /** Kernels that do not hang, and why. */
  readonly notAffected: readonly NotAffectedRange[];
  readonly lab: Pick<LabOptions, 'memoryMib' | 'cpus' | 'numaNodes' | 'kernelArgs' | 'disks'>;
  /** Bundled scripts, or sets of them, that a capture of this hang needs. */
  readonly scripts: readonly string[];
  /** Kernel module of the image that is loaded before the hang. */
  readonly module?: ScenarioModule;
  /** The same for the control; none unless named. */
  readonly controlModule?: ScenarioModule;
  /** Shell commands in the guest, in order, each of which must succeed. */
  readonly prepare: readonly string[];
  /** Program of the image and its arguments; it says how it went in a line `result …` (see the scenario's README). */
  readonly driver: readonly string[];
  /** The same with the fix left in place: must come out clean. */
  readonly control: readonly string[];
  /** The same with the fix undone and without what makes it hang: clean, and the orders of locks show what could have been. */
  readonly potential?: readonly string[];
  /** For the driver, from its start to its result. */
  readonly timeoutSeconds: number;
}

/** How a scenario is run: so that it hangs, with the fix in place, or with the fix undone and nothing that makes it hang. */
export type ScenarioWay = 'hang' | 'control' | 'potential';

/** Told beside what the scenario names where it is to show without a hang. */
const ORDER_SCRIPT = 'lock-order';

export interface ScenarioRun {
  /** Program of the image and its arguments; undefined = the scenario cannot be run that way. */
  readonly words: readonly string[] | undefined;
  readonly module: ScenarioModule | undefined;
  readonly scripts: readonly string[];
}

/** What is run in the guest for one of the ways. */
export function chooseRun(scenario: Scenario, way: ScenarioWay): ScenarioRun {
  const { driver, control, potential, module, controlModule, scripts } = scenario;
  switch (way) {
    case 'hang':
      return { words: driver, module, scripts };
    case 'control':
      return { words: control, module: controlModule, scripts };
    case 'potential':
      return { words: potential, module, scripts: [...scripts, ORDER_SCRIPT] };
  }
}

export type ScenarioVerdict = 'deadlock' | 'suspected';
export type ScenarioNeed = 'memory-cgroup-v1';

export interface NotAffectedRange extends VersionRange {
  readonly reason: string;
}

export interface ScenarioModule {
  /** Name of its file without `.ko`. */
  readonly name: string;
  /** `name=value`, as insmod takes them. */
  readonly parameters: readonly string[];
}

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
  return decodeScenario(readText(path), id, path);
}

/** @throws HoldwaitError `SCENARIO_INVALID` naming the field */
export function decodeScenario(text: string, id: string, path: string): Scenario {
  const given = parseJson(text, path);
  const problem = checkScenario(given, '') ?? checkId(given as ScenarioFile, id);
  if (problem !== undefined) {
    throw invalid(path, problem);
  }
  return fillIn(given as ScenarioFile);
}

/** scenario.json as it is written: a module is `file_name param=value …`. */
type ScenarioFile = Omit<Scenario, OptionalField | 'module' | 'controlModule'> &
  Partial<Pick<Scenario, OptionalField>> & { readonly module?: string; readonly controlModule?: string };
type OptionalField = 'verdict' | 'notAffected' | 'lab' | 'scripts' | 'prepare' | 'needs';

function fillIn(file: ScenarioFile): Scenario {
  const { module, controlModule, ...rest } = file;
  return {
    verdict: 'deadlock',
    needs: [],
    notAffected: [],
    lab: {},
    scripts: ['default'],
    prepare: [],
    ...rest,
    ...(module === undefined ? {} : { module: parseModule(module) }),
    ...(controlModule === undefined ? {} : { controlModule: parseModule(controlModule) }),
  };
}

function parseModule(text: string): ScenarioModule {
  const [name, ...parameters] = text.split(' ');
  return { name: name!, parameters };
}

const isModule = matches(
  /^\w+( \w+=[^\s]+)*$/,
  'the name of a module\'s file, then "name=value" for each parameter, one blank between',
);
const isNodeCpus = matches(/^\d+(-\d+)?$/, '"0" or "0-1"');
const isKernelVersion: Check = (value, field) =>
  typeof value === 'string' && isVersion(value) ? undefined : `"${field}" must be a version such as "6.12"`;

const isRangeObject = isObjectOf({ from: isKernelVersion, until: isKernelVersion, reason: isText }, [
  'reason',
]);
const isRange: Check = (value, field) => {
  const problem = isRangeObject(value, field);
  const open = problem === undefined && isOpenOnBothSides(value as VersionRange);
  return open ? `"${field}" must name "from" or "until"` : problem;
};

function isOpenOnBothSides({ from, until }: VersionRange): boolean {
  return from === undefined && until === undefined;
}

const checkScenario = isObjectOf(
  {
    id: isText,
    title: isText,
    signature: isText,
    verdict: isOneOf(['deadlock', 'suspected'] satisfies ScenarioVerdict[]),
    needs: isListOf(isOneOf(['memory-cgroup-v1'] satisfies ScenarioNeed[])),
    notAffected: isListOf(isRange),
    lab: isObjectOf({
      memoryMib: isCount,
      cpus: isCount,
      numaNodes: isListOf(isObjectOf({ memoryMib: isCount, cpus: isNodeCpus }, ['memoryMib'])),
      kernelArgs: isListOf(matches(/^[\x21-\x7e]+$/, 'one word')),
      disks: isListOf(isObjectOf({ sizeMib: isCount, writeBytesPerSecond: isCount }, ['sizeMib'])),
    }),
    scripts: isListOf(isText, 1),
    module: isModule,
    controlModule: isModule,
    prepare: isListOf(isText),
    driver: isListOf(isText, 1),
    control: isListOf(isText, 1),
    potential: isListOf(isText, 1),
    timeoutSeconds: isCount,
  },
  ['id', 'title', 'signature', 'driver', 'control', 'timeoutSeconds'],
);

function checkId(file: ScenarioFile, id: string): string | undefined {
  return file.id === id ? undefined : `"id" must be "${id}", the name of its folder`;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(path, errorText(error));
  }
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(path, errorText(error));
  }
}

function invalid(path: string, problem: string): HoldwaitError {
  return new HoldwaitError('input', 'SCENARIO_INVALID', `${path}: ${problem}`, {
    hint: 'Correct the file; vm/README.md says what a scenario consists of.',
  });
}
