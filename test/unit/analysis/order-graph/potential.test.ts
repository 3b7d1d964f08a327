import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { waitBegin, waitEnd } from '../trace-of.ts';
import { circlesOf, FAULT, GFP_NOFS, PAGE, Story, WRITER } from './orders-of.ts';

const DOCUMENTED = 'folio_lock (ext4) → folio_writeback (ext4)';
const A = ['mutex', '0xa', { label: 'lock_a' }] as const;
const B = ['mutex', '0xb', { label: 'lock_b' }] as const;

describe('an allocation that may reclaim under a page lock that writeback takes', () => {
  it('is the documented deadlock of a fault and writeback, though nothing waits', () => {
    const analysis = new Story().fault(64).write(63, 65, 14).analyze();
    assert.deepEqual([analysis.verdict, circlesOf(analysis)], ['none', [DOCUMENTED]]);
    const [found] = analysis.potential;
    assert.deepEqual([found!.source, found!.matches[0]!.id], ['trace', 'ext4-fault-writeback']);
    const links = found!.links.toSorted((a, b) => (a.held < b.held ? -1 : 1));
    assert.deepEqual(
      links.map(({ held, wanted, stack, task, count }) => ({ held, wanted, stack, task, count })),
      [
        { held: 'folio_lock (ext4)', wanted: 'folio_writeback (ext4)', stack: FAULT, task: 412, count: 1 },
        { held: 'folio_writeback (ext4)', wanted: 'folio_lock (ext4)', stack: WRITER, task: 33, count: 1 },
      ],
    );
    assert.deepEqual(links[0]!.heldStack, ['filemap_fault']);
    assert.deepEqual(links[1]!.wantedResource, { kind: 'folio_lock', id: 'L65.14', label: PAGE(65, 14) });
    assert.match(links[0]!.why!, /^pte_alloc_one\(\) may reclaim/);
  });

  it('is none where the allocation comes first, as since the fix', () => {
    const fixed = new Story().nest(412, ['folio_lock', 'L64', { label: PAGE(64), stack: ['filemap_fault'] }]);
    fixed.records.unshift({ type: 'alloc_end', ts: 20, tid: 412, fn: 'pte_alloc_one' });
    fixed.records.unshift({ type: 'alloc_begin', ts: 10, tid: 412, fn: 'pte_alloc_one', stack: FAULT });
    assert.deepEqual(circlesOf(fixed.write(63, 65).analyze()), []);
  });

  it('is none if the allocation may not enter file systems', () => {
    assert.deepEqual(circlesOf(new Story().fault(64, GFP_NOFS).write(63, 65).analyze()), []);
  });

  it('is none if nobody was seen taking the lock under writeback', () => {
    assert.deepEqual(circlesOf(new Story().fault(64).analyze()), []);
  });

  it('is none if the bio was submitted before the lock was taken', () => {
    const story = new Story().fault(64).write(63, 65);
    const submit = story.records.findIndex(({ type }) => type === 'io_begin');
    const lock = story.records.findIndex(({ res }) => res === 'L65.13');
    story.records[submit] = { ...story.records[submit]!, ts: story.records[lock]!.ts! - 1 };
    assert.deepEqual(circlesOf(story.analyze()), []);
  });

  it('needs another file system to be the same one', () => {
    const story = new Story().fault(64).write(63, 65);
    const elsewhere = story.records.map((record) =>
      record.tid === 33
        ? { ...record, ...(record.label && { label: record.label.replace('vdb (ext4)', 'vdc (xfs)') }) }
        : record,
    );
    story.records.splice(0, story.records.length, ...elsewhere);
    assert.deepEqual(circlesOf(story.analyze()), []);
  });

  it('is told by the pages themselves where none has a name', () => {
    const story = new Story().fault(64).write(63, 65);
    const bare = story.records.map(({ label: _, ...record }) => ({
      ...record,
      ...(record.res === 'L65.13' && { res: 'L64' }),
    }));
    story.records.splice(0, story.records.length, ...bare);
    const analysis = story.analyze();
    assert.deepEqual(circlesOf(analysis), ['folio_lock L64 → folio_writeback W63.13']);
    assert.equal(analysis.potential[0]!.matches[0]!.id, 'ext4-fault-writeback');
  });
});

describe('two locks taken in both orders', () => {
  it('are a circle with a witness for each, and no deadlock', () => {
    const analysis = new Story().nest(1, A, B).nest(2, B, A).analyze();
    assert.deepEqual([analysis.verdict, circlesOf(analysis)], ['none', ['lock_a → lock_b']]);
    assert.deepEqual(new Set(analysis.potential[0]!.links.map(({ task }) => task)), new Set([1, 2]));
  });

  it('are none if the second way was by trying', () => {
    const tried = [
      ...A.slice(0, 2),
      { label: 'lock_a', stack: ['mutex_trylock+0x1/0x2', 'try_it'] },
    ] as const;
    assert.deepEqual(
      circlesOf(
        new Story()
          .nest(1, A, B)
          .nest(2, B, tried as unknown as typeof A)
          .analyze(),
      ),
      [],
    );
  });

  it('are one if what was tried is held while the other is taken', () => {
    const tried = [...B.slice(0, 2), { label: 'lock_b', stack: ['mutex_trylock+0x1/0x2'] }] as const;
    assert.deepEqual(
      circlesOf(
        new Story()
          .nest(1, A, B)
          .nest(2, tried as unknown as typeof B, A)
          .analyze(),
      ),
      ['lock_a → lock_b'],
    );
  });

  it('are none if both were only ever taken under a third', () => {
    const gate = ['mutex', '0xc', { label: 'outer' }] as const;
    const gated = new Story().nest(1, gate, A, B).nest(2, gate, B, A);
    const analysis = gated.analyze();
    assert.deepEqual([circlesOf(analysis), analysis.orders?.gated], [[], 1]);
    assert.deepEqual(circlesOf(gated.nest(3, B, A).nest(3, A, B).analyze()), ['lock_a → lock_b']);
  });

  it('are none if one of them is a call that was only seen to be open, or an interrupt took it', () => {
    const open = ['percpu_rwsem', '0xb', { label: 'lock_b', stack: ['mnt_want_write'] }] as const;
    assert.deepEqual(circlesOf(new Story().nest(1, A, open).nest(2, open, A).analyze()), []);
    const irq = [
      'spinlock',
      '0xb',
      { label: 'lock_b', stack: ['_raw_spin_lock', 'handler', 'common_interrupt'] },
    ] as const;
    assert.deepEqual(circlesOf(new Story().nest(1, A, irq).nest(2, irq, A).analyze()), []);
  });

  it('are not said twice where they are the deadlock', () => {
    const story = new Story();
    story.records.push(
      { type: 'hold_begin', ts: 10, tid: 1, kind: 'mutex', res: '0xa', label: 'lock_a' },
      { type: 'hold_begin', ts: 20, tid: 2, kind: 'mutex', res: '0xb', label: 'lock_b' },
      waitBegin(30, 1, 'mutex', '0xb', { holder: 2, evidence: 'traced' }),
      waitBegin(40, 2, 'mutex', '0xa', { holder: 1, evidence: 'traced' }),
    );
    const analysis = story.analyze();
    assert.deepEqual([analysis.verdict, circlesOf(analysis)], ['deadlock', []]);
  });
});

describe('readers', () => {
  const SEM = ['rwsem', '0x5', { label: 'mm_struct.mmap_lock of app:1', mode: 'read' }] as const;
  const LIST = ['rwlock', '0x6', { label: 'tasklist', mode: 'read' }] as const;

  it('close nothing among themselves', () => {
    assert.deepEqual(circlesOf(new Story().nest(1, SEM, A).nest(2, A, SEM).analyze()), []);
    assert.deepEqual(circlesOf(new Story().nest(1, LIST, A).nest(2, A, LIST).analyze()), []);
  });

  it('do where a writer that waits between them holds the second one back', () => {
    const writer = ['rwsem', '0x5', { label: 'mm_struct.mmap_lock of app:1', mode: 'write' }] as const;
    assert.deepEqual(circlesOf(new Story().nest(1, SEM, A).nest(2, A, SEM).nest(3, writer).analyze()), [
      'lock_a → mm_struct.mmap_lock',
    ]);
    const other = ['rwlock', '0x6', { label: 'tasklist', mode: 'write' }] as const;
    assert.deepEqual(circlesOf(new Story().nest(1, LIST, A).nest(2, A, LIST).nest(3, other).analyze()), []);
  });
});

describe('two of one class', () => {
  const page = (index: number, inode = 13) =>
    ['folio_lock', `L${index}.${inode}`, { label: PAGE(index, inode) }] as const;
  const inode = (number: number, stack: string[] = ['down_write', 'vfs_thing']) =>
    ['rwsem', `I${number}`, { label: `inode.i_rwsem of inode ${number} on vdb (ext4)`, stack }] as const;

  it('are no danger in the order of the pages of one inode', () => {
    assert.deepEqual(
      circlesOf(new Story().nest(1, page(3), page(4)).nest(2, page(8), page(9)).analyze()),
      [],
    );
  });

  it('are one where pages of an inode are taken both ways', () => {
    assert.deepEqual(circlesOf(new Story().nest(1, page(3), page(4)).nest(2, page(9), page(8)).analyze()), [
      'folio_lock (ext4) → folio_lock (ext4)',
    ]);
  });

  it('are one where the same two were taken both ways, and not if others were', () => {
    assert.deepEqual(
      circlesOf(new Story().nest(1, inode(5), inode(6)).nest(2, inode(9), inode(7)).analyze()),
      [],
    );
    assert.deepEqual(
      circlesOf(new Story().nest(1, inode(5), inode(6)).nest(2, inode(6), inode(5)).analyze()),
      ['inode.i_rwsem of inode 5 on vdb (ext4) → inode.i_rwsem of inode 6 on vdb (ext4)'],
    );
  });

  it('are none where the tree of directories is the order', () => {
    const moved = ['down_write_nested', 'lock_rename', 'do_renameat2'];
    assert.deepEqual(
      circlesOf(new Story().nest(1, inode(5), inode(6, moved)).nest(2, inode(6), inode(5, moved)).analyze()),
      [],
    );
  });

  it('writeback of a page under its own lock, and locks of later pages under writeback, are ordinary', () => {
    const story = new Story().write(63, 65).nestAnd(7, [page(70)], (ts, add) => {
      add(waitBegin(ts(), 7, 'folio_writeback', 'W70.13', { label: PAGE(70) }));
      add(waitEnd(ts(), 7, 'folio_writeback', 'W70.13'));
    });
    assert.deepEqual(circlesOf(story.analyze()), []);
    story.nestAnd(7, [page(70)], (ts, add) => {
      add(waitBegin(ts(), 7, 'folio_writeback', 'W71.13', { label: PAGE(71) }));
      add(waitEnd(ts(), 7, 'folio_writeback', 'W71.13'));
    });
    assert.deepEqual(circlesOf(story.analyze()), []);
    story.nestAnd(7, [page(70)], (ts, add) => {
      add(waitBegin(ts(), 7, 'folio_writeback', 'W2.13', { label: PAGE(2) }));
      add(waitEnd(ts(), 7, 'folio_writeback', 'W2.13'));
    });
    assert.deepEqual(circlesOf(story.analyze()), [DOCUMENTED]);
  });
});

describe('a capture that tells holds because somebody waits', () => {
  const info = { scripts: ['folio-lock', 'folio-writeback'] };

  it('proves an order by a release that was seen, not by one that a waiter noticed late', () => {
    const story = (gotAt: number) => {
      const told = new Story().write(63, 65);
      told.records.push(
        waitBegin(5000, 9, 'folio_lock', 'L64', { label: PAGE(64) }),
        {
          type: 'hold_begin',
          ts: 4000,
          tid: 412,
          kind: 'folio_lock',
          res: 'L64',
          label: PAGE(64),
          stack: ['filemap_fault'],
        },
        { type: 'alloc_begin', ts: 6000, tid: 412, fn: 'pte_alloc_one', stack: FAULT },
        { type: 'alloc_end', ts: 6100, tid: 412, fn: 'pte_alloc_one' },
        { type: 'hold_end', ts: 7000, tid: 412, kind: 'folio_lock', res: 'L64' },
        waitEnd(gotAt, 9, 'folio_lock', 'L64'),
      );
      return told;
    };
    assert.deepEqual(circlesOf(story(7000).analyze(info)), []);
    assert.deepEqual(circlesOf(story(7001).analyze(info)), [DOCUMENTED]);
    assert.deepEqual(circlesOf(story(7000).analyze()), [DOCUMENTED]);
  });

  it('says only afterwards that a bio was submitted', () => {
    const told = new Story().fault(64).write(63, 65);
    const records = told.records.map((record) =>
      record.res === 'W63.13' && record.type === 'hold_begin'
        ? { ...record, stack: ['folio_start_writeback'] }
        : record,
    );
    told.records.splice(0, told.records.length, ...records);
    assert.deepEqual(circlesOf(told.analyze(info)), []);
    assert.deepEqual(circlesOf(new Story().fault(64).write(63, 65).analyze(info)), [DOCUMENTED]);
  });
});

describe('reclaim', () => {
  const delayed = ['mutex', '0xd', { label: 'btrfs_delayed_node.mutex of inode 9 on vdc (btrfs)' }] as const;
  const pcpu = ['mutex', '0xe', { label: 'pcpu_alloc_mutex' }] as const;
  const reclaim = (label: string) => ['reclaim', 'machine:1', { label }] as const;

  it('that takes a lock closes a circle with those who hold it and may enter reclaim', () => {
    const story = new Story()
      .nest(1, pcpu, reclaim('reclaim for the whole machine'))
      .nest(2, reclaim('reclaim for the whole machine, in super_cache_scan'), delayed)
      .nest(3, delayed, pcpu);
    assert.deepEqual(circlesOf(story.analyze()), [
      'btrfs_delayed_node.mutex (btrfs) → pcpu_alloc_mutex → reclaim',
    ]);
  });

  it('that may not enter file systems does not wait for what other reclaim was seen to wait for', () => {
    const story = new Story()
      .nest(1, pcpu, reclaim('reclaim for the whole machine, NOFS'))
      .nest(2, ['reclaim', 'machine:2', { label: 'reclaim for the whole machine' }], delayed)
      .nest(3, delayed, pcpu);
    assert.deepEqual(circlesOf(story.analyze()), []);
  });
});

describe('orders to be ignored', () => {
  it('are left aside, with the reason', () => {
    const ignoredOrders = [{ classes: ['lock_b', 'lock_a'], isCircle: false, reason: 'one thread' }];
    const analysis = new Story().nest(1, A, B).nest(2, B, A).analyze({}, { ignoredOrders });
    assert.deepEqual(analysis.potential, []);
    const [ignored] = analysis.orders!.ignored;
    assert.equal(ignored!.reason, 'one thread');
    assert.deepEqual(ignored!.classes.toSorted(), ['lock_a', 'lock_b']);
  });
});
