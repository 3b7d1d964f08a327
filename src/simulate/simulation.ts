import type { CaptureInfo, TraceBatch, TraceBuilder } from '../trace/index.ts';
import { type PlantedCycle, plantDeadlock, plantSoftCycle } from './deadlocks.ts';
import { Kernel } from './kernel.ts';
import { Memory } from './memory.ts';
import { plantCrowd, plantNearMiss } from './near-misses.ts';
import { TaskNumbers } from './numbers.ts';
import { checkOptions, countTasks, type SimulateOptions } from './options.ts';
import { Random } from './random.ts';
import { Recorder } from './recorder.ts';
import { Stage } from './stage.ts';
import { describeTruth, type Truth } from './truth.ts';
import { Workload } from './workload.ts';

/** Events of a batch, about: what sinks write in one go. */
const EVENTS_PER_BATCH = 65_536;

/** With a threshold everything takes its time, or hardly a wait would be worth recording. */
const USUAL_WAIT_NS = 100_000;

/** Times beyond 2^53 ns are not exact. Long before, a trace ends with the events that it has. */
const LAST_NS = 4e15;

/** Something that is planted once the trace has come to so many events. */
interface Planting {
  readonly atEvents: number;
  plant(stage: Stage): void;
}

/**
 * One simulated kernel and what is known of it. Take its batches first, in order, each before the next; then ask for the
 * truth. The same options give the same events and the same truth.
 *
 * @throws HoldwaitError (usage) OUT_OF_RANGE, RING_WITHOUT_DEADLOCK
 */
export class Simulation {
  readonly #options: SimulateOptions;
  readonly #random: Random;
  readonly #recorder: Recorder;
  readonly #kernel: Kernel;
  readonly #numbers: TaskNumbers;
  readonly #memory: Memory;
  readonly #plantings: Planting[];
  readonly #lossesAt: number[];
  readonly #cycles: PlantedCycle[] = [];
  readonly #softCycles: PlantedCycle[] = [];
  /** Number of events at which something is to be planted or lost. */
  #nextAt = 0;
  /** Scenarios that go on. */
  #playing = 0;
  #settledNs = 0;

  constructor(options: SimulateOptions) {
    checkOptions(options);
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#recorder = new Recorder(options);
    this.#numbers = new TaskNumbers(this.#random, countTasks(options));
    this.#memory = new Memory(this.#random);
    const scale = Math.max(1, Math.round(options.lateNs / USUAL_WAIT_NS));
    const workload = new Workload(this.#random, this.#memory, options.resources);
    const nextPid = () => this.#numbers.nextPid();
    this.#kernel = new Kernel(this.#random, this.#recorder, scale, nextPid, (task) => {
      if (!task.planted) {
        this.#kernel.start(task, workload.next(task));
      }
    });
    this.#plantings = this.#plan();
    this.#lossesAt = this.#times(options.losses);
    for (let i = 0; i < options.tasks; i++) {
      const task = this.#kernel.addTask(this.#numbers.nextTid(), false);
      this.#kernel.start(task, workload.next(task));
    }
  }

  /** Tables that the events of the batches point into. */
  get builder(): TraceBuilder {
    return this.#recorder.builder;
  }

  get eventCount(): number {
    return this.#recorder.eventCount;
  }

  /** What a capture of it says of itself; complete after the last batch. */
  info(): CaptureInfo {
    const { seed, lateNs } = this.#options;
    return {
      target: `simulated, seed ${seed}`,
      thresholdNs: lateNs,
      clock: 'monotonic',
      endNs: this.#recorder.nowNs,
      endReason: 'events',
    };
  }

  *batches(): Generator<TraceBatch> {
    while (!this.#isOver()) {
      const until = this.eventCount + EVENTS_PER_BATCH;
      while (this.eventCount < until && !this.#isOver()) {
        this.#step();
      }
      yield this.builder.take();
    }
    for (const wait of this.#kernel.openWaits()) {
      this.#recorder.waitLeftOpen(wait);
    }
    yield this.builder.take();
  }

  /** Valid after the last batch. */
  truth(): Truth {
    return describeTruth(this.#cycles, this.#softCycles, this.#recorder);
  }

  /** Whatever was planted must have come to its end, and have lasted long enough to be recorded. */
  #isOver(): boolean {
    return (
      this.#counted() >= this.#options.events &&
      this.#plantings.length === 0 &&
      this.#playing === 0 &&
      this.#kernel.nowNs > this.#settledNs + this.#options.lateNs
    );
  }

  /** Events so far, by which it is decided what comes next; enough of them if the time is up. */
  #counted(): number {
    return this.#kernel.nowNs < LAST_NS ? this.eventCount : Number.POSITIVE_INFINITY;
  }

  #step(): void {
    if (this.#counted() >= this.#nextAt) {
      this.#plantDue();
    }
    this.#kernel.step();
  }

  #plantDue(): void {
    const plantings = this.#plantings;
    const lossesAt = this.#lossesAt;
    while (plantings.length > 0 && plantings.at(-1)!.atEvents <= this.#counted()) {
      this.#plant(plantings.pop()!);
    }
    while (lossesAt.length > 0 && lossesAt.at(-1)! <= this.#counted()) {
      lossesAt.pop();
      this.#recorder.lossesDue++;
    }
    const never = Number.POSITIVE_INFINITY;
    this.#nextAt = Math.min(plantings.at(-1)?.atEvents ?? never, lossesAt.at(-1) ?? never);
  }

  #plant({ plant }: Planting): void {
    this.#playing++;
    const nextTid = () => this.#numbers.nextTid();
    const onEnd = () => {
      this.#playing--;
      this.#settledNs = this.#kernel.nowNs;
    };
    plant(new Stage(this.#kernel, this.#memory, nextTid, onEnd));
  }

  /** Latest first. */
  #plan(): Planting[] {
    const plants = this.#listPlants();
    // Each goes to a place of its own among the times, or those that were listed first would always come first.
    for (let i = plants.length - 1; i > 0; i--) {
      const other = this.#random.below(i + 1);
      [plants[i], plants[other]] = [plants[other]!, plants[i]!];
    }
    return this.#times(plants.length).map((atEvents, i) => ({ atEvents, plant: plants[i]! }));
  }

  #listPlants(): ((stage: Stage) => void)[] {
    const { deadlocks, ring, softCycles, nearMisses, waiters } = this.#options;
    const plants: ((stage: Stage) => void)[] = [];
    for (let i = 0; i < deadlocks; i++) {
      plants.push((stage) => this.#keep(this.#cycles, plantDeadlock(stage, i === 0 ? ring : undefined)));
    }
    for (let i = 0; i < softCycles; i++) {
      plants.push((stage) => this.#keep(this.#softCycles, plantSoftCycle(stage)));
    }
    const first = this.#random.bits();
    for (let i = 0; i < nearMisses; i++) {
      plants.push((stage) => plantNearMiss(stage, first + i));
    }
    if (waiters > 0) {
      plants.push((stage) => plantCrowd(stage, waiters));
    }
    return plants;
  }

  #keep(list: PlantedCycle[], cycles: readonly PlantedCycle[]): void {
    for (const cycle of cycles) {
      list.push(cycle);
    }
  }

  /** Numbers of events, latest first: from a twentieth of the trace to two thirds. */
  #times(count: number): number[] {
    const { events } = this.#options;
    return Array.from({ length: count }, () => this.#random.between(events / 20, (events * 2) / 3)).sort(
      (a, b) => b - a,
    );
  }
}
