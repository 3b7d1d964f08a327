import { NONE } from '../trace/index.ts';
import { Gate, READ, type Task, WRITE } from './objects.ts';
import { lockProp, type Prop, type Stage } from './stage.ts';

/** Tasks in the order in which each waits for the next, the last for the first. */
export type PlantedCycle = readonly Task[];

const MAX_VICTIMS = 3;

/**
 * Plants one deadlock, of any shape: a ring, with victims behind it or without, or rings that share tasks.
 *
 * @param length of a plain ring; undefined: the seed decides
 * @returns the cycles in which no task and no resource comes twice
 */
export function plantDeadlock(stage: Stage, length: number | undefined): PlantedCycle[] {
  const { random } = stage;
  if (length !== undefined) {
    return plantRing(stage, length);
  }
  switch (random.below(8)) {
    case 0:
      return plantReaders(stage, random.between(2, 4));
    case 1:
      return plantFigureOfEight(stage);
    case 2:
      return plantSpinInside(stage, random.between(2, 4));
    default:
      return plantRing(stage, random.pick([1, 2, 2, 2, 3, 3, 4, random.between(5, 8)]));
  }
}

function plantRing(stage: Stage, length: number): PlantedCycle[] {
  const props = Array.from({ length }, () => stage.prop());
  return [closeRing(stage, props, (program, next) => props[next]!.want(program))];
}

/** A queue spins for the lock of another queue: the task that closes the ring is in two waits, of which one is part of it. */
function plantSpinInside(stage: Stage, length: number): PlantedCycle[] {
  const [outer, inner] = [stage.memory.lock('mutex'), stage.memory.lock('spinlock')];
  const props = Array.from({ length }, (_, i) => (i === 0 ? lockProp(inner, NONE, NONE) : stage.prop()));
  const bystander = stage.actor();
  const isHeld = new Gate(1);
  stage.stays(bystander.program.acquire(outer).arrive(isHeld));
  return [
    closeRing(
      stage,
      props,
      (program, next) => (next === 0 ? program.acquireSpinning(outer, inner) : props[next]!.want(program)),
      isHeld,
    ),
  ];
}

/**
 * Everybody holds a prop and then wants the next one's; tasks that come afterwards are stuck behind them.
 *
 * @param want writes down how the prop of a place is wanted
 * @param ready what has to be before anybody wants anything
 */
function closeRing(
  stage: Stage,
  props: readonly Prop[],
  want: (program: Parameters<Prop['want']>[0], next: number) => void,
  ready = new Gate(0),
): PlantedCycle {
  const members = stage.actors(props.length);
  const held = new Gate(members.length);
  const closed = new Gate(members.length);
  members.forEach(({ program }, i) => {
    props[i]!.hold(program);
    program.run(stage.pauseNs()).arrive(held).pass(held).pass(ready).run(stage.pauseNs()).arrive(closed);
    stage.stays(program);
    want(program, (i + 1) % members.length);
  });
  plantVictims(stage, props, closed);
  stage.play();
  return members.map(({ task }) => task);
}

/** Each is stuck behind a prop of the ring or behind the victim before it. */
function plantVictims(stage: Stage, props: readonly Prop[], closed: Gate): void {
  let targets = props;
  for (let i = stage.random.between(0, MAX_VICTIMS); i > 0; i--) {
    const { program } = stage.actor();
    const own = stage.prop();
    own.hold(program);
    program.pass(closed).run(stage.pauseNs());
    const stuck = new Gate(1);
    stage.stays(program.arrive(stuck));
    stage.random.pick(targets).want(program);
    targets = [...props.slice(0, 8), own];
    closed = stuck;
  }
}

/** One writer waits for several readers, each of which waits for the writer, by itself or through another task. */
function plantReaders(stage: Stage, count: number): PlantedCycle[] {
  const shared = lockProp(stage.memory.lock('rwsem'), READ, WRITE);
  const own = stage.prop();
  const writer = stage.actor();
  const readers = stage.actors(count);
  const between = readers.map(() => (stage.random.oneIn(2) ? stage.actor() : undefined));
  const held = new Gate(1 + count + between.filter((actor) => actor !== undefined).length);
  own.hold(writer.program);
  shared.want(stage.stays(writer.program.arrive(held).pass(held).run(stage.pauseNs())));
  readers.forEach(({ program }, i) => {
    shared.hold(program);
    program.arrive(held).pass(held).run(stage.pauseNs());
    const middle = between[i]?.program;
    const target = middle === undefined ? own : stage.prop();
    if (middle !== undefined) {
      target.hold(middle);
      own.want(stage.stays(middle.arrive(held).pass(held).run(stage.pauseNs())));
    }
    target.want(stage.stays(program));
  });
  stage.play();
  return readers.map(({ task }, i) => {
    const middle = between[i];
    return middle === undefined ? [writer.task, task] : [writer.task, task, middle.task];
  });
}

/** Two rings through the readers of one lock: each of two writers waits for both readers, each reader for one writer. */
function plantFigureOfEight(stage: Stage): PlantedCycle[] {
  const shared = lockProp(stage.memory.lock('rwsem'), READ, WRITE);
  const held = new Gate(4);
  const cycles = [0, 1].map(() => {
    const [writer, reader] = [stage.actor(), stage.actor()];
    const own = stage.prop();
    own.hold(writer.program);
    shared.hold(reader.program);
    shared.want(stage.stays(writer.program.arrive(held).pass(held).run(stage.pauseNs())));
    own.want(stage.stays(reader.program.arrive(held).pass(held).run(stage.pauseNs())));
    return [writer.task, reader.task];
  });
  stage.play();
  return cycles;
}

/**
 * Plants a cycle that only the order of a queue closes: the task that wants to read comes after a writer, which waits for
 * a reader, which is that task itself or waits for it. An analysis lists the cycle as suspected.
 */
export function plantSoftCycle(stage: Stage): PlantedCycle[] {
  const lock = stage.memory.lock('rwsem');
  const [reader, writer] = [stage.actor(), stage.actor()];
  const last = stage.random.oneIn(2) ? stage.actor() : reader;
  const held = new Gate(last === reader ? 1 : 2);
  const isQueued = new Gate(1);
  reader.program.acquire(lock, READ).arrive(held);
  stage.stays(writer.program.pass(held).run(stage.pauseNs()).arrive(isQueued)).acquire(lock, WRITE);
  if (last !== reader) {
    const own = stage.prop();
    own.hold(last.program);
    last.program.arrive(held);
    own.want(stage.stays(reader.program.pass(held)));
  }
  stage.stays(last.program.pass(isQueued).run(stage.pauseNs())).acquire(lock, READ);
  stage.play();
  const tasks = [reader.task, last.task, writer.task];
  return [tasks.slice(last === reader ? 1 : 0)];
}
