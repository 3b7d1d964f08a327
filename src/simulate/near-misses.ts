import { NONE } from '../trace/index.ts';
import { Gate, READ, WRITE } from './objects.ts';
import { NEVER } from './program.ts';
import { type Actor, lockProp, type Stage } from './stage.ts';

/** Each plants something that looks like a deadlock and is none. Those who hold and do not wait go on running. */
const NEAR_MISSES: readonly ((stage: Stage) => void)[] = [
  plantChain,
  plantDiamond,
  plantIo,
  plantGivenUp,
  plantKilled,
  plantQueue,
  plantStaleHolder,
  plantReusedAddress,
];

/** @param turn which one: they come in turns, so that a few show all */
export function plantNearMiss(stage: Stage, turn: number): void {
  NEAR_MISSES[turn % NEAR_MISSES.length]!(stage);
  stage.play();
}

/** The lock of one folio, and `waiters` tasks that queue for it; who has it waits for a device that does not answer. */
export function plantCrowd(stage: Stage, waiters: number): void {
  const wanted = stage.folio().lock;
  const other = stage.folio();
  const { program } = stage.actor();
  const isHeld = new Gate(1);
  program.acquire(wanted).startWriteback(other.writeback).submit(NEVER).arrive(isHeld);
  stage.stays(program).waitWriteback(other.writeback);
  for (const waiter of stage.actors(waiters)) {
    stage.stays(waiter.program.pass(isHeld).run(stage.pauseNs())).acquire(wanted);
  }
  stage.play();
}

/** Everybody but the last waits for the next. */
function plantChain(stage: Stage): void {
  const actors = stage.actors(stage.random.between(2, 6));
  const props = actors.map(() => stage.prop());
  const held = new Gate(actors.length);
  actors.forEach(({ program }, i) => {
    props[i]!.hold(program);
    stage.stays(program.arrive(held).pass(held).run(stage.pauseNs()));
    props[i + 1]?.want(program);
  });
}

/** Two ways from one task to another, and none back. */
function plantDiamond(stage: Stage): void {
  const [top, left, right, bottom] = stage.actors(4) as [Actor, Actor, Actor, Actor];
  const shared = lockProp(stage.memory.lock('rwsem'), READ, WRITE);
  const own = stage.prop();
  const held = new Gate(3);
  own.hold(bottom.program);
  stage.stays(bottom.program.arrive(held));
  for (const { program } of [left, right]) {
    shared.hold(program);
    own.want(stage.stays(program.arrive(held).pass(held).run(stage.pauseNs())));
  }
  shared.want(stage.stays(top.program.pass(held).run(stage.pauseNs())));
}

/** A ring, but for the writeback in it, which a device has: before it is waited for or afterwards. */
function plantIo(stage: Stage): void {
  const [waiter, writer] = [stage.actor(), stage.actor()];
  const own = stage.prop();
  const { lock, writeback } = stage.folio();
  const held = new Gate(2);
  own.hold(waiter.program);
  stage.stays(waiter.program.arrive(held).pass(held).run(stage.pauseNs())).waitWriteback(writeback);
  writer.program.acquire(lock).startWriteback(writeback).release(lock).arrive(held).pass(held);
  writer.program.run(stage.pauseNs()).submit(NEVER).run(stage.pauseNs());
  own.want(stage.stays(writer.program));
}

/** A ring for a moment, until one task gives up and lets go. */
function plantGivenUp(stage: Stage): void {
  const [stubborn, quitter, timer] = stage.actors(3) as [Actor, Actor, Actor];
  const [first, second] = [stage.memory.lock('mutex'), stage.folio().lock];
  const held = new Gate(2);
  const closed = new Gate(2);
  stubborn.program.acquire(first).arrive(held).pass(held).run(stage.pauseNs()).arrive(closed).acquire(second);
  stage.stays(stubborn.program.run(stage.pauseNs()).release(second).release(first));
  quitter.program.acquire(second).arrive(held).pass(held).run(stage.pauseNs()).arrive(closed);
  stage.stays(quitter.program.acquire(first, NONE, 1).release(first).release(second));
  stage.stays(timer.program.pass(closed).run(stage.pauseNs()).giveUp(quitter.task));
}

/** A ring until one task is killed; what it had nobody has, and its tid is another's. */
function plantKilled(stage: Stage): void {
  const [waiter, victim, killer] = stage.actors(3) as [Actor, Actor, Actor];
  const [first, second] = [stage.prop(), stage.prop()];
  const held = new Gate(2);
  const closed = new Gate(2);
  first.hold(waiter.program);
  second.hold(victim.program);
  for (const [{ program }, wanted] of [
    [waiter, second],
    [victim, first],
  ] as const) {
    stage.stays(program.arrive(held).pass(held).run(stage.pauseNs()).arrive(closed));
    wanted.want(program);
  }
  stage.stays(killer.program.pass(closed).run(stage.pauseNs()).kill(victim.task));
}

/** A reader behind a writer behind a reader, and a task behind the first: an order of a queue, and no cycle. */
function plantQueue(stage: Stage): void {
  const [holder, writer, reader, last] = stage.actors(4) as [Actor, Actor, Actor, Actor];
  const lock = stage.memory.lock('rwsem');
  const own = stage.prop();
  const held = new Gate(2);
  const isQueued = new Gate(1);
  stage.stays(holder.program.acquire(lock, READ).arrive(held));
  own.hold(reader.program);
  reader.program.arrive(held).pass(isQueued).run(stage.pauseNs());
  stage.stays(writer.program.pass(held).run(stage.pauseNs()).arrive(isQueued)).acquire(lock, WRITE);
  stage.stays(reader.program).acquire(lock, READ);
  own.want(stage.stays(last.program.pass(isQueued).run(stage.pauseNs())));
}

/** The holder that a wait named when it began has long handed the lock to another; believing it still closes a ring. */
function plantStaleHolder(stage: Stage): void {
  const [former, heir, waiter] = stage.actors(3) as [Actor, Actor, Actor];
  const lock = stage.memory.lock(stage.random.pick(['mutex', 'rwsem']));
  const mode = lock.kind === 'rwsem' ? WRITE : NONE;
  const own = stage.prop();
  const held = new Gate(2);
  const isHeirQueued = new Gate(1);
  const isWaiterQueued = new Gate(1);
  former.program.acquire(lock, mode).arrive(held).pass(isWaiterQueued).run(stage.pauseNs()).release(lock);
  own.want(stage.stays(former.program.run(stage.pauseNs())));
  stage.stays(heir.program.pass(held).run(stage.pauseNs()).arrive(isHeirQueued).acquire(lock, mode));
  own.hold(waiter.program);
  waiter.program.arrive(held).pass(isHeirQueued).run(stage.pauseNs()).arrive(isWaiterQueued);
  stage.stays(waiter.program).acquire(lock, mode);
}

/** A lock is let go and freed, and another comes to lie at its address: who had the one does not have the other. */
function plantReusedAddress(stage: Stage): void {
  const [former, owner, waiter] = stage.actors(3) as [Actor, Actor, Actor];
  const [freed, lock] = stage.memory.lockPair('mutex', 'rwsem');
  const own = stage.prop();
  const isFreed = new Gate(1);
  const held = new Gate(2);
  former.program.acquire(freed).run(stage.pauseNs()).release(freed).arrive(isFreed).pass(held);
  own.want(stage.stays(former.program.run(stage.pauseNs())));
  stage.stays(owner.program.pass(isFreed).acquire(lock, WRITE).arrive(held));
  own.hold(waiter.program);
  stage.stays(waiter.program.arrive(held).pass(held).run(stage.pauseNs())).acquire(lock, READ);
}
