import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Analysis, analyzeTrace } from '../../../../analysis/index.ts';
import { compareWithKernel, findHungTasks } from '../../../../src/cli/repro/kernel-evidence.ts';
import { addRecord, TraceBuilder } from '../../../../src/trace/index.ts';

const LOG = `
[ 2758.129099] INFO: task kworker/u4:2:950 blocked for more than 2 seconds.
[ 2758.129100]       Tainted: G           OE      6.1.0-50-amd64 #1 Debian 6.1.176-1
[ 2758.134202] INFO: task fault-task:1883 blocked for more than 2 seconds.
`;
const FAULT_STACK = `[<0>] folio_wait_bit_common+0x13d/0x350
[<0>] folio_wait_writeback+0x28/0x80
[<0>] bpf_trampoline_6442462154+0x4d/0x1000
[<0>] shrink_folio_list+0x6cd/0xb60
[<0>] pte_alloc_one+0x13/0x40
`;
/** A tail call took __folio_lock off the kernel's own stack. */
const WRITER_STACK = `[<0>] folio_wait_bit_common+0x13d/0x350
[<0>] mpage_prepare_extent_to_map+0x336/0x440 [ext4]
[<0>] ext4_writepages+0x451/0x11e0 [ext4]
`;

function analyzeCycle(): Analysis {
  const builder = new TraceBuilder();
  const records = [
    { type: 'hold_begin', ts: 1, tid: 1883, kind: 'folio_lock', res: 'a' },
    { type: 'hold_begin', ts: 2, tid: 950, kind: 'folio_writeback', res: 'b' },
    {
      type: 'wait_begin',
      ts: 3,
      tid: 950,
      kind: 'folio_lock',
      res: 'a',
      stack: [
        '__folio_lock+0x5/0x20',
        'mpage_prepare_extent_to_map+0x336/0x440 [ext4]',
        'ext4_writepages+0x1/0x2 [ext4]',
      ],
    },
    {
      type: 'wait_begin',
      ts: 4,
      tid: 1883,
      kind: 'folio_writeback',
      res: 'b',
      stack: ['folio_wait_writeback+0x5/0x80', 'shrink_folio_list+0x6cd/0xb60', 'pte_alloc_one+0x5/0x40'],
    },
  ];
  for (const record of records) {
    assert.equal(addRecord(builder, record), undefined);
  }
  return analyzeTrace(builder.finish());
}

describe('findHungTasks', () => {
  it('finds tids behind names that hold colons', () => {
    assert.deepEqual([...findHungTasks(LOG)], [950, 1883]);
  });
});

describe('compareWithKernel', () => {
  it('agrees where the kernel says the same, with a frame less at the top', () => {
    const agreement = compareWithKernel(
      analyzeCycle(),
      LOG,
      new Map([
        [1883, FAULT_STACK],
        [950, WRITER_STACK],
      ]),
    );
    assert.deepEqual(agreement, [
      { tid: 950, inHungTaskReport: true, stackAgrees: true },
      { tid: 1883, inHungTaskReport: true, stackAgrees: true },
    ]);
  });

  it('disagrees where a frame is missing in the middle or out of order, and says what could not be read', () => {
    const reversed = FAULT_STACK.trim().split('\n').reverse().join('\n');
    const agreement = compareWithKernel(analyzeCycle(), '', new Map([[1883, reversed]]));
    assert.deepEqual(agreement, [
      { tid: 950, inHungTaskReport: false, stackAgrees: undefined },
      { tid: 1883, inHungTaskReport: false, stackAgrees: false },
    ]);
    const cut = FAULT_STACK.replace(/^.*shrink_folio_list.*\n/m, '');
    assert.equal(compareWithKernel(analyzeCycle(), '', new Map([[1883, cut]]))[1]?.stackAgrees, false);
  });
});
