/** A simulated kernel whose deadlocks are known beforehand. */
export { DEFAULT_OPTIONS, type SimulateOptions } from './options.ts';
export { Simulation } from './simulation.ts';
export type { Truth } from './truth.ts';
