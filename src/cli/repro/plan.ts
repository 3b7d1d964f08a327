import type { KernelName } from '../../lab/kernels.ts';
import { chooseRun, type Scenario, type ScenarioWay } from '../../lab/scenario.ts';
import { nameGuest, nameRange } from '../../report/render-scenarios.ts';

export interface PlanOptions {
  readonly kernel: KernelName;
  readonly way: ScenarioWay;
  readonly keep: boolean;
  readonly scripts?: readonly string[];
  readonly output: string;
}

/** What a run would do, one numbered step a line. */
export function describePlan(scenario: Scenario, options: PlanOptions): string {
  const { prepare } = scenario;
  const { words = [], module, scripts } = chooseRun(scenario, options.way);
  const load =
    module === undefined ? [] : [`load the module ${[module.name, ...module.parameters].join(' ')}`];
  return [
    ...scenario.notAffected.map((range) => `end here if the kernel is ${nameRange(range)}: ${range.reason}`),
    `boot a guest with kernel ${options.kernel}, ${[nameGuest(scenario), ...(scenario.lab.kernelArgs ?? [])].join(', ')} (its image is built first if there is none)`,
    ...[...prepare.map((command) => `run ${command}`), ...load],
    `attach the scripts ${(options.scripts ?? scripts).join(', ')}`,
    `run ${words.join(' ')}`,
    `write ${options.output}`,
    options.keep ? 'leave the guest up' : 'end the guest',
  ]
    .map((line, index) => `${index + 1}. ${line}`)
    .join('\n');
}
