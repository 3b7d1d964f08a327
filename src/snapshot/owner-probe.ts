import { taskFolder } from './task-texts.ts';

/**
 * Reads, from the stacks of tasks that are asleep, what they queue for: lock slowpaths keep their place in the queue in
 * a structure on the waiter's own stack. A word that is the task's own address is where such a structure names its task:
 *
 * - before it a list entry whose neighbours point back: `mutex_waiter` and `rwsem_waiter` are `{list, task, …}`. The list is
 *   followed to the entry that is on nobody's stack, the lock's own; two words before that is its owner in both kinds.
 * - behind it a wake function: `wait_queue_entry` is `{flags, task, func, entry}`. In a `wait_page_queue` the folio and the
 *   number of its bit stand before it; a percpu_rwsem is found from its queue as a lock is.
 *
 * Nothing is attached: a BPF iterator runs once over the tasks. $1, $2: addresses of `wake_page_function` and
 * `percpu_rwsem_wake_function`.
 */
const PROGRAM = String.raw`iter:task {
  $t = ctx->task;
  if (@TASKS@) {
    $sp = (uint64)@SP@;
    $top = (uint64)$t->stack + 16384;
    $found = (uint64)0;
    $p = (uint64)0;
    $i = (uint64)0;
    while ($i < 128) {
      $at = $sp + $i * 8;
      if ($at < $top - 64 && *(uint64 *)kptr($at) == (uint64)$t) {
        $next = *(uint64 *)kptr($at - 16);
        $func = *(uint64 *)kptr($at + 8);
        if ($func > 0 && $func == (uint64)$1) { $found = 1; }
        if ($func > 0 && $func == (uint64)$2) { $found = 2; }
        if ($next > 0 && *(uint64 *)kptr($next + 8) == $at - 16) { $found = 3; }
        if ($found > 0) { $p = $at; break; }
      }
      $i++;
    }
    if ($found == 1) {
      printf("page %d %llx %d\n", $t->pid, *(uint64 *)kptr($p - 24), *(int32 *)kptr($p - 16));
    }
    if ($found == 2) {
      $func = *(uint64 *)kptr($p + 8);
      $n = *(uint64 *)kptr($p + 16);
      $k = (uint64)0;
      while ($k < 32) {
        if (*(uint64 *)kptr($n - 8) == $func) { $n = *(uint64 *)kptr($n); }
        $k++;
      }
      $r = $n - offsetof(struct wait_queue_head, head) - offsetof(struct percpu_rw_semaphore, waiters);
      printf("percpu %d %llx %d\n", $t->pid, $r, ((struct percpu_rw_semaphore *)$r)->writer.task->pid);
    }
    if ($found == 3) {
      $n = *(uint64 *)kptr($p - 16);
      $k = (uint64)0;
      while ($k < 32) {
        $b = (uint64)((struct task_struct *)(*(uint64 *)kptr($n + 16)))->stack;
        if ($n >= $b && $n < $b + 16384) { $n = *(uint64 *)kptr($n); }
        $k++;
      }
      $w = *(uint64 *)kptr($n - 16);
      $h = (struct task_struct *)($w & 0xfffffffffffffff8);
      printf("lock %d %llx %llx %llx %d\n", $t->pid, $n, *(uint64 *)kptr($n - 24), $w, $h->pid);
    }
  }
}`;

/** Of so many tasks at most the owners are read: each is one more comparison for every task of the machine. */
export const MAX_PROBED = 48;

/** Where the kernel keeps the stack pointer of a task that is asleep. */
const STACK_POINTERS = new Map([
  ['x86_64', '$t->thread.sp'],
  ['aarch64', '$t->thread.cpu_context.sp'],
]);

/** The program for some tasks; `machine` as `uname -m` has it. undefined = not for this machine. */
export function ownerProgram(tids: readonly number[], machine: string): string | undefined {
  const pointer = STACK_POINTERS.get(machine);
  const tasks = tids.slice(0, MAX_PROBED).map((tid) => `$t->pid == ${tid}`);
  return pointer === undefined || tasks.length === 0
    ? undefined
    : PROGRAM.replace('@SP@', pointer).replace('@TASKS@', tasks.join(' || '));
}

/** One command that runs the program with the two addresses, and ends it after a time whatever it does. */
export function ownerCommand(program: string, seconds: number): string {
  const quoted = `'${program.replaceAll("'", String.raw`'\''`)}'`;
  const pick =
    '$3=="wake_page_function"{a=$1} $3=="percpu_rwsem_wake_function"{b=$1} END{print "0x"(a?a:0)" 0x"(b?b:0)}';
  return `exec timeout -s KILL ${seconds} bpftrace -q -e ${quoted} $(awk '${pick}' /proc/kallsyms)`;
}

/** What the probe found a task to wait for. */
export type ProbedWait =
  | { readonly type: 'page'; readonly tid: number; readonly folio: string; readonly bit: number }
  | { readonly type: 'percpu'; readonly tid: number; readonly lock: string; readonly writer: number }
  | {
      readonly type: 'lock';
      readonly tid: number;
      /** Address of the lock's list of waiters. */
      readonly list: bigint;
      /** The word before `owner`: the count of an rwsem. */
      readonly count: bigint;
      readonly owner: bigint;
      readonly ownerTid: number;
    };

const HEX = '[0-9a-f]{1,16}';
const LINES = new RegExp(
  `^(?:(page) (\\d+) (${HEX}) (-?\\d+)|(percpu) (\\d+) (${HEX}) (-?\\d+)|(lock) (\\d+) (${HEX}) (${HEX}) (${HEX}) (-?\\d+))$`,
  'gm',
);

/** Reads the probe's output: the innermost structure of a stack is the wait, so the first line of a task counts. */
export function decodeProbe(text: string): ReadonlyMap<number, ProbedWait> {
  const waits = new Map<number, ProbedWait>();
  for (const [
    ,
    page,
    pageTid,
    folio,
    bit,
    percpu,
    percpuTid,
    sem,
    writer,
    ,
    tid,
    list,
    count,
    owner,
    ownerTid,
  ] of text.matchAll(LINES)) {
    const wait: ProbedWait =
      page !== undefined
        ? { type: 'page', tid: Number(pageTid), folio: folio!, bit: Number(bit) }
        : percpu !== undefined
          ? { type: 'percpu', tid: Number(percpuTid), lock: sem!, writer: Number(writer) }
          : {
              type: 'lock',
              tid: Number(tid),
              list: BigInt(`0x${list}`),
              count: BigInt(`0x${count}`),
              owner: BigInt(`0x${owner}`),
              ownerTid: Number(ownerTid),
            };
    if (!waits.has(wait.tid)) {
      waits.set(wait.tid, wait);
    }
  }
  return waits;
}

/** Functions in which a task holds, or is about to hold, what loading a BPF program or opening a perf event needs. */
const BLOCKERS: readonly { readonly name: RegExp; readonly what: string }[] = [
  {
    name: /^(pcpu_alloc(_noprof)?|pcpu_balance_workfn|pcpu_create_chunk|pcpu_populate_chunk)$/,
    what: 'pcpu_alloc_mutex',
  },
  {
    name: /^(_cpu_down|_cpu_up|cpu_hotplug_begin|cpus_write_lock|cpus_read_lock|cpuhp_thread_fun|cpuhp_kick_ap|takedown_cpu)$/,
    what: 'cpu_hotplug_lock',
  },
  {
    name: /^(text_poke_\w+|arch_jump_label_transform\w*|jump_label_update|static_key_\w+)$/,
    what: 'text_mutex',
  },
  {
    name: /^(perf_event_\w+|perf_trace_\w+|bpf_prog_\w+|bpf_trampoline_\w+|ftrace_\w*update\w*)$/,
    what: 'a lock of tracing',
  },
  {
    name: /^(synchronize_rcu\w*|rcu_barrier\w*|wait_rcu_gp|__wait_rcu_gp|synchronize_srcu)$/,
    what: 'an RCU grace period',
  },
];

/** Why a BPF program should not be loaded now: who is stuck where; undefined = nothing stands in the way. */
export function findProbeBlocker(
  stuck: readonly {
    readonly tid: number;
    readonly pid: number;
    readonly comm: string;
    readonly names: readonly string[];
  }[],
): string | undefined {
  for (const task of stuck) {
    for (const { name, what } of BLOCKERS) {
      const found = task.names.find((frame) => name.test(frame));
      if (found !== undefined) {
        return `${task.comm}:${task.tid} is stuck in ${found}() (${taskFolder(task)}/stack), so that loading a BPF program might block on ${what}`;
      }
    }
  }
  return undefined;
}
