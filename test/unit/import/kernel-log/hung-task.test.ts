import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import { parseHungTask } from '../../../../src/import/kernel-log/hung-task-line.ts';
import { parseTaskHeader } from '../../../../src/import/kernel-log/task-header.ts';
import { hungTask, lossesOf, MUTEX_WAIT, print, readLog, reportsOf, stamp, taskDump } from './sample-logs.ts';

type Link = readonly [waiter: number, kind: string, blocker: number | null, evidence: string];

function links({ cycles, chains }: Analysis): Link[] {
  const edges = [...cycles.flatMap((cycle) => cycle.edges), ...chains.flatMap((chain) => chain.links)];
  return [...new Set(edges)].map((e) => [e.waiter, e.resource.kind, e.blocker, e.evidence]);
}

const DD = { name: 'dd', tid: 412 };

test('every wording of a hung task is understood', () => {
  const blocked = { says: 'blocked', task: DD, forNs: 120e9, killed: false };
  assert.deepEqual(parseHungTask('INFO: task dd:412 blocked for more than 120 seconds.'), {
    ...blocked,
    io: false,
  });
  assert.deepEqual(parseHungTask('INFO: task dd:412 blocked in I/O wait for more than 120 seconds.'), {
    ...blocked,
    io: true,
  });
  assert.deepEqual(parseHungTask("INFO: task dd:412 can't die for more than 120 seconds."), {
    ...blocked,
    io: false,
    killed: true,
  });
  assert.deepEqual(parseHungTask('INFO: task CPU 0/KVM:5 blocked for more than 2 seconds.')?.task, {
    name: 'CPU 0/KVM',
    tid: 5,
  });
  const owners: readonly (readonly [
    line: string,
    kind: string,
    mode: string | undefined,
    owner: number | undefined,
    exact: boolean,
  ])[] = [
    ['is blocked on a mutex likely owned by task sync:7.', 'mutex', undefined, 7, true],
    ['is blocked on a mutex, but the owner is not found.', 'mutex', undefined, undefined, true],
    ['blocked on a semaphore likely last held by task sync:7', 'semaphore', undefined, 7, false],
    [
      'is blocked on a semaphore, but the last holder is not found.',
      'semaphore',
      undefined,
      undefined,
      false,
    ],
    ['<writer> blocked on an rw-semaphore likely owned by task sync:7 <writer>', 'rwsem', 'write', 7, true],
    ['<reader> blocked on an rw-semaphore likely owned by task sync:7 <writer>', 'rwsem', 'read', 7, true],
    ['<writer> blocked on an rw-semaphore likely owned by task sync:7 <reader>', 'rwsem', 'write', 7, false],
    ['is blocked on an rw-semaphore, but the owner is not found.', 'rwsem', undefined, undefined, true],
    ['is blocked on a mutex likely owned by task dd:412.', 'mutex', undefined, 412, true],
  ];
  for (const [words, kind, mode, owner, exact] of owners) {
    const said = parseHungTask(`INFO: task dd:412 ${words}`);
    assert.ok(said?.says === 'owner', words);
    assert.deepEqual([said.kind, said.mode, said.owner?.tid, said.exact], [kind, mode, owner, exact], words);
  }
  assert.equal(parseHungTask('INFO: task dd:412 blocked for more than a while'), undefined);
  assert.equal(
    parseHungTask('INFO: task dd:412 is blocked on a mutex likely owned by task sync:7'),
    undefined,
  );
});

test('every form of the line before a stack is understood', () => {
  const headers: readonly (readonly [
    line: string,
    name: string,
    tid: number,
    state: string,
    pid?: number,
  ])[] = [
    [
      'task:fault task      state:D stack:0     pid:187   ppid:1      flags:0x00004002',
      'fault task',
      187,
      'D',
    ],
    [
      'task:a               state:D stack:25960 pid:188 tgid:187 ppid:15126  task_flags:0x400140',
      'a',
      188,
      'D',
      187,
    ],
    ['task:b               state:R  running task     stack:    0 pid:  9 ppid:  2 flags:0x1', 'b', 9, 'R'],
    ['syz-executor0   D23984 10244   4352 0x80000004', 'syz-executor0', 10244, 'D'],
    ['syz-executor2   D    0 14507   3322 0x00000002', 'syz-executor2', 14507, 'D'],
    ['kworker/0:1     D ffff8801d9358040 26968    30      2 0x00000000', 'kworker/0:1', 30, 'D'],
    ['sh              R  running task    24000  3125   3124 0x00000000', 'sh', 3125, 'R'],
  ];
  for (const [line, name, tid, state, pid] of headers) {
    assert.deepEqual(parseTaskHeader(line), { name, tid, state, ...(pid && { pid }) }, line);
  }
  assert.equal(parseTaskHeader('CPU: 0 PID: 9 Comm: ksoftirqd/0 Not tainted 5.9.0 #15'), undefined);
});

test('a hung task without a cycle is a hang that began when its wait did', () => {
  const trace = readLog(hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'rtnl_lock'] }));
  const analysis = analyzeTrace(trace);
  assert.equal(analysis.verdict, 'hang');
  assert.deepEqual(links(analysis), [[412, 'mutex', null, 'unknown']]);
  const [link] = analysis.chains[0]!.links;
  assert.equal(link!.sinceNs, 180e9);
  assert.equal(link!.stack.at(-1), 'rtnl_lock+0x10/0x200');
  assert.equal(trace.info.kernelRelease, '6.1.0-18-amd64');
  assert.deepEqual(reportsOf(trace), [
    {
      kind: 'hung-task',
      forNs: 120e9,
      title: 'INFO: task hung in rtnl_lock',
      line: 1,
      tid: 412,
      name: 'dd',
      frame: 'rtnl_lock',
    },
  ]);
  assert.deepEqual(lossesOf(trace), {});
});

test('a hang by the kernel’s own, shorter measure is one', () => {
  const trace = readLog(hungTask({ ...DD, at: 30, seconds: 2, stack: [...MUTEX_WAIT, 'f'] }));
  assert.equal(analyzeTrace(trace).verdict, 'hang');
  assert.equal(analyzeTrace(trace, { hangThresholdNs: 10e9 }).verdict, 'none');
});

test('a log without any time has waits as long as it says', () => {
  const text = hungTask({ ...DD, at: 0, stack: [...MUTEX_WAIT, 'f'] }).replaceAll(/^\[.{12}\] /gm, '');
  assert.ok(text.startsWith('INFO: task'));
  const analysis = analyzeTrace(readLog(text));
  assert.equal(analysis.verdict, 'hang');
  assert.equal(analysis.chains[0]!.waitNs, 120e9);
});

test('a wait that is reported again is one wait, another stack is another', () => {
  const first = hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'f'] });
  const again = hungTask({ ...DD, at: 420, seconds: 241, stack: [...MUTEX_WAIT, 'f'] });
  assert.equal(readLog(first + again).events.length, 1);
  assert.equal(analyzeTrace(readLog(first + again)).chains[0]!.links[0]!.sinceNs, 179e9);
  assert.equal(analyzeTrace(readLog(first + first)).chains[0]!.links[0]!.sinceNs, 180e9);
  const other = hungTask({ ...DD, at: 600, stack: [...MUTEX_WAIT, 'g'] });
  assert.equal(analyzeTrace(readLog(first + other)).chains[0]!.links[0]!.sinceNs, 480e9);
});

test('owners that the log names make a deadlock, and a cycle of one', () => {
  const owned = (by: string) => [`INFO: task dd:412 is blocked on a mutex likely owned by task ${by}.`];
  const stack = [...MUTEX_WAIT, 'f'];
  const ring =
    hungTask({ ...DD, at: 300, stack, after: owned('sync:7') }) +
    hungTask({
      name: 'sync',
      tid: 7,
      at: 301,
      stack,
      after: ['INFO: task sync:7 is blocked on a mutex likely owned by task dd:412.'],
    });
  const analysis = analyzeTrace(readLog(ring));
  assert.equal(analysis.verdict, 'deadlock');
  assert.deepEqual(analysis.cycles[0]!.tasks, [7, 412]);
  assert.ok(
    analysis.cycles[0]!.edges.every(
      ({ evidence, stack }) => evidence === 'owner-field' && stack.length === 5,
    ),
  );
  const alone = analyzeTrace(readLog(hungTask({ ...DD, at: 300, stack, after: owned('dd:412') })));
  assert.deepEqual([alone.verdict, alone.cycles[0]!.tasks], ['deadlock', [412]]);
});

test('an owner that waits for something else goes on the chain', () => {
  const text = hungTask({
    ...DD,
    at: 300,
    stack: [...MUTEX_WAIT, 'f'],
    after: [
      'INFO: task dd:412 is blocked on a mutex likely owned by task sync:7.',
      ...taskDump('sync', 7, 'D', [
        '__schedule',
        'schedule',
        'io_schedule',
        'bit_wait_io',
        '__wait_on_bit',
        'g',
      ]),
    ],
  });
  const { verdict, chains } = analyzeTrace(readLog(text));
  assert.equal(verdict, 'hang');
  assert.deepEqual(
    chains.map(({ end, links }) => [end, links.map(({ waiter }) => waiter)]),
    [['io', [412, 7]]],
  );
});

test('the last reader and the last holder are only hints', () => {
  const [writer, reader] = ['writer', 'reader'].map((by) =>
    analyzeTrace(
      readLog(
        hungTask({
          ...DD,
          at: 300,
          stack: ['__schedule', 'schedule', 'rwsem_down_write_slowpath', 'down_write', 'f'],
          after: [
            `INFO: task dd:412 <writer> blocked on an rw-semaphore likely owned by task sync:7 <${by}>`,
          ],
        }),
      ),
    ),
  );
  assert.deepEqual(links(writer!), [[412, 'rwsem', 7, 'owner-field']]);
  assert.deepEqual(links(reader!), [[412, 'rwsem', 7, 'unknown']]);
});

test('a task waiting for I/O ends at the device', () => {
  const stack = ['__schedule', 'schedule', 'io_schedule', 'f'];
  const [chain] = analyzeTrace(readLog(hungTask({ ...DD, at: 300, io: true, stack }))).chains;
  assert.equal(chain!.end, 'io');
});

test('tasks in a listing wait if they are blocked, and no longer once they run', () => {
  const stack = [...MUTEX_WAIT, 'f'];
  const listing = [
    'sysrq: Show State',
    ...taskDump('dd', 412, 'D', stack),
    ...taskDump('idle', 5, 'S', ['__schedule', 'schedule', 'pipe_read']),
    ...taskDump('fuse', 6, 'S', ['__schedule', 'schedule', 'request_wait_answer', 'fuse_simple_request']),
    ...taskDump('busy', 8, 'R', ['f']),
  ];
  assert.deepEqual(
    links(analyzeTrace(readLog(print(listing, 300)))).map(([waiter, kind]) => [waiter, kind]),
    [
      [412, 'mutex'],
      [6, 'fuse_request'],
    ],
  );
  const later = print(taskDump('dd', 412, 'R', ['f']), 310);
  assert.deepEqual(links(analyzeTrace(readLog(print(listing.slice(0, 10), 300) + later))), []);
});

test('lines of several printers are told apart', () => {
  const tagged = (text: string, caller: string) =>
    text.replaceAll(/^(\[.{12}\]) /gm, `$1[${caller}] `).split('\n');
  const a = tagged(hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'f'] }), '  T41');
  const b = tagged(
    print(
      ['CPU: 1 PID: 9 Comm: x Not tainted 6.1.0 #1', 'Call Trace:', ' dump_stack+0x1/0x2', ' g+0x1/0x2'],
      300,
    ),
    '   C1',
  );
  const mixed = a.flatMap((line, i) => [line, ...(b[i - 3] === undefined ? [] : [b[i - 3]!])]).join('\n');
  const [link] = analyzeTrace(readLog(mixed)).chains[0]!.links;
  assert.deepEqual(
    link!.stack.map((frame) => frame.replace(/\+.*/, '')),
    [...MUTEX_WAIT, 'f'],
  );
});

test('a name with a line feed in it is put together again', () => {
  const text = hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'f'] }).replaceAll(
    /(task[ :]d)d/g,
    `$1\n${stamp(300)}d`,
  );
  const [report] = reportsOf(readLog(text));
  assert.deepEqual([report!.tid, report!.name, report!.frame], [412, 'd\nd', 'f']);
});

test('a report that is cut is counted, and what it said is kept', () => {
  const whole = hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'f'] });
  const trace = readLog(whole.slice(0, whole.indexOf('Call Trace')));
  assert.deepEqual(lossesOf(trace), { cut_report: 1 });
  assert.equal(analyzeTrace(trace).verdict, 'hang');
  const faults = trace.attachments.find(({ name }) => name === 'log-faults');
  assert.match(faults!.text, /"line":1,.*INFO: task dd:412/);
});

test('a wording that is not known is counted, with its line', () => {
  const trace = readLog(`${stamp(1)}x\n${stamp(2)}INFO: task dd:412 has been asleep for ages.\n`);
  assert.deepEqual(lossesOf(trace), { unread_report: 1 });
  assert.deepEqual(
    trace.attachments.map(({ name }) => name),
    ['log-faults'],
  );
  assert.match(trace.attachments[0]!.text, /"line":2,"why":"unread_report","text":"INFO: task dd:412/);
});

test('an earlier boot counts only if nothing hung in the last one', () => {
  const boot = `${stamp(0)}Linux version 6.1.0-18-amd64 (debian) #1 SMP\n`;
  const one = boot + hungTask({ ...DD, at: 300, stack: [...MUTEX_WAIT, 'f'] });
  const two = boot + hungTask({ name: 'dd', tid: 9, at: 200, stack: [...MUTEX_WAIT, 'f'] });
  assert.deepEqual(
    links(analyzeTrace(readLog(one + boot))).map(([tid]) => tid),
    [412],
  );
  const both = readLog(one + two);
  assert.deepEqual(
    links(analyzeTrace(both)).map(([tid]) => tid),
    [9],
  );
  assert.deepEqual(lossesOf(both), { earlier_boot: 1 });
});
